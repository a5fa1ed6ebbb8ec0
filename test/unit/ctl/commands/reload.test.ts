// reload with names: what is said of each program, and the exit status.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { reloadNames } from "../../../../src/ctl/commands/reload.ts";
import { createFakeClient, createFakeContext, faultAnswer } from "../../../fakes/ctl-client.ts";

type Answers = Parameters<typeof createFakeClient>[0];

async function reload(line: string, answers: Answers) {
  const client = createFakeClient(answers);
  const { context, terminal } = createFakeContext(client, { isOwn: true });
  await reloadNames(context, line === "" ? [] : line.split(" "));
  return [terminal.written() + terminal.errors(), context.exitStatus, ...client.calls];
}

const row = (name: string, status: number, description: string): XmlRpcValue => ({
  ...{ group: "g", name, status, description },
});

test("reload says of each program what was done, and a failure is exit status 7", async () => {
  assert.deepEqual(
    await reload("g:a", { "tsv.reloadProcess": ok([row("a", 80, "SIGHUP sent")]) }),
    ["g:a: SIGHUP sent\n", 0, "tsv.reloadProcess(g:a)"],
  );
  const rows = [row("a", 80, "reloaded"), row("b", 30, "FAILED: exit status 2: bad line")];
  assert.deepEqual(await reload("all", { "tsv.reloadProcess": ok(rows) }), [
    "g:a: reloaded\ng:b: ERROR (exit status 2: bad line)\n",
    ...[7, "tsv.reloadProcess()"],
  ]);
  const [text, status] = await reload("g:a", {
    "tsv.reloadProcess": ok([row("a", 20, "NO_FILE: no reload_signal= in [program:a]")]),
  });
  assert.deepEqual([text, status], ["g:a: ERROR (no reload_signal= in [program:a])\n", 1]);
});

test("a group in which nothing can be reloaded is an error", async () => {
  const [text, status] = await reload("g:*", { "tsv.reloadProcess": ok([]) });
  assert.match(String(text), /^g:\*: ERROR \(no running program has /);
  assert.equal(status, 1);
});

test("reload refuses unknown and empty names", async () => {
  const unknown = { "tsv.reloadProcess": faultAnswer("BAD_NAME", "x") };
  const [process, status] = await reload("x", unknown);
  assert.deepEqual([process, status], ["x: ERROR (no such process)\n", 1]);
  const [group] = await reload("x:*", unknown);
  assert.equal(group, "x:*: ERROR (no such group)\n".replace(":*", ""));
  const empty = await reload("", {});
  assert.deepEqual(empty.slice(1), [2]);
});
