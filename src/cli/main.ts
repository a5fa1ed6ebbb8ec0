// The verbs of `tsv` that need no daemon: check, sample-conf. Everything else has a face of its own.

import { jsonText } from "../core/base/json-text.ts";
import { type CheckProblem, checkConfig, formatProblem } from "../core/config/lint/check.ts";
import { sampleConfig } from "../core/config/options/sample.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { print } from "../host/terminal/output.ts";
import { type CheckOptions, createProgram } from "./options.ts";

/** Exit statuses of these verbs. */
const EXIT = { OK: 0, PROBLEMS: 1, USAGE: 2 } as const;

/** `echo_supervisord_conf` and `tsv sample-conf`. */
export function printSampleConfig(): number {
  print(sampleConfig());
  return EXIT.OK;
}

/** Runs `tsv` with verbs of its own. @returns exit status: 0, 1 for a bad config, 2 for a bad command line */
export function runTsv(args: readonly string[]): number {
  let status: number = EXIT.OK;
  const program = createProgram({
    sampleConf: () => {
      status = printSampleConfig();
    },
    check: (file, options) => {
      status = check(file, options);
    },
  });
  const failure = program.run(args);
  return failure ?? status;
}

function check(file: string, { json, verbose }: CheckOptions): number {
  const problems = checkConfig(file, createConfigWorld(createAccounts()));
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (json === true) {
    print(`${jsonText({ file, problems }, 2)}\n`);
  } else {
    const shown = problems.filter(({ severity }) => verbose === true || severity !== "note");
    for (const problem of shown) print(`${formatProblem(problem)}\n`);
    print(`${file}: ${verdict(problems, errors)}\n`);
  }
  return errors > 0 ? EXIT.PROBLEMS : EXIT.OK;
}

/** "ok", "ok, 1 warning, 2 notes", "1 error, 0 warnings". */
function verdict(problems: readonly CheckProblem[], errors: number): string {
  const [warnings, notes] = (["warning", "note"] as const).map(
    (severity) => problems.filter((problem) => problem.severity === severity).length,
  ) as [number, number];
  const head = errors > 0 ? [count(errors, "error"), count(warnings, "warning")] : ["ok"];
  if (errors === 0 && warnings > 0) head.push(count(warnings, "warning"));
  if (notes > 0) head.push(count(notes, "note"));
  return head.join(", ");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
