// `tsv install --status`: whether it is installed, enabled, running and answering, and what is not as tsv left it.

import { jsonText } from "../../core/base/json-text.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { answersNow } from "../host/answer.ts";
import { installedService } from "../host/installed-service.ts";
import type { Site } from "../host/site.ts";
import { describeFound } from "../plan/describe.ts";
import type { Manifest, ManifestEntry } from "../plan/manifest.ts";
import type { InstallRequest } from "../plan/request.ts";
import type { InstallWorld } from "../plan/world.ts";
import { EXIT } from "./apply.ts";
import { packagedRecord } from "./packaged.ts";

/** Something that is not as the record says. */
interface Difference {
  readonly path: string;
  /** "missing", "changed", "edited": what people may edit is no fault. */
  readonly kind: "missing" | "changed" | "edited" | "unreadable";
  readonly now: string;
}

interface Status {
  readonly name: string;
  readonly scope: string;
  readonly installed: boolean;
  readonly init: string | null;
  readonly config: string | null;
  readonly server: string | null;
  readonly executable: string | null;
  /** null: nobody can tell, or nothing is to start at boot. */
  readonly enabled: boolean | null;
  readonly running: boolean | null;
  readonly answering: boolean | null;
  readonly differences: readonly Difference[];
}

/** Shows it. @returns 0 when all is well, 1 when something is not, 3 when it is not installed */
export async function showStatus(
  request: InstallRequest,
  site: Site,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<number> {
  if (site.problem !== null) {
    terminal.writeError(`Error: ${site.problem}\n`);
    return EXIT.FAILED;
  }
  const status = await statusOf(request, site);
  if (json) terminal.write(`${jsonText(status, 2)}\n`);
  else terminal.write(statusText(status));
  if (!status.installed) return EXIT.NOT_INSTALLED;
  return isWell(status) ? EXIT.OK : EXIT.FAILED;
}

async function statusOf(request: InstallRequest, site: Site): Promise<Status> {
  const { name, scope, root } = request;
  const { world } = site;
  const previous = site.previous ?? packagedRecord(request, site);
  if (previous === null) return { ...NOTHING, name, scope };
  const { init, config, server, executable } = previous;
  const service = root === "/" ? installedService(previous, site, root)?.files : undefined;
  return {
    name,
    scope,
    installed: true,
    init,
    config,
    server,
    executable,
    enabled: service?.isEnabled ? world.ask(service.isEnabled.argv) : null,
    running: service === undefined ? null : world.ask(service.isRunning.argv),
    answering: server === null || root !== "/" ? null : await answersNow(server),
    differences: differencesOf(previous, world),
  };
}

const NOTHING: Omit<Status, "name" | "scope"> = {
  installed: false,
  init: null,
  config: null,
  server: null,
  executable: null,
  enabled: null,
  running: null,
  answering: null,
  differences: [],
};

function differencesOf({ entries }: Manifest, world: InstallWorld): readonly Difference[] {
  return entries.flatMap((entry) => {
    const difference = differenceOf(entry, world);
    return difference === null ? [] : [difference];
  });
}

function differenceOf(entry: ManifestEntry, world: InstallWorld): Difference | null {
  if (entry.kind === "group") {
    const path = `group ${entry.name}`;
    return world.groupId(entry.name) === null ? { path, kind: "missing", now: "missing" } : null;
  }
  const found = world.look(entry.path);
  const now = describeFound(found, world);
  const { path } = entry;
  // insserv gives links of init scripts other numbers whenever a script comes or goes.
  if (found.kind === "missing" && /^\/etc\/rc\d\.d\//.test(path)) return null;
  if (found.kind === "missing") return { path, kind: "missing", now };
  if (found.kind === "other" && entry.kind === "file") return { path, kind: "unreadable", now };
  if (entry.kind === "directory") {
    const isRight = found.kind === "directory" || found.kind === "link";
    return isRight ? null : { path, kind: "changed", now };
  }
  if (entry.kind === "link") {
    const isRight = found.kind === "link" && found.target === entry.target;
    return isRight ? null : { path, kind: "changed", now };
  }
  if (found.kind === "file" && found.sha256 === entry.sha256) return null;
  return { path, kind: entry.isTheirs ? "edited" : "changed", now };
}

function isWell({ init, enabled, running, answering, differences }: Status): boolean {
  const isUp = init === null || (enabled !== false && running !== false && answering !== false);
  return isUp && !differences.some(({ kind }) => kind === "missing" || kind === "changed");
}

function statusText(status: Status): string {
  if (!status.installed) return `${status.name}: not installed\n`;
  const { name, init, config, server, executable, enabled, running, answering } = status;
  const rows = [
    ["installed", `yes, ${executable ?? ""} with ${config ?? ""}`],
    ["starts at boot", init === null ? "no" : `${word(enabled)}, by ${init}`],
    ["running", init === null ? "not as a service" : word(running)],
    ["answering", server === null ? "no control server" : `${word(answering)}, on ${server}`],
  ];
  const lines = rows.map(([what = "", how = ""]) => `  ${what.padEnd(15)} ${how}\n`);
  const files =
    status.differences.length === 0
      ? ["  files           as tsv left them\n"]
      : status.differences.map(({ path, kind, now }) => `  ${kind.padEnd(15)} ${path} (${now})\n`);
  return `${name}\n${[...lines, ...files].join("")}`;
}

function word(state: boolean | null): string {
  return state === null ? "unknown" : state ? "yes" : "no";
}
