// PROG-003: the file is executable, but its interpreter or loader is missing, or it is for another processor.

import { splitPath } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { describeExecError, type ExecError, isInPath } from "../../exec/exec-error.ts";
import { steadyPath } from "../../facts/path-trust.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusesOf, statusTable } from "../../facts/supervised.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { byHand, preconditionOf, repairStep } from "../../repairs/repairs.ts";
import { check, unknown } from "../check.ts";
import {
  atNextStart,
  behindLink,
  describeStatus,
  isUp,
  placeIn,
  programFinding,
  rewrittenCommand,
  setOptions,
  type UnexecutableProgram,
  unexecutablePrograms,
} from "./program.ts";

export const MISSING_INTERPRETER = check(
  "programs",
  "PROG-003",
  "missing interpreter or loader, or wrong processor",
  (situation, probe) => {
    const statuses = statusTable(situation);
    return unexecutablePrograms(situation, probe).flatMap(
      (found): readonly (Finding | Unknown)[] => {
        const { error, program } = found;
        if (error === "unknown") return [unknown(`what ${program.label} executes`)];
        if (error.kind === "denied" || error.kind === "format") return [];
        const finding = findingOf(found, error, situation, probe);
        return [atNextStart(finding, isUp(statusesOf(program, statuses)))];
      },
    );
  },
);

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

// PROG-004: the kernel does not recognize the format of the file.

export const NO_SHEBANG = check("programs", "PROG-004", "script without #!", (situation, probe) => {
  const statuses = statusTable(situation);
  return unexecutablePrograms(situation, probe).flatMap((found): readonly Finding[] => {
    const { program, launch, error } = found;
    if (error === "unknown" || error.kind !== "format") return [];
    const { symptom, cause, evidence, advice, commands } = describeExecError(error, launch, probe);
    const isScript = error.what === "text";
    const finding = programFinding(program, {
      severity: "error",
      symptom,
      cause,
      evidence: [...evidence, ...describeStatus(program, situation)],
      place: placeIn(situation, program, "command"),
      repair:
        (isScript ? withInterpreter(found, situation, probe) : null) ?? byHand(advice, commands),
    });
    return [atNextStart(finding, isUp(statusesOf(program, statuses)))];
  });
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
  { program, launch }: UnexecutableProgram,
  situation: Situation,
  probe: Probe,
): Repair | null {
  const { tail } = splitPath(launch.file);
  const extension = /\.(\w+)$/.exec(tail)?.[1] ?? "";
  const interpreter = INTERPRETERS.get(extension);
  if (interpreter === undefined || !isInPath(interpreter, launch, probe)) return null;
  // An interpreter does not search PATH for its script.
  const command = rewrittenCommand(program, situation, (first, rest) =>
    first.includes("/") ? `${interpreter} ${first}${rest}` : `${interpreter} ${launch.file}${rest}`,
  );
  if (command === null) return null;
  const advice = `Run it with ${interpreter}`;
  return setOptions(advice, program, { command }, situation, probe);
}
