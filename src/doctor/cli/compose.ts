// Finds out what the checks start from: who asks, which configuration, which daemons run, what they answer.

import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { absolutePath } from "../../core/config/paths.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { ownUser } from "../../host/system/own-names.ts";
import { runningExecutable } from "../../install/host/executable.ts";
import { gatherEvidence } from "../../install/host/world.ts";
import { BUILT_MS, VERSION } from "../../version.ts";
import { isBelieved, isStrangers, listenersOf } from "../facts/answerers.ts";
import { type ConfigChoice, readConfigFacts } from "../facts/config-facts.ts";
import { believedDaemons, findDaemons } from "../facts/daemons.ts";
import { worthAsking } from "../facts/history.ts";
import type { Probe } from "../facts/probe.ts";
import { isSamePath } from "../facts/same-path.ts";
import { type ServerQuestion, serversToAsk } from "../facts/servers.ts";
import { serviceEnvironment } from "../facts/service-environment.ts";
import type {
  Caller,
  ConfigFacts,
  HostFacts,
  RunningDaemon,
  ServerAnswer,
  ServiceState,
  Situation,
} from "../facts/situation.ts";
import { type Asked, askRuns, askServers } from "../host/ask-servers.ts";
import { bootTime } from "../host/process-probe.ts";
import { gatherService } from "../host/service-state.ts";

/**
 * Looks around.
 * @param config given with --config
 * @param program whose runs are asked for, however well it does
 */
export async function gather(
  config: string | null,
  probe: Probe,
  program: string | null = null,
): Promise<Situation> {
  const world = createConfigWorld(createAccounts());
  const service = gatherService(config, probe);
  const daemons = findDaemons(probe);
  const caller = callerFacts(world);
  const believed = believedDaemons(daemons, caller.uid);
  const choice = chooseConfig({ given: config, world, service, daemons: believed, probe });
  const facts = readConfigFacts(choice, atStart(world, service));
  const read = facts.daemon?.ok === true ? facts.daemon.value : null;
  // A daemon that root started has the user of `user=` by now.
  const accounts = accountsOf(facts, service, probe);
  const questions = serversToAsk(read, facts.ctl).map((question) =>
    isStrangers(question.url, caller.uid, accounts, probe)
      ? { ...question, credentials: null }
      : question,
  );
  const asked = (await askServers(questions)).map((one) =>
    isBelieved(one.answer.url, caller.uid, accounts, probe)
      ? one
      : { ...one, programs: null, known: null },
  );
  const servers = asked.map(({ answer }) => withPid(answer, probe));
  const own = believedDaemons(daemons, caller.uid, accounts);
  const vouched = ownDaemon(facts, own, servers, probe);
  // Who names the configuration means the daemon that runs with it and listens where it says, whatever its user.
  const claimed =
    facts.chosenBy === "option"
      ? ownDaemon(
          facts,
          daemons.filter(({ pid }) => listensFor(questions, pid, probe)),
          [],
          probe,
        )
      : null;
  const daemon = vouched ?? claimed;
  return {
    nowMs: Date.now(),
    host: hostFacts(probe),
    caller,
    executable: { path: runningExecutable(), version: VERSION, builtMs: BUILT_MS },
    config: facts,
    daemons: daemon === null ? daemons : [daemon, ...daemons.filter((one) => one !== daemon)],
    daemon,
    isUnvouched: vouched === null && daemon !== null,
    servers,
    programs: asked.find(({ programs }) => programs !== null)?.programs ?? null,
    known: asked.find(({ known }) => known !== null)?.known ?? null,
    ...(await runsOf(questions, asked, program)),
    service,
  };
}

/** A service makes its run directory before each start: while it is stopped, that is not missing. */
function atStart(world: ConfigWorld, { file, layout }: ServiceState): ConfigWorld {
  if (file === null) return world;
  const { runDirectory } = layout;
  return { ...world, isDirectory: (path) => path === runDirectory || world.isDirectory(path) };
}

