// `tsv version`.

import { complaintLines } from "../core/base/complaint.ts";
import { envelopeText } from "../core/base/envelope.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { textColumns } from "../core/base/printable.ts";
import { asksJson } from "../host/terminal/json-answer.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";

const PAGE: HelpPage = {
  usage: [["tsv version [options]", ""]],
  about: ["Print the version of this executable. tsv ctl version prints that of the daemon."],
  options: [
    ["--json", "print one line of JSON, with the version of Supervisor that clients see"],
    HELP_OPTION,
  ],
  examples: [["tsv version", "print the version"]],
  statuses: [
    [0, "success"],
    [2, "usage error"],
  ],
};

/** @returns the exit status */
export function runVersion(words: readonly string[]): number {
  const isJson = asksJson(words);
  if (words.includes("-h") || words.includes("--help")) {
    print(helpText(PAGE, outputColumns()));
    return 0;
  }
  const wrong = words.find((word) => word !== "--json");
  if (wrong !== undefined)
    return refuse(
      wrong.startsWith("-") ? `version has no option ${wrong}` : "version takes no arguments",
      isJson,
    );
  const results = [{ version: VERSION, supervisor: SUPERVISOR_VERSION }];
  print(
    isJson ? envelopeText({ verb: "version", exitStatus: 0, results, errors: [] }) : `${VERSION}\n`,
  );
  return 0;
}

function refuse(message: string, isJson: boolean): number {
  const complaint = { kind: "usage", message, steps: [["For help", "tsv version -h"]] } as const;
  if (isJson) {
    print(envelopeText({ verb: "version", exitStatus: 2, results: [], errors: [complaint] }));
  } else {
    const lines = complaintLines(complaint, textColumns(outputColumns()));
    printError(lines.map((line) => `${line}\n`).join(""));
  }
  return 2;
}
