// restart --rolling: the order, what stops it, and what is said of each program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { FAULT_CODES } from "../../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { restartRolling } from "../../../../src/ctl/commands/rolling.ts";
import { UnhandledFailure } from "../../../../src/ctl/failure.ts";
import { parseVerbArguments } from "../../../../src/ctl/verb-arguments.ts";
import { findVerb } from "../../../../src/ctl/verbs.ts";
import {
  createFakeClient,
  createFakeContext,
  faultAnswer,
  noConnection,
} from "../../../fakes/ctl-client.ts";

type Answers = Parameters<typeof createFakeClient>[0];

function info(name: string, isUp: boolean, group = "g"): XmlRpcValue {
  const rest = { description: "d", start: 0, stop: 0, now: 0, exitstatus: 0, spawnerr: "" };
  const state = isUp ? { state: 20, statename: "RUNNING" } : { state: 0, statename: "STOPPED" };
  return { name, group, pid: isUp ? 7 : 0, ...state, ...rest };
}

const runs = (...names: readonly string[]): CallResult =>
  ok(names.map((each) => ({ group: each === "x" ? "x" : "g", name: each })));

/** A group g of d, c, b and a, of which c is down; and x. The daemon sorts by names. */
const GROUP: Answers = {
  getAllProcessInfo: ok([
    ...[info("a", true), info("b", true), info("c", false), info("d", true)],
    info("x", true, "x"),
  ]),
  "tsv.getAllProcessRuns": runs("d", "c", "b", "a", "x"),
  "tsv.checkStarts": ok([]),
  "tsv.restartProcess": ok(true),
};

async function rolling(names: string, atOnce: number, answers: Answers) {
  const client = createFakeClient(answers);
  const { context, terminal } = createFakeContext(client, { isOwn: true });
  let failure: unknown = null;
  try {
    await restartRolling(context, names.split(" "), atOnce);
  } catch (error) {
    failure = error;
  }
  const restarts = client.calls.filter((call) => call.startsWith("tsv.restartProcess"));
  return {
    ...{ out: terminal.written().split("\n").slice(0, -1), status: context.exitStatus, failure },
    restarted: restarts.map((call) => call.replace(/.*\((.*)\)/, "$1")).join(" "),
  };
}

test("processes restart in the order of their definition, and those that are down are not started", async () => {
  const done = await rolling("g:*", 1, GROUP);
  assert.equal(done.restarted, "g:d g:b g:a");
  assert.deepEqual(done.out, [
    "g:c: not running, and not started",
    ...["g:d: restarted", "g:b: restarted", "g:a: restarted"],
  ]);
  assert.equal(done.status, 0);
  assert.equal((await rolling("all", 2, GROUP)).restarted, "g:d g:b g:a x");
  // The order of the names does not matter, and a name counts once.
  assert.equal((await rolling("x g:a g:d g:a", 1, GROUP)).restarted, "g:d g:a x");
});

test("the first failure ends it: what was restarted, what failed and why, what was left", async () => {
  const answers: Answers = {
    ...GROUP,
    "tsv.restartProcess": ([name]) =>
      name === "g:b" ? faultAnswer("SPAWN_ERROR", "Exited too quickly") : ok(true),
  };
  const one = await rolling("all", 1, answers);
  assert.deepEqual(one.out, [
    "g:c: not running, and not started",
    ...["g:d: restarted", "g:b: ERROR (Exited too quickly)"],
    ...["g:a: left as it is", "x: left as it is"],
  ]);
  assert.deepEqual([one.status, one.restarted], [7, "g:d g:b"]);
  const many = await rolling("all", 3, answers);
  assert.deepEqual([many.status, many.restarted], [7, "g:d g:b g:a"]);
  assert.equal(many.out.at(-1), "x: left as it is");
});

test("the next programs begin when all before them are up", async () => {
  const open: (() => void)[] = [];
  const client = createFakeClient(GROUP);
  const slow = {
    ...client,
    call: async (...[method, params]: Parameters<typeof client.call>): Promise<CallResult> => {
      const answer = await client.call(method, params);
      if (method === "tsv.restartProcess") await new Promise<void>((resolve) => open.push(resolve));
      return answer;
    },
  };
  const { context } = createFakeContext(slow, { isOwn: true });
  const done = restartRolling(context, ["all"], 2);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const begun = () => client.calls.filter((call) => call.startsWith("tsv.restart")).length;
  await settle();
  assert.equal(begun(), 2);
  open[0]?.();
  await settle();
  assert.equal(begun(), 2);
  open[1]?.();
  await settle();
  assert.equal(begun(), 4);
  for (const each of open.slice(2)) each();
  await done;
});

test("nothing is restarted if a command is gone, or a name is unknown", async () => {
  const gone = { group: "g", name: "a", status: FAULT_CODES.NO_FILE, description: "NO_FILE: x" };
  const refused = await rolling("g:d g:a", 1, { ...GROUP, "tsv.checkStarts": ok([gone]) });
  assert.deepEqual([refused.status, refused.restarted], [7, ""]);
  assert.ok(refused.out.includes("g:a: ERROR (no such file)"), refused.out.join("\n"));
  assert.ok(refused.out.includes("g:d: left as it is"), refused.out.join("\n"));
  const unknown = await rolling("g:d 2", 1, GROUP);
  assert.deepEqual([unknown.status, unknown.restarted], [1, ""]);
  assert.deepEqual(unknown.out, ["2: ERROR (no such process)"]);
});

test("a daemon that is gone ends it, and the rest is named", async () => {
  const lost = await rolling("g:*", 1, { ...GROUP, "tsv.restartProcess": noConnection("ENOENT") });
  assert.ok(lost.failure instanceof UnhandledFailure);
  assert.equal(lost.restarted, "g:d");
  assert.deepEqual(lost.out.slice(1), ["g:b: left as it is", "g:a: left as it is"]);
});

test("the number is optional, and never the next word", () => {
  const parse = (...words: readonly string[]) => {
    const parsed = parseVerbArguments("restart", findVerb("restart") ?? {}, words);
    return parsed.ok ? [parsed.value.rolling, ...parsed.value.words] : parsed.error.message;
  };
  assert.deepEqual(parse("--rolling", "web"), [1, "web"]);
  assert.deepEqual(parse("web", "--rolling=2"), [2, "web"]);
  assert.deepEqual(parse("--rolling", "2", "web"), [1, "2", "web"]);
  for (const value of ["0", "-1", "x", ""])
    assert.match(String(parse(`--rolling=${value}`, "web")), /takes a number from 1 on/);
});
