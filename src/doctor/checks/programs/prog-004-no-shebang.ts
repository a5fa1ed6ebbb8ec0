// PROG-004: the kernel does not recognize the format of the file.

import { splitPath } from "../../../core/config/paths.ts";
import { describeExecError } from "../../exec/describe-exec-error.ts";
import { isInPath } from "../../exec/exec-error.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusesOf, statusTable } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { describeStatus } from "./describe-status.ts";
import { type UnexecutableProgram, unexecutablePrograms } from "./launch-of.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { rewrittenCommand, setOptions } from "./program-repairs.ts";

export const NO_SHEBANG = defineCheck({
  code: "PROG-004",
  area: "programs",
  title: "script without #!",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`couldn't exec /opt/app/run.sh: ENOEXEC`; under Supervisor the program exits with status 127. In a shell, the same command works.",
    cause:
      "The kernel runs executables, and scripts whose first line names an interpreter. The first line of this file does not begin with `#!`, or has a byte order mark before it, or the file is empty. A shell that gets ENOEXEC interprets the file itself, which is why the command works there.",
    repair:
      "Add `#!/bin/sh` (or another interpreter) as the first line. If the name of the script identifies its interpreter and the interpreter is installed, doctor offers to put it in front of `command=` instead; this leaves the script unchanged.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return unexecutablePrograms(situation, probe).flatMap((found): readonly Finding[] => {
      const { program, launch, error } = found;
      if (error === "unknown" || error.kind !== "format") return [];
      const { symptom, cause, evidence, advice, commands } = describeExecError(
        error,
        launch,
        probe,
      );
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
  },
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
