// `tsv install --status`: whether tsv is installed, enabled, running and answering, and which files were changed.

import { installedService } from "../host/installed-service.ts";
import { answersNow } from "../host/processes.ts";
import { readRequirements } from "../host/read-requirements.ts";
import { commandLine } from "../plan/choices.ts";
import { isAsLeftByOne, type Manifest, type ManifestEntry } from "../plan/manifest.ts";
import { packagedRecord } from "../plan/package.ts";
import type { InstallFacts } from "../plan/plan-input.ts";
import { type InstallRequest, whichOne } from "../plan/plan-input.ts";
import { describeFound, type InstallWorld } from "../plan/steps.ts";
import { EXIT, journalOf } from "./apply.ts";
import type { Call } from "./present.ts";

/** A difference from the manifest. */
interface Difference {
  readonly path: string;
  /** "edited" applies to files that users may edit, and is not an error. */
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
  /** null: unknown, or nothing is configured to start at boot. */
  readonly enabled: boolean | null;
  readonly running: boolean | null;
  readonly answering: boolean | null;
  readonly differences: readonly Difference[];
  /** The journal that an installer has left, or uses now; null if there is none. */
  readonly journal: string | null;
}

/** Prints it. @returns 0 if everything is in order, 1 if not, 3 if it is not installed */
export async function showStatus(
  request: InstallRequest,
  facts: InstallFacts,
  { terminal, answer, running }: Call,
): Promise<number> {
  if (facts.problem !== null) {
    terminal.writeError(`Error: ${facts.problem}\n`);
    return EXIT.FAILED;
  }
  const journal = journalOf({ ...request, ...facts.layout });
  const status = {
    ...(await statusOf(request, facts)),
    journal: journal.isThere ? journal.directory : null,
  };
  answer?.results.push(status);
  terminal.write(statusText(status));
  if (status.journal !== null) {
    const verb = status.installed ? "install" : "uninstall";
    const sudo = request.scope === "user" ? "" : "sudo ";
    const again = `${sudo}${commandLine(running, [verb, ...whichOne(request)])}`;
    terminal.write(
      `An installer runs now, or was interrupted: its journal is ${status.journal}.\n` +
        `If none runs, roll back what it did:\n\n  ${again}\n`,
    );
    return EXIT.FAILED;
  }
  if (!status.installed) return EXIT.NOT_INSTALLED;
  return isWell(status) ? EXIT.OK : EXIT.FAILED;
}

async function statusOf(
  request: InstallRequest,
  facts: InstallFacts,
): Promise<Omit<Status, "journal">> {
  const { name, scope, root } = request;
  const { world } = facts;
  const previous = facts.previous ?? recordOfPackage(request, facts);
  if (previous === null) return { ...NOTHING, name, scope };
  const { init, config, server, executable } = previous;
  const service = root === "/" ? installedService(previous, facts, root)?.files : undefined;
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
    differences: differencesOf(previous, facts),
  };
}

function recordOfPackage(request: InstallRequest, facts: InstallFacts): Manifest | null {
  if (facts.mark === null) return null;
  const read = readRequirements(request, facts, facts.layout.config);
  return packagedRecord(request, facts, read.ok ? read.value.server : null);
}

const NOTHING: Omit<Status, "name" | "scope" | "journal"> = {
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

function differencesOf(
  { entries }: Manifest,
  { world, others }: InstallFacts,
): readonly Difference[] {
  return entries.flatMap((entry) => {
    const difference = differenceOf(entry, world);
    const isOthers = difference?.kind === "changed" && isOfAnother(difference.path, world, others);
    return difference === null || isOthers ? [] : [difference];
  });
}

/** An installation of another name has written another version of a shared file. */
function isOfAnother(path: string, world: InstallWorld, others: readonly Manifest[]): boolean {
  const found = world.look(path);
  return found.kind === "file" && isAsLeftByOne(path, found.sha256, others);
}

function differenceOf(entry: ManifestEntry, world: InstallWorld): Difference | null {
  if (entry.kind === "group") {
    const path = `group ${entry.name}`;
    return world.groupId(entry.name) === null ? { path, kind: "missing", now: "missing" } : null;
  }
  const found = world.look(entry.path);
  const now = describeFound(found, world);
  const { path } = entry;
  // insserv renumbers the symlinks of init scripts whenever a script is added or removed.
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
    [
      "answering",
      server === null
        ? "unknown, because the control server is not known"
        : `${word(answering)}, on ${server}`,
    ],
  ];
  const lines = rows.map(([what = "", how = ""]) => `  ${what.padEnd(15)} ${how}\n`);
  const files =
    status.differences.length === 0
      ? ["  files           unchanged since the installation\n"]
      : status.differences.map(({ path, kind, now }) => `  ${kind.padEnd(15)} ${path} (${now})\n`);
  return `${name}\n${[...lines, ...files].join("")}`;
}

function word(state: boolean | null): string {
  return state === null ? "unknown" : state ? "yes" : "no";
}
