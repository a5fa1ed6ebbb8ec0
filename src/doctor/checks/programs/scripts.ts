// Files that the kernel does not execute: their interpreter or loader is missing, or they are for another processor (PROG-003), or
// it does not recognize their format (PROG-004).

import { splitPath } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { describeExecError, type ExecError, isInPath } from "../../exec/exec-error.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { steadyPath } from "../../facts/path-trust.ts";
import type { Supervised } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, preconditionOf, repairStep } from "../../repairs/repairs.ts";
import { unknown } from "../check.ts";
import {
  atNextStart,
  behindLink,
  describeStatus,
  type ExaminedProgram,
  launchExaminer,
  programCheck,
  programFinding,
  type RejectedLaunch,
  rewrittenCommand,
  setOptions,
} from "./program.ts";

export const MISSING_INTERPRETER = programCheck(
  "PROG-003",
  "missing interpreter or loader, or wrong processor",
  (facts) => {
    const examine = launchExaminer(facts);
    return (program) => {
      const { error = null, launch } = examine(program) ?? {};
      if (error === "unknown") return unknown(`what ${program.label} executes`);
      if (launch === undefined || error === null) return null;
      if (error.kind === "denied" || error.kind === "format") return null;
      const step = withoutReturns(error, facts);
      return rejected(program, launch, error, facts, (advice, commands) =>
        step === null
          ? null
          : (behindLink(launch.file, facts) ?? repair(advice, fix.steps("B", commands, [step]))),
      );
    };
  },
);

/** @param repairWith the repair for an advice, if doctor can make it */
function rejected(
  program: ExaminedProgram,
  launch: RejectedLaunch["launch"],
  error: ExecError,
  facts: DoctorFacts,
  repairWith: (advice: string, commands: readonly string[]) => Repair | null,
): Finding {
  const {
    symptom,
    cause,
    evidence,
    advice,
    commands = [],
  } = describeExecError(error, launch, facts.probe);
  return atNextStart(
    program,
    programFinding("error", program, facts, "command", {
      symptom,
      cause,
      evidence: [...evidence, describeStatus(program)],
      repair: repairWith(advice, commands) ?? byHand(advice, commands),
    }),
  );
}

/** Converts the script to Unix line endings, if that fixes it. */
function withoutReturns(error: ExecError, { caller, probe }: DoctorFacts): PlannedStep | null {
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

export const NO_SHEBANG = programCheck("PROG-004", "script without #!", (facts) => {
  const examine = launchExaminer(facts);
  return (program) => {
    const { error = null, launch } = examine(program) ?? {};
    if (launch === undefined || error === null || error === "unknown") return null;
    if (error.kind !== "format") return null;
    return rejected(program, launch, error, facts, () =>
      error.what === "text" ? withInterpreter(program, launch, facts) : null,
    );
  };
});

const INTERPRETERS: ReadonlyMap<string, string> = new Map([
  ["sh", "sh"],
  ["bash", "bash"],
  ["py", "python3"],
  ["pl", "perl"],
  ["rb", "ruby"],
  ["js", "node"],
  ["php", "php"],
]);

function withInterpreter(
  program: Supervised,
  launch: RejectedLaunch["launch"],
  facts: DoctorFacts,
): Repair | null {
  const { tail } = splitPath(launch.file);
  const extension = /\.(\w+)$/.exec(tail)?.[1] ?? "";
  const interpreter = INTERPRETERS.get(extension);
  if (interpreter === undefined || !isInPath(interpreter, launch, facts.probe)) return null;
  // An interpreter does not search PATH for its script.
  const command = rewrittenCommand(program, facts, (first, rest) =>
    first.includes("/") ? `${interpreter} ${first}${rest}` : `${interpreter} ${launch.file}${rest}`,
  );
  if (command === null) return null;
  const advice = `Run it with ${interpreter}`;
  return setOptions(advice, program, { command }, facts);
}
