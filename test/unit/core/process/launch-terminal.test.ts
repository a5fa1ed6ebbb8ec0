// Environment variables of a program on a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_GATHERED } from "../../../../src/core/environment/layers.ts";
import { programEnvironment } from "../../../../src/core/process/launch.ts";
import { program } from "./samples.ts";

const CONTEXT = {
  environment: { PATH: "/bin", TERM: "dumb", LINES: "7", COLUMNS: "9" },
  serverUrl: null,
  softFileLimit: 1024,
};

test("a program on a terminal gets variables of its own terminal, not of the daemon's", () => {
  const environment = programEnvironment(program({ tty: true }), "g", CONTEXT, NOTHING_GATHERED);
  assert.equal(environment["TERM"], "xterm-256color");
  assert.equal(environment["PATH"], "/bin");
  assert.equal("LINES" in environment || "COLUMNS" in environment, false);
});

test("the user's variables of the terminal take precedence", () => {
  const own = program({ tty: true, environment: { TERM: "vt220", COLUMNS: "132" } });
  const environment = programEnvironment(own, "g", CONTEXT, NOTHING_GATHERED);
  assert.equal(environment["TERM"], "vt220");
  assert.equal(environment["COLUMNS"], "132");
});

test("a program on pipes inherits the daemon's variables", () => {
  const environment = programEnvironment(program(), "g", CONTEXT, NOTHING_GATHERED);
  assert.deepEqual([environment["TERM"], environment["LINES"]], ["dumb", "7"]);
});
