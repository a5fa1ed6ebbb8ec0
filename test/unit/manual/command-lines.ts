// Command lines of tsv as pages show them, and whether tsv accepts them.

import assert from "node:assert/strict";
import { parseExport } from "../../../src/cli/export.ts";
import { parsePasswd } from "../../../src/cli/passwd.ts";
import { VERBS } from "../../../src/core/base/verbs.ts";
import { parseRunArguments } from "../../../src/core/run/arguments.ts";
import { parseVerbArguments } from "../../../src/ctl/verb-arguments.ts";
import { findVerb } from "../../../src/ctl/verbs.ts";
import { parseDoctor } from "../../../src/doctor/cli/options.ts";
import { parseFleet, readAction } from "../../../src/fleet/arguments.ts";
import { parseInstall, parseUninstall } from "../../../src/install/cli/options.ts";
import { parseMcp } from "../../../src/mcp/arguments.ts";

/** Verbs with a face of their own, and their parsers, which return a status for what they refuse. */
const FACES: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  install: (words) => parseInstall(words, "/"),
  uninstall: (words) => parseUninstall(words, "/"),
  doctor: (words) => parseDoctor(words, "/"),
  export: (words) => parseExport(words),
  fleet: (words) => {
    const action = readAction(words);
    if (!action.ok) return 2;
    return action.value === "help" || parseFleet(action.value, words.slice(1)).ok ? words : 2;
  },
  mcp: (words) => (parseMcp(words).ok ? words : 2),
  passwd: (words) => parsePasswd(words),
  run: (words) => (parseRunArguments(words).ok ? words : 2),
};

/** Of these, the verb alone is looked at. */
const UNPARSED = ["check", "why", "daemon", "completion"];

/** Asserts that the verb exists and accepts the words behind it. */
export function assertAccepted(verb: string, words: readonly string[]): void {
  const line = `tsv ${verb} ${words.join(" ")}`;
  assert.ok(
    VERBS.some(({ name }) => name === verb),
    `${line}: there is no such verb`,
  );
  if (UNPARSED.includes(verb)) return;
  const face = FACES[verb];
  if (face !== undefined) assert.notEqual(typeof face(words), "number", line);
  else {
    const parsed = parseVerbArguments(verb, findVerb(verb) ?? {}, words);
    assert.ok(parsed.ok, `${line}: ${parsed.ok ? "" : parsed.error.message}`);
  }
}
