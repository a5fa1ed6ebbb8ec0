// Where ctl's password comes from. (password-stdin)

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CtlOptions } from "../../../src/core/config/model.ts";
import { accessOf } from "../../../src/ctl/setup.ts";

const OPTIONS: CtlOptions = {
  ...{ serverUrl: "unix:///s", username: "admin", password: "configured", prompt: "supervisor" },
  ...{ historyFile: null, plugins: [], daemonUser: null, isServerNamed: true },
};

function setup(given: string | null) {
  return {
    options: { ...OPTIONS, password: given ?? OPTIONS.password },
    password: given,
  } as const;
}

function terminal(stdinIsTty: boolean) {
  const written: string[] = [];
  return {
    stdinIsTty,
    written,
    write: (text: string) => void written.push(text),
    readSecret: async (prompt: string) => {
      written.push(prompt);
      return "typed";
    },
  };
}

async function passwordOf(given: string | null, variable?: string): Promise<string | null> {
  return (await accessOf(setup(given), terminal(false), variable)).password;
}

test("a password is that of the command line, of the variable, of the configuration", async () => {
  assert.equal(await passwordOf("x", "y"), "x");
  assert.equal(await passwordOf(null, "y"), "y");
  assert.equal(await passwordOf(null, ""), "");
  assert.equal(await passwordOf(null), "configured");
});

test("-p - reads standard input, and asks only a person", async () => {
  for (const isTty of [true, false]) {
    const screen = terminal(isTty);
    assert.equal((await accessOf(setup("-"), screen, "y")).password, "typed");
    assert.equal(screen.written.join(""), isTty ? "Password:\n" : "");
  }
});
