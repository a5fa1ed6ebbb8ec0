// PROG-003: the file is there and executable, and what it needs to run is not: interpreter, loader, processor.

import type { PlannedStep } from "../../../install/plan/steps.ts";
import { describeExecError } from "../../exec/describe-exec-error.ts";
import type { ExecError } from "../../exec/exec-error.ts";
import { steadyPath } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusesOf, statusTable } from "../../facts/supervised.ts";
import type { Finding, Repair, Unseen } from "../../model.ts";
import { byHand, repairStep, witnessOf } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { describeStatus } from "./describe-status.ts";
import { type UnexecutableProgram, unexecutablePrograms } from "./launch-of.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { behindLink } from "./program-repairs.ts";

export const MISSING_INTERPRETER = defineCheck({
  code: "PROG-003",
  area: "programs",
  title: "missing interpreter, loader or processor",
  page: {
    symptom:
      "The program is there and executable, and yet `couldn't exec /opt/app/run.sh: ENOENT`, `env: 'node': No such file or directory`, or `ENOEXEC`; under Supervisor it exits with status 127. `ls` shows the file that is said not to exist.",
    cause:
      "What does not exist is what the file needs. A script names its interpreter in its first line (`#!`), and that is not installed, or its name ends in a carriage return because the script came from Windows; `#!/usr/bin/env node` needs `node` in the PATH of the service. A program needs a loader for its architecture: on a Raspberry Pi with a 64-bit system, programs for armhf want `/lib/ld-linux-armhf.so.3`. And a program for another processor does not run at all. Doctor reads the first line, or the head of the ELF file, as the kernel does; formats that are registered with binfmt_misc count as runnable.",
    repair:
      "With a yes, doctor takes the carriage returns out of a script whose interpreter is there without them. Anything else has to be installed, or the first line corrected: doctor prints what lacks.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return unexecutablePrograms(situation, probe).flatMap(
      (found): readonly (Finding | Unseen)[] => {
        const { error, program } = found;
        if (error === "unseen") return [{ unseen: `what ${program.label} executes` }];
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

/** The script with the line ends of Unix, if that is all that lacks. */
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
      // Owner and text come from two looks: both must be those of the file that is replaced.
      replaces: { seen: witnessOf(found), text },
    },
    "lines that end as on Windows",
    "lines that end as on Unix",
    { path, text },
  );
}
