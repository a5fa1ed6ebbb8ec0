// The environment of a program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_GATHERED } from "../../../../src/core/environment/layers.ts";
import { environmentStrings, programEnvironment } from "../../../../src/core/process/launch.ts";
import { program } from "./samples.ts";

const CONTEXT = {
  environment: { PATH: "/bin", LANG: "C" },
  serverUrl: "unix:///run/tsv.sock",
  softFileLimit: 1024,
};

test("a program sees the daemon's environment, then SUPERVISOR_*, then its own", () => {
  const environment = programEnvironment(
    program({ environment: { LANG: "de", A: "1" } }),
    "shop",
    CONTEXT,
    NOTHING_GATHERED,
  );
  assert.deepEqual(environment, {
    PATH: "/bin",
    LANG: "de",
    SUPERVISOR_ENABLED: "1",
    SUPERVISOR_SERVER_URL: "unix:///run/tsv.sock",
    SUPERVISOR_PROCESS_NAME: "web",
    SUPERVISOR_GROUP_NAME: "shop",
    A: "1",
  });
});

test("environment= may override even SUPERVISOR_*", () => {
  const own = program({ environment: { SUPERVISOR_GROUP_NAME: "mine" } });
  assert.equal(
    programEnvironment(own, "shop", CONTEXT, NOTHING_GATHERED)["SUPERVISOR_GROUP_NAME"],
    "mine",
  );
});

test("serverurl= comes before the daemon's servers; without either there is none", () => {
  const own = program({ serverUrl: "http://elsewhere" });
  assert.equal(
    programEnvironment(own, "g", CONTEXT, NOTHING_GATHERED)["SUPERVISOR_SERVER_URL"],
    "http://elsewhere",
  );
  const none = programEnvironment(
    program(),
    "g",
    { ...CONTEXT, serverUrl: null },
    NOTHING_GATHERED,
  );
  assert.equal("SUPERVISOR_SERVER_URL" in none, false);
  const emptied = programEnvironment(program({ serverUrl: "" }), "g", CONTEXT, NOTHING_GATHERED);
  assert.equal("SUPERVISOR_SERVER_URL" in emptied, false);
});

test("exec gets KEY=value strings", () => {
  assert.deepEqual(environmentStrings({ A: "1", B: "x=y", C: "" }), ["A=1", "B=x=y", "C="]);
});

const ON_TERMINAL = {
  environment: { PATH: "/bin", TERM: "dumb", LINES: "7", COLUMNS: "9" },
  serverUrl: null,
  softFileLimit: 1024,
};

test("a program on a terminal gets variables of its own terminal, not of the daemon's", () => {
  const environment = programEnvironment(
    program({ tty: true }),
    "g",
    ON_TERMINAL,
    NOTHING_GATHERED,
  );
  assert.equal(environment["TERM"], "xterm-256color");
  assert.equal(environment["PATH"], "/bin");
  assert.equal("LINES" in environment || "COLUMNS" in environment, false);
});

test("the user's variables of the terminal take precedence", () => {
  const own = program({ tty: true, environment: { TERM: "vt220", COLUMNS: "132" } });
  const environment = programEnvironment(own, "g", ON_TERMINAL, NOTHING_GATHERED);
  assert.equal(environment["TERM"], "vt220");
  assert.equal(environment["COLUMNS"], "132");
});

test("a program on pipes inherits the daemon's variables", () => {
  const environment = programEnvironment(program(), "g", ON_TERMINAL, NOTHING_GATHERED);
  assert.deepEqual([environment["TERM"], environment["LINES"]], ["dumb", "7"]);
});
