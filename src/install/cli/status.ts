// `tsv install --status`: whether tsv is installed, enabled, running and answering, and which files were changed.

import { installedService } from "../host/installed-service.ts";
import { createJournal } from "../host/journal.ts";
import { answersNow } from "../host/processes.ts";
import { readRequirements } from "../host/read-requirements.ts";
import { commandLine } from "../plan/choices.ts";
import {
  entriesById,
  entryId,
  isAsLeft,
  type Manifest,
  type ManifestEntry,
} from "../plan/manifest.ts";
import { packagedRecord } from "../plan/package.ts";
import type { InstallFacts } from "../plan/plan-input.ts";
import { type InstallRequest, whichOne } from "../plan/plan-input.ts";
import { describeFound, type FoundFile } from "../plan/steps.ts";
import { EXIT } from "./apply.ts";
import type { Invocation } from "./present.ts";

/** A difference from the manifest. */
interface Difference {
  readonly path: string;
  /** "edited" applies to files that users may edit, and is not an error. */
  readonly kind: "missing" | "changed" | "edited" | "unreadable";
  readonly now: string;
}

/** What --json prints; null: unknown, or nothing is configured to start at boot. */
type Status = Awaited<ReturnType<typeof statusOf>>;

/** Prints it. @returns 0 if everything is in order, 1 if not, 3 if it is not installed */
export async function showStatus(
  request: InstallRequest,
  facts: InstallFacts,
  { terminal, answer, running }: Invocation,
): Promise<number> {
  if (facts.problem !== null) {
    terminal.writeError(`Error: ${facts.problem}\n`);
    return EXIT.FAILED;
  }
  const status = await statusOf(request, facts);
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

async function statusOf(request: InstallRequest, facts: InstallFacts) {
  const { name, scope, root } = request;
  const { world, layout } = facts;
  const journal = createJournal(root, layout.journalPlace, name);
  const previous = facts.previous ?? recordOfPackage(request, facts);
  const { init = null, config = null, server = null, executable = null } = previous ?? {};
  const service =
    previous === null || root !== "/" ? null : installedService(previous, facts, root)?.files;
  return {
    ...{ name, scope, installed: previous !== null, init, config, server, executable },
    enabled: service?.isEnabled ? world.ask(service.isEnabled) : null,
    running: service ? world.ask(service.isRunning) : null,
    answering: server === null || root !== "/" ? null : await answersNow(server),
    differences: previous === null ? [] : differencesOf(previous, facts),
    /** That an installer has left, or uses now. */
    journal: journal.isThere ? journal.directory : null,
  };
}

function recordOfPackage(request: InstallRequest, facts: InstallFacts): Manifest | null {
  if (facts.mark === null) return null;
  const read = readRequirements(request, facts, facts.layout.config);
  return packagedRecord(request, facts, read.ok ? read.value.server : null);
}

function differencesOf(
  { entries }: Manifest,
  { world, others }: InstallFacts,
): readonly Difference[] {
  const shared = entriesById(others);
  return entries.flatMap((entry): readonly Difference[] => {
    if (entry.kind === "group") {
      const path = `group ${entry.name}`;
      return world.groupId(entry.name) === null ? [{ path, kind: "missing", now: "missing" }] : [];
    }
    const { path } = entry;
    const found = world.look(path);
    // Another installation may have written another version of a shared file.
    const versions = [entry, ...(shared.get(entryId(entry)) ?? [])];
    if (versions.some((version) => isAsRecorded(version, found))) return [];
    return [{ path, kind: differenceOf(entry, found), now: describeFound(found, world) }];
  });
}

function isAsRecorded(entry: ManifestEntry, found: FoundFile): boolean {
  if (entry.kind === "group") return false;
  if (entry.kind === "directory") return found.kind === "directory" || found.kind === "link";
  // insserv renumbers the symlinks of init scripts whenever a script is added or removed.
  if (found.kind === "missing") return /^\/etc\/rc\d\.d\//.test(entry.path);
  return isAsLeft(entry, found);
}

function differenceOf(entry: ManifestEntry, found: FoundFile): Difference["kind"] {
  if (found.kind === "missing") return "missing";
  if (entry.kind !== "file") return "changed";
  if (found.kind === "other") return "unreadable";
  return entry.isTheirs ? "edited" : "changed";
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
