// The repair for logs whose directory cannot be given to the daemon: a directory of its own under the one that is named,
// and the configuration changed to log there.

import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import type { Account } from "../../facts/access.ts";
import type { LogUse } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ConfigFacts } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import {
  changeOptions,
  describeChanges,
  isPlainValue,
  type OptionChange,
  writtenValue,
} from "../../repairs/option-edits.ts";
import { directoryStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";

/** Directories that belong to the system or to many: nobody else gets them because of a log. */
const SHARED =
  /^(?:\/|\/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|Users|Volumes|private)|\/etc\/.*|\/usr\/.*|\/var\/(?:cache|lib|lock|log|mail|opt|run|spool|tmp|www)|\/private\/(?:tmp|var(?:\/log|\/tmp|\/run)?)|\/run\/(?:user|lock))$/;

export function isShared(directory: string): boolean {
  return SHARED.test(directory);
}

interface Move {
  /** The directory that now holds the logs. */
  readonly from: string;
  readonly uses: readonly LogUse[];
  readonly account: Account;
  /** What the new directory may be called: the first that is free. */
  readonly names: readonly string[];
}

/** Moves logs into a directory of the daemon's own; class C when the configuration does not let itself be edited. */
export function moveRepair(move: Move, config: ConfigFacts, probe: Probe): Repair {
  const { from, uses, account } = move;
  const target = freeName(move, probe);
  const user = probe.user(account.uid);
  const gid = user?.gid ?? 0;
  const owner = probe.ownerName(account.uid, gid);
  const changes = uses.flatMap((use) => changeOf(use, from, target, config) ?? []);
  const options = uniqueChanges(changes);
  const isMade = probe.find(target).kind === "directory";
  const isWhole = isUsable(target, account, probe) && changes.length === uses.length;
  const edits = isWhole ? changeOptions(config, options, probe) : null;
  const made: readonly PlannedStep[] = isMade
    ? []
    : [directoryStep(target, { uid: account.uid, gid, mode: 0o755 }, probe)];
  const [userWord = "root", groupWord = "root"] = owner.split(":");
  return {
    class: edits === null ? "C" : "B",
    advice: `Log into ${target}, a directory of ${userWord}'s own`,
    commands: [
      ...(isMade
        ? []
        : [shellLine(["install", "-d", "-o", userWord, "-g", groupWord, "-m", "0755", target])]),
      ...(options.length > 0
        ? describeChanges(config, options)
        : [`# and name ${target} in the configuration`]),
    ],
    steps: edits === null ? [] : [...made, ...edits],
  };
}

function freeName({ from, names, account }: Move, probe: Probe): string {
  const paths = [...names, `logs-of-${account.uid}`].map(
    (name) => `${from === "/" ? "" : from}/${name.replaceAll("/", "_")}`,
  );
  return paths.find((path) => isUsable(path, account, probe)) ?? `${paths[0]}`;
}

/** Nothing is there, or the daemon's own directory. */
function isUsable(path: string, { uid }: Account, probe: Probe): boolean {
  const found = probe.find(path);
  return (
    found.kind === "missing" ||
    (found.kind === "directory" && found.uid === uid && (found.mode & 0o700) === 0o700)
  );
}

function changeOf(
  { section, key }: LogUse,
  from: string,
  target: string,
  config: ConfigFacts,
): OptionChange | null {
  const written = writtenValue(config, section, key);
  if (written === null || !isPlainValue(target) || /[;#\n]/.test(written)) return null;
  if (key === "childlogdir") {
    return written.replace(/\/+$/, "") === from ? { section, key, value: target } : null;
  }
  if (dirname(written) !== from) return null;
  return { section, key, value: `${target}/${written.slice(written.lastIndexOf("/") + 1)}` };
}

function uniqueChanges(changes: readonly OptionChange[]): readonly OptionChange[] {
  return Array.from(
    new Map(changes.map((change) => [`${change.section}\n${change.key}`, change])).values(),
  );
}
