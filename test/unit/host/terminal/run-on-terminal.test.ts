// Questions with yes and no: valid answers, and terminals that can be asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canAsk, isConfirmed } from "../../../../src/host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../../../src/ports/terminal.ts";

async function answered(answer: string | null): Promise<{ yes: boolean; shown: string }> {
  let shown = "";
  const readLine = (prompt: string): Promise<string | null> => {
    shown += prompt;
    return Promise.resolve(answer);
  };
  return { yes: await isConfirmed({ readLine } as Terminal, "Do this"), shown };
}

test("y and yes are a yes, in any case and with blanks around; all else is a no", async () => {
  for (const answer of ["y", "Y", "yes", " YES ", "y\t"]) {
    assert.deepEqual(await answered(answer), { yes: true, shown: "Do this? [y/N] " }, answer);
  }
  for (const answer of [null, "", "n", "no", "ye", "yess", "y y", "j"]) {
    assert.equal((await answered(answer)).yes, false, String(answer));
  }
});

test("a question is possible if input and output are terminals", () => {
  for (const stdinIsTty of [true, false]) {
    for (const stdoutIsTty of [true, false]) {
      assert.equal(canAsk({ stdinIsTty, stdoutIsTty } as Terminal), stdinIsTty && stdoutIsTty);
    }
  }
});
