// Which configuration is examined, and the environment that its daemon has or will have.

import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { absolutePath } from "../../core/config/paths.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import type { ConfigChoice } from "./config-facts.ts";
import type { Probe } from "./probe.ts";
import { isSamePath } from "./same-path.ts";
import { serviceEnvironment } from "./service-environment.ts";
import type { ConfigFacts, RunningDaemon, ServiceState } from "./situation.ts";

interface Choosing {
  /** With --config. */
  readonly given: string | null;
  readonly world: ConfigWorld;
  readonly service: ServiceState;
  /** Those whose command lines are believed. */
  readonly daemons: readonly RunningDaemon[];
  readonly probe: Probe;
}

/** Given, the service's, the running daemon's, found: the first there is. */
export function chooseConfig({ given, world, service, daemons, probe }: Choosing): ConfigChoice {
  const parsed = parseDaemonArguments(["tsv", "-n"], world);
  if (!parsed.ok || parsed.value.kind !== "run") throw new Error("no command line without words");
  const { args } = parsed.value;
  const search = args.searchPaths.map((path) => ({
    path: absolutePath(path, world.cwd),
    exists: world.exists(path),
  }));
  const running = daemons.find(({ config }) => config !== null);
  const candidates: readonly (readonly [ConfigFacts["chosenBy"], string | null | undefined])[] = [
    ["option", given],
    ["service", service.manifest?.config ?? configOfUnit(service)],
    ["daemon", running?.config],
    ["search", search.find(({ exists }) => exists)?.path],
  ];
  const [chosenBy, path] = candidates.find(([, one]) => one !== null && one !== undefined) ?? [
    null,
    null,
  ];
  const owner = daemons.find(
    ({ config }) => config !== null && isSamePath(config, path ?? "", probe),
  );
  const real = owner === undefined ? null : probe.environment(owner.pid);
  const environment =
    real ??
    (chosenBy === "service" || service.file !== null
      ? serviceEnvironment(service, settingsText(service, probe))
      : world.env);
  return {
    path: path ?? null,
    chosenBy: path === null ? null : chosenBy,
    search,
    environment,
    environmentIsReal: real !== null,
    args,
  };
}

/** A packaged unit names its configuration in its command. */
function configOfUnit({ file }: ServiceState): string | null {
  return file === null ? null : (/(?:-c|--configuration)[ =](\/\S+)/.exec(file.text)?.[1] ?? null);
}

function settingsText({ layout }: ServiceState, probe: Probe): string | null {
  return layout.environmentFile === null ? null : probe.readText(layout.environmentFile);
}

/** A service makes its run directory before each start: while it is stopped, that is not missing. */
export function worldAtStart(
  world: ConfigWorld,
  { file, layout }: Pick<ServiceState, "file" | "layout">,
): ConfigWorld {
  if (file === null) return world;
  const { runDirectory } = layout;
  return { ...world, isDirectory: (path) => path === runDirectory || world.isDirectory(path) };
}
