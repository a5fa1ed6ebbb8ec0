// PROG-019: a program that the daemon gave up because it could not be started, and that could be started now.

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
  title: "given up, and nothing is in the way any more",
  page: {
    symptom:
      "`status` shows `FATAL couldn't exec /opt/app/run.sh: ENOENT`, or another reason for which a program cannot be started, although that has been put right.",
    cause:
      "The daemon tried `startretries` times to start the program, gave up, and does not try again by itself. Doctor has looked at what its last words name: the command, the interpreter, the working directory and the logs are as they have to be now.",
    repair: "`tsv start NAME` starts it; with --fix doctor does that after a yes.",
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

/** What the checks of programs and logs would explain: other reasons, such as a full table of processes, may last. */
const EXPLAINED =
  /^(?:couldn't exec |couldn't chdir to |can't find command |command at |no permission to run |unknown error making dispatchers )/;

function isGivenUp({ state, spawnError }: ProgramStatus): boolean {
  return state === "FATAL" && EXPLAINED.test(spawnError);
}

/** The daemon would start what it has read, and not what was looked at: CONF-017 tells of that. */
function isOther({ config, group }: Supervised, { known }: Situation): boolean {
  const own = known?.find((one) => one["group"] === group && one["name"] === config.name);
  return own !== undefined && changedOptions(own, config).length > 0;
}

/** Labels of those of which something else is told; null where not all could be seen. */
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
  const findings = said.flatMap((one) => ("unseen" in one ? [] : [one.subject]));
  return findings.length < said.length ? null : new Set(findings);
}

function isLogBlocked({ config, daemon }: Supervised, situation: Situation, probe: Probe): boolean {
  const automatic = readConfig(situation)?.daemon.childLogDir ?? "/tmp";
  return [config.stdout, config.stderr].some(({ logfile }) => {
    if (logfile.kind === "none") return false;
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
    cause: "The daemon gave up when it could not be started. Nothing is in the way any more.",
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