function listensFor(questions: readonly ServerQuestion[], pid: number, probe: Probe): boolean {
  return questions.some(
    ({ section, url }) =>
      section !== "supervisorctl" && listenersOf(url, probe).some((one) => one.pid === pid),
  );
}

/** The server that told of its programs is asked how they came to where they are. */
async function runsOf(
  questions: readonly ServerQuestion[],
  asked: readonly Asked[],
  program: string | null,
): Promise<Pick<Situation, "histories" | "pools">> {
  const index = asked.findIndex(({ programs }) => programs !== null);
  const question = questions[index];
  const daemon = asked[index]?.answer.daemon;
  if (question === undefined || daemon === undefined || daemon === null) {
    return { histories: null, pools: null };
  }
  const names = worthAsking(asked[index]?.programs ?? [], program);
  return await askRuns(question, daemon.methods, names);
}

interface Choosing {
  readonly given: string | null;
  readonly world: ConfigWorld;
  readonly service: ServiceState;
  readonly daemons: readonly RunningDaemon[];
  readonly probe: Probe;
}

/** Given, the service's, the running daemon's, found: the first there is. */
function chooseConfig({ given, world, service, daemons, probe }: Choosing): ConfigChoice {
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

/** The one that runs with this configuration, else the one that answers and whose configuration nobody knows. */
function ownDaemon(
  { path }: ConfigFacts,
  daemons: readonly RunningDaemon[],
  servers: readonly ServerAnswer[],
  probe: Probe,
): RunningDaemon | null {
  const pids = servers.flatMap(({ daemon, section }) =>
    daemon === null || section === "supervisorctl" ? [] : [daemon.pid],
  );
  const answering = daemons.find(({ pid, config }) => pids.includes(pid) && config === null);
  const configured = daemons.find(
    ({ config }) => config !== null && path !== null && isSamePath(config, path, probe),
  );
  return configured ?? answering ?? null;
}

/** Who else than root the configured daemon may rightly be. */
function accountsOf(
  { daemon, raw }: ConfigFacts,
  { properties }: ServiceState,
  probe: Probe,
): readonly number[] {
  const written = raw?.sections.get("supervisord")?.options.get("user")?.value ?? "";
  const names = [daemon?.ok === false ? written : "", properties["User"] ?? ""];
  const users = names.map((name) =>
    name === "" ? null : probe.user(/^\d+$/.test(name) ? Number(name) : name),
  );
  const user = daemon?.ok === true ? daemon.value.daemon.user : null;
  return [user, ...users].flatMap((one) => (one === null ? [] : [one.uid]));
}

/** A daemon without supervisor's methods does not tell its pid; the kernel knows who listens. */
function withPid(answer: ServerAnswer, probe: Probe): ServerAnswer {
  const { daemon, url } = answer;
  if (daemon === null || daemon.pid !== 0) return answer;
  const listener = probe.listeners().find(({ address }) => url === `unix://${address}`);
  return { ...answer, daemon: { ...daemon, pid: listener?.pid ?? 0 } };
}

function hostFacts(probe: Probe): HostFacts {
  const model = probe.readText("/proc/device-tree/model")?.replaceAll("\0", "").trim();
  return {
    platform: process.platform === "darwin" ? "darwin" : "linux",
    machine: probe.ask(["uname", "-m"]).output,
    bootedMs: bootTime(),
    container: gatherEvidence().container,
    board: model === undefined || model === "" ? null : model,
  };
}

function callerFacts(world: ConfigWorld): Caller {
  const gids = process.getgroups?.() ?? [];
  const gid = process.getegid?.() ?? 0;
  return {
    uid: process.geteuid?.() ?? 0,
    gids: gids.includes(gid) ? gids : [gid, ...gids],
    ...ownUser(),
    environment: world.env,
    cwd: world.cwd,
  };
}
