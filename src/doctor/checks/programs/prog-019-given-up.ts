// PROG-019: a FATAL program that could not be started, and whose cause is fixed now.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { firstObstacle } from "../../facts/access.ts";
import { changedOptions } from "../../facts/changed-options.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { COMMAND_NOT_FOUND } from "./prog-001-command-not-found.ts";
import { NOT_EXECUTABLE } from "./prog-002-not-executable.ts";
import { MISSING_INTERPRETER } from "./prog-003-missing-interpreter.ts";
import { NO_SHEBANG } from "./prog-004-no-shebang.ts";
import { DIRECTORY } from "./prog-005-directory.ts";
import { PROGRAM_USER } from "./prog-006-user.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const GIVEN_UP = defineCheck({
  code: "PROG-019",
  area: "programs",
  title: "FATAL program whose cause is fixed",
  repairs: ["B"],
  page: {
    symptom:
      "`status` shows `FATAL couldn't exec /opt/app/run.sh: ENOENT`, or another reason why a program could not be started, although you have fixed it.",
    cause:
      "The daemon tried `startretries` times to start the program, gave up, and does not retry. Doctor has checked the cause that the status names: the command, the interpreter, the working directory and the logs are now correct.",
    repair: "`tsv start NAME` starts it. With --fix, doctor does this after you confirm.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const given = supervisedPrograms(situation, probe).flatMap((program) => {
      const left = statusesOf(program, statuses).filter(isGivenUp);
      return left.length === 0 ? [] : [{ program, left }];
    });
    if (given.length === 0) return [];
    const blocked = blockedPrograms(situation, probe);
    if (blocked === null) return [];
    return given.flatMap(({ program, left }) =>
      blocked.has(program.label) ||
      isOther(program, situation) ||
      isLogBlocked(program, situation, probe)
        ? []
        : [finding(program, left, situation)],
    );
  },
});

/** Reasons that the checks of programs and logs would report. Others, such as a full process table, may persist. */
const EXPLAINED =
  /^(?:couldn't exec |couldn't chdir to |can't find command |command at |no permission to run |unknown error making dispatchers )/;

function isGivenUp({ state, spawnError }: ProgramStatus): boolean {
  return state === "FATAL" && EXPLAINED.test(spawnError);
}

/** The daemon would start another configuration than the examined one; CONF-017 reports this. */
function isOther({ config, group }: Supervised, { known }: Situation): boolean {
  const own = known?.find((one) => one["group"] === group && one["name"] === config.name);
  return own !== undefined && changedOptions(own, config).length > 0;
}

/** Labels of programs with other findings; null if not all could be examined. */
function blockedPrograms(situation: Situation, probe: Probe): ReadonlySet<string> | null {
  const checks = [
    COMMAND_NOT_FOUND,
    NOT_EXECUTABLE,
    MISSING_INTERPRETER,
    NO_SHEBANG,
    DIRECTORY,
    PROGRAM_USER,
  ];
  const said = checks.flatMap((check) => check.look(situation, probe));
  const findings = said.flatMap((one) => ("unknown" in one ? [] : [one.subject]));
  return findings.length < said.length ? null : new Set(findings);
}

function isLogBlocked({ config, daemon }: Supervised, situation: Situation, probe: Probe): boolean {
  const automatic = readConfig(situation)?.daemon.childLogDir ?? "/tmp";
  return [config.stdout, config.stderr].some(({ logfile }) => {
    if (logfile.kind !== "file" && logfile.kind !== "auto") return false;
    const path = logfile.kind === "file" ? logfile.path : `${automatic}/new.log`;
    if (path.startsWith("/dev/")) return false;
    return (
      firstObstacle(path, "write", daemon, probe) !== null ||
      probe.fileSystem(dirname(path))?.options.includes("ro") === true
    );
  });
}

function finding(
  program: Supervised,
  left: readonly ProgramStatus[],
  situation: Situation,
): Finding {
  const [first] = left;
  const names = left.map(({ group, name }) => displayName(group, name));
  return programFinding(program, {
    severity: "error",
    symptom: `FATAL ${printable(first?.spawnError ?? "")}`,
    cause: "The daemon gave up because the program could not be started. The cause is fixed now.",
    evidence: [],
    place: placeIn(situation, program, "command"),
    repair: starting(names, situation),
  });
}

function starting(names: readonly string[], situation: Situation): Repair {
  const { executable, config } = situation;
  const file = config.path === null ? [] : ["-c", config.path];
  const argv = [executable.path, "ctl", ...file, "start", ...names];
  const what = `start ${names.join(", ")}`;
  return {
    class: "B",
    advice: "Start it",
    commands: [tsvCommand(["start", ...names], situation)],
    steps: [repairStep({ kind: "command", argv, undo: null, what }, "given up", "started")],
  };
}
