// The repair for logs whose directory cannot be given to the daemon: creates a directory below it and changes the
// configuration to log there.

import type { Config } from "../../../core/config/model.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { type Account, firstObstacle } from "../../facts/access.ts";
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
  /** A directory that is there already, if there can be none below the present one. */
  readonly into?: string;
}

/** Moves logs into a directory of the daemon; class C if the configuration cannot be edited. */
export function moveRepair(move: Move, config: ConfigFacts, probe: Probe): Repair {
  const { from, uses, account, into } = move;
  const target = into ?? freeName(move, probe);
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
    advice:
      into === undefined
        ? `Log into ${target}, a new directory of ${userWord}`
        : `Log into ${target}, in which the user ${userWord} may write`,
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

/** Where the daemon has files already and may write logs besides, whose names are free; null for nowhere. */
export function writablePlace(
  { daemon }: Pick<Config, "daemon">,
  { uses, account }: Pick<Move, "uses" | "account">,
  probe: Probe,
): string | null {
  const isFit = (directory: string): boolean => {
    const seen = probe.find(directory);
    // In a directory of many users a name may be taken at any time.
    if (seen.kind !== "directory" || (seen.mode & 0o1000) !== 0) return false;
    return uses.every(({ path }) => {
      const moved = `${directory}/${path.slice(path.lastIndexOf("/") + 1)}`;
      const isFree = probe.find(moved).kind === "missing";
      return isFree && firstObstacle(moved, "write", account, probe) === null;
    });
  };
  return [daemon.childLogDir, dirname(daemon.logfile)].find(isFit) ?? null;
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
