// LOG-008: the daemon writes to a log that was renamed or removed, so the file at its path stays empty.

import { printable } from "../../../core/base/printable.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/log-uses.ts";
import type { OpenFile, Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { rotatingRules } from "./logrotate-rules.ts";

export const LOG_WAS_MOVED = check("LOG-008", "log was renamed or removed", (situation, probe) => {
  const { daemon } = situation;
  const uses = usesByPath(logUses(situation, probe));
  const rules = ruleFindings(uses, situation, probe);
  if (daemon === null || uses.size === 0) return rules;
  const open = probe.openFiles(daemon.pid);
  return [
    rules,
    open === null
      ? unknown(`which logs the daemon with pid ${daemon.pid} has open (needs root)`)
      : movedFinding(uses, open, daemon),
  ];
});

/** Logs that are open under another name, but not under their own. */
function movedFinding(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  open: readonly OpenFile[],
  { pid, startTicks, kind }: RunningDaemon,
): Finding | null {
  const intact = new Set(open.filter(({ deleted }) => !deleted).map(({ target }) => target));
  const moved = open.flatMap((file) => {
    const path = originalName(file, uses);
    return path === null || intact.has(path) ? [] : [{ ...file, path }];
  });
  const [first] = moved;
  if (first === undefined) return null;
  const users = moved.flatMap(({ path }) => uses.get(path) ?? []);
  const what = "make the daemon reopen its logs";
  const signal = { kind: "signal", pid, startTicks, signal: "SIGUSR2", what } as const;
  const step = repairStep(signal, "open under another name", "reopened");
  return finding("error", first.path, {
    symptom: `${first.path} stays empty although programs write`,
    cause: `The daemon with pid ${pid} still writes to the file that it opened, but the file was renamed or removed.`,
    evidence: [
      ...moved
        .slice(0, 5)
        .map(({ path, fd, deleted, target }) =>
          deleted
            ? `descriptor ${fd} is ${printable(path)}, deleted`
            : `descriptor ${fd} is now ${printable(target)}`,
        ),
      `logs of: ${listSome(users.map(logOwner), 6)}`,
    ],
    repair: repair(
      "Make the daemon reopen its logs",
      fix.steps(kind === "tsv" ? "A" : "B", [`kill -USR2 ${pid}`], [step]),
    ),
  });
}

/** `/var/log/web.log` for "/var/log/web.log (deleted)", "/var/log/web.log.1" and "/var/log/web.log-20260102". */
function originalName(
  { target, deleted }: OpenFile,
  uses: ReadonlyMap<string, readonly LogUse[]>,
): string | null {
  if (uses.has(target)) return deleted ? target : null;
  const plain = target.replace(/(?:\.\d{1,4}|[-.]\d{8}(?:-?\d{2,10})?|\.old|\.bak|~)$/, "");
  return plain !== target && uses.has(plain) ? plain : null;
}

/** Rules of logrotate that will rename a log without notifying the daemon. */
function ruleFindings(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  situation: Situation,
  probe: Probe,
): readonly (Finding | null)[] {
  return rotatingRules(probe).map(({ file, line, patterns, isSafe, matches }) => {
    const paths = isSafe ? [] : Array.from(uses.keys()).filter(matches);
    if (paths.length === 0) return null;
    const pidfile = readConfig(situation)?.daemon.pidfile ?? "";
    return finding("warning", `${file} line ${line}`, {
      symptom: `logs will stay empty after logrotate has renamed ${paths[0] ?? ""}`,
      cause:
        "A rule of logrotate renames logs of this daemon without copytruncate and without notifying the daemon.",
      evidence: [
        `${file} line ${line}: ${printable(patterns.join(" "))}`,
        `matches ${listSome(paths)}`,
      ],
      place: { file, line, section: null, key: null },
      repair: byHand("Add copytruncate to the rule, or make it notify the daemon", [
        `# in ${file}, in the rule of line ${line}, write: copytruncate`,
        `# or: postrotate / kill -USR2 "$(cat ${pidfile})" / endscript`,
      ]),
    });
  });
}
