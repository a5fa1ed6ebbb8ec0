// The repair for logs whose directory cannot be given to the daemon: creates a directory below it and changes the
// configuration to log there.

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

/** Directories of the system or of many users, whose owner does not change because of a log. */
const SHARED =
  /^(?:\/|\/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|Users|Volumes|private)|\/etc\/.*|\/usr\/.*|\/var\/(?:cache|lib|lock|log|mail|opt|run|spool|tmp|www)|\/private\/(?:tmp|var(?:\/log|\/tmp|\/run)?)|\/run\/(?:user|lock))$/;

export function isShared(directory: string): boolean {
  return SHARED.test(directory);
}

interface Move {
  /** The present directory of the logs. */
  readonly from: string;
  readonly uses: readonly LogUse[];
  readonly account: Account;
  /** Possible names of the new directory; the first free one is used. */
  readonly names: readonly string[];
}

/** Moves logs into a directory of the daemon; class C if the configuration cannot be edited. */
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
    advice: `Log into ${target}, a new directory of ${userWord}`,
    commands: [
      ...(isMade
        ? []
        : [shellLine(["install", "-d", "-o", userWord, "-g", groupWord, "-m", "0755", target])]),
      ...(options.length > 0
        ? describeChanges(config, options)
        : [`# and write ${target} into the configuration`]),
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

/** The path is free, or a directory of the daemon. */
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
