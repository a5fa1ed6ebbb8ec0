// Pipes and terminals as logs, among them the daemon's own stdout: a part of LOG-002.

import { ownDescriptor } from "../../../core/logs/log-path.ts";
import { type Account, permits } from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";

interface Stream {
  readonly section: string;
  readonly key: string;
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
}

/** Streams that Supervisor cannot open, or tries to rotate. */
export function streamFindings(situation: Situation, probe: Probe): readonly Finding[] {
  const account = daemonAccount(situation, probe);
  return streams(situation, probe).flatMap((stream) => {
    const foreign = refusedBy(stream, account, situation, probe);
    if (foreign !== null) return [refused(stream, foreign, account, { situation, probe })];
    return stream.maxBytes > 0 ? [rotated(stream, situation, probe)] : [];
  });
}

/** One stream for each section and channel. */
function streams(situation: Situation, probe: Probe): readonly Stream[] {
  const found = new Map<string, Stream>();
  const config = readConfig(situation);
  if (config === null) return [];
  const { logfile: path, logfileMaxBytes: maxBytes } = config.daemon;
  if (isStream(path, probe)) {
    found.set("", { section: "supervisord", key: "logfile", path, name: "supervisord", maxBytes });
  }
  for (const { processes } of config.groups) {
    for (const { name, origin, ...process } of processes) {
      for (const channel of ["stdout", "stderr"] as const) {
        const { logfile, maxBytes } = process[channel];
        const { section } = origin;
        const id = `${section}\n${channel}`;
        if (logfile.kind !== "file" || found.has(id) || !isStream(logfile.path, probe)) continue;
        const key = `${channel}_logfile`;
        found.set(id, { section, key, path: logfile.path, name, maxBytes });
      }
    }
  }
  return Array.from(found.values());
}

function isStream(path: string, probe: Probe): boolean {
  if (ownDescriptor(path) !== null) return true;
  if (path === "/dev/null" || !/^\/(?:dev|proc|run)\//.test(path)) return false;
  const found = probe.look(path);
  return found.ok && (found.kind === "pipe" || found.kind === "character");
}

/** The stream of a running Supervisor, if it has no permission to reopen it. */
function refusedBy(
  { path }: Stream,
  account: Account,
  situation: Situation,
  probe: Probe,
): Seen | null {
  const descriptor = ownDescriptor(path);
  const { daemon } = situation;
  if (descriptor === null || daemon === null || !isSupervisor(situation)) return null;
  const found = probe.look(`/proc/${daemon.pid}/fd/${descriptor}`);
  return found.ok && !permits(account, found, "w") ? found : null;
}

function refused(
  { section, key, path, name }: Stream,
  seen: Seen,
  account: Account,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const user = userName(account.uid, probe);
  return {
    severity: "error",
    subject: `${section} ${key}`,
    symptom: `spawnerr: unknown error making dispatchers for '${name}': EACCES`,
    cause: `Supervisor reopens ${path}, but this ${seen.kind} belongs to another user than ${user}.`,
    evidence: [`${path} of the daemon is a ${seen.kind}, ${ownership(seen, probe)}`],
    place: optionPlace(situation.config, section, key),
    repair: byHand("Run it with tsv, which writes to the inherited descriptor, or log to a file"),
  };
}

function rotated(stream: Stream, situation: Situation, probe: Probe): Finding {
  const { section, key, path, name } = stream;
  const isTheirs = isSupervisor(situation);
  const change = { section, key: `${key}_maxbytes`, value: "0" };
  const steps = isTheirs ? changeOptions(situation.config, [change], probe) : null;
  return {
    severity: isTheirs ? "error" : "info",
    subject: `${section} ${key}`,
    symptom: isTheirs
      ? `spawnerr: unknown error making dispatchers for '${name}': ESPIPE`
      : `${path} cannot be rotated, but ${change.key} is not 0`,
    cause: isTheirs
      ? `${path} is a pipe or a terminal, and Supervisor tries to rotate it.`
      : `${path} is a pipe or a terminal, which tsv never rotates; with Supervisor the program would not start.`,
    evidence: [`${key}=${path}`],
    place: optionPlace(situation.config, section, key),
    repair: {
      class: steps === null ? "C" : "B",
      advice: `Set ${change.key}=0`,
      commands: describeChanges(situation.config, [change]),
      steps: steps ?? [],
    },
  };
}
