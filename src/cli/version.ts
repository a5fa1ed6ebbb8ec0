// `tsv version`.

import { envelopeText } from "../core/base/envelope.ts";
import { print, printError } from "../host/terminal/output.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";

const HELP = `Usage: tsv version [--json]

Prints the version of this tsv. The version of the daemon that runs: tsv ctl version

Options:
  --json      Print one line of JSON; with the version of Supervisor that clients see
  -h, --help  Show this help
`;

/** @returns the exit status */
export function runVersion(words: readonly string[]): number {
  const [word] = words;
  if (word === "-h" || word === "--help") print(HELP);
  else if (word === "--json") {
    const results = [{ version: VERSION, supervisor: SUPERVISOR_VERSION }];
    print(envelopeText({ verb: "version", exitStatus: 0, results, errors: [] }));
  } else if (word !== undefined) {
    printError(`Error: version has no option ${word}\n  For help: tsv version -h\n`);
    return 2;
  } else print(`${VERSION}\n`);
  return 0;
}
