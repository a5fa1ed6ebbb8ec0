// LOG-008: the daemon writes to a log that was renamed or removed, so the file at its path stays empty.

import { printable } from "../../../core/base/printable.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/logs.ts";
import type { OpenFile, Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding, Unknown } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { type RotatingRule, rotatingRules } from "./logrotate-rules.ts";

export const LOG_WAS_MOVED = check("LOG-008", "log was renamed or removed", (situation, probe) => {
  const { daemon } = situation;
  const uses = usesByPath(logUses(situation, probe));
  const rules = ruleFindings(uses, situation, probe);
  if (daemon === null || uses.size === 0) return rules;
  const open = probe.openFiles(daemon.pid);
  if (open === null) {
    return [
      ...rules,
      unknown(`which logs the daemon with pid ${daemon.pid} has open (needs root)`),
    ];
  }
  const moved = movedLogs(uses, open);
  return moved.length === 0 ? rules : [...rules, movedFinding(moved, daemon)];
});

interface Moved {
  readonly path: string;
  readonly uses: readonly LogUse[];
  readonly file: OpenFile;
}

/** Logs that are open under another name, but not under their own. */
function movedLogs(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  open: readonly OpenFile[],
): readonly Moved[] {
  const intact = new Set(open.filter(({ deleted }) => !deleted).map(({ target }) => target));
  const moved: Moved[] = [];
  for (const file of open) {
    const path = originalName(file, uses);
    const users = path === null ? undefined : uses.get(path);
    if (path !== null && users !== undefined && !intact.has(path))
      moved.push({ path, uses: users, file });
  }
  return moved;
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

function movedFinding(moved: readonly Moved[], daemon: RunningDaemon): Finding {
  const [first] = moved;
  const uses = moved.flatMap((one) => one.uses);
  const { pid, startTicks } = daemon;
  const what = "make the daemon reopen its logs";
  return finding("error", first?.path ?? "", {
    symptom: `${first?.path ?? ""} stays empty although programs write`,
    cause: `The daemon with pid ${daemon.pid} still writes to the file that it opened, but the file was renamed or removed.`,
    evidence: [
      ...moved
        .slice(0, 5)
        .map(({ path, file }) =>
          file.deleted
            ? `descriptor ${file.fd} is ${printable(path)}, deleted`
            : `descriptor ${file.fd} is now ${printable(file.target)}`,
        ),
      `logs of: ${listSome(uses.map(logOwner), 6)}`,
    ],
    repair: {
      class: daemon.kind === "tsv" ? "A" : "B",
      advice: "Make the daemon reopen its logs",
      commands: [`kill -USR2 ${pid}`],
      steps: [
        repairStep(
          { kind: "signal", pid, startTicks, signal: "SIGUSR2", what },
          "open under another name",
          "reopened",
        ),
      ],
    },
  });
}

/** Rules of logrotate that will rename a log without notifying the daemon. */
function ruleFindings(
  uses: ReadonlyMap<string, readonly LogUse[]>,
  situation: Situation,
  probe: Probe,
): readonly (Finding | Unknown)[] {
  return rotatingRules(probe).flatMap((rule) => {
    if (rule.isSafe) return [];
    const paths = Array.from(uses.keys()).filter((path) => rule.matches(path));
    return paths.length === 0 ? [] : [ruleFinding(rule, paths, situation)];
  });
}

function ruleFinding(rule: RotatingRule, paths: readonly string[], situation: Situation): Finding {
  const pidfile =
    situation.config.daemon?.ok === true ? situation.config.daemon.value.daemon.pidfile : "";
  return finding("warning", `${rule.file} line ${rule.line}`, {
    symptom: `logs will stay empty after logrotate has renamed ${paths[0] ?? ""}`,
    cause:
      "A rule of logrotate renames logs of this daemon without copytruncate and without notifying the daemon.",
    evidence: [
      `${rule.file} line ${rule.line}: ${printable(rule.patterns.join(" "))}`,
      `matches ${listSome(paths)}`,
    ],
    place: { file: rule.file, line: rule.line, section: null, key: null },
    repair: byHand("Add copytruncate to the rule, or make it notify the daemon", [
      `# in ${rule.file}, in the rule of line ${rule.line}, write: copytruncate`,
      `# or: postrotate / kill -USR2 "$(cat ${pidfile})" / endscript`,
    ]),
  });
}
