// PROG-003: the file is executable, but its interpreter or loader is missing, or it is for another processor.

import type { PlannedStep } from "../../../install/plan/steps.ts";
import { describeExecError } from "../../exec/describe-exec-error.ts";
import type { ExecError } from "../../exec/exec-error.ts";
import { steadyPath } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusesOf, statusTable } from "../../facts/supervised.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { byHand, preconditionOf, repairStep } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { describeStatus } from "./describe-status.ts";
import { type UnexecutableProgram, unexecutablePrograms } from "./launch-of.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { behindLink } from "./program-repairs.ts";

export const MISSING_INTERPRETER = defineCheck({
  code: "PROG-003",
  area: "programs",
  title: "missing interpreter or loader, or wrong processor",
  repairs: ["B", "C"],
  page: {
    symptom:
      "The program exists and is executable, but the error is `couldn't exec /opt/app/run.sh: ENOENT`, `env: 'node': No such file or directory`, or `ENOEXEC`; under Supervisor it exits with status 127. `ls` shows the file that allegedly does not exist.",
    cause:
      "Something that the file requires is missing. A script names its interpreter in its first line (`#!`). The interpreter is not installed, or its name ends in a carriage return because the script came from Windows; `#!/usr/bin/env node` requires `node` in the PATH of the service. An executable requires the loader of its architecture: on a Raspberry Pi with a 64-bit system, armhf programs require `/lib/ld-linux-armhf.so.3`. An executable for another processor does not run at all. Doctor reads the first line or the ELF header, as the kernel does. It accepts formats that are registered with binfmt_misc.",
    repair:
      "If the interpreter of a script exists apart from the carriage return, doctor removes the carriage returns after you confirm. In all other cases, install what is missing, or correct the first line; doctor prints what is missing.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return unexecutablePrograms(situation, probe).flatMap(
      (found): readonly (Finding | Unknown)[] => {
        const { error, program } = found;
        if (error === "unknown") return [{ unknown: `what ${program.label} executes` }];
        if (error.kind === "denied" || error.kind === "format") return [];
        const finding = findingOf(found, error, situation, probe);
        return [atNextStart(finding, isUp(statusesOf(program, statuses)))];
      },
    );
  },
});

function findingOf(
  { program, launch }: UnexecutableProgram,
  error: ExecError,
  situation: Situation,
  probe: Probe,
): Finding {
  const { symptom, cause, evidence, advice, commands } = describeExecError(error, launch, probe);
  const step = withoutReturns(error, situation, probe);
  const repair: Repair =
    step === null
      ? byHand(advice, commands)
      : (behindLink(launch.file, situation, probe) ?? {
          class: "B",
          advice,
          commands,
          steps: [step],
        });
  return programFinding(program, {
    severity: "error",
    symptom,
    cause,
    evidence: [...evidence, ...describeStatus(program, situation)],
    place: placeIn(situation, program, "command"),
    repair,
  });
}

/** Converts the script to Unix line endings, if that fixes it. */
function withoutReturns(error: ExecError, { caller }: Situation, probe: Probe): PlannedStep | null {
  if (error.kind !== "interpreter" && error.kind !== "env") return null;
  if (!error.shebang.hasCarriageReturn) return null;
  const { interpreter } = error.shebang;
  const { script } = error;
  const path = caller.uid === 0 ? steadyPath(script, probe) : (probe.realPath(script) ?? script);
  const found = probe.look(path);
  const text = probe.readText(path);
  if (!probe.look(interpreter).ok || !found.ok || text === null) return null;
  const [user = "root", group = "root"] = probe.ownerName(found.uid, found.gid).split(":");
  const after = text.replaceAll("\r\n", "\n").replace(/\r$/, "");
  const owner = { user, group };
  return repairStep(
    {
      kind: "file",
      path,
      text: after,
      mode: found.mode & 0o777,
      owner,
      what: "script",
      // Owner and text are read separately: both must belong to the file that is replaced.
      replaces: { seen: preconditionOf(found), text },
    },
    "Windows line endings",
    "Unix line endings",
    { path, text },
  );
}
