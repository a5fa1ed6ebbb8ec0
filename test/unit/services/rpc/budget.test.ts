// Limits of the work and memory of one request.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atOnce } from "../../../../src/core/base/steps.ts";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";
import { sizeOf } from "../../../../src/core/xmlrpc/size.ts";
import { Utf8Text } from "../../../../src/core/xmlrpc/utf8-text.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { type AnswerWork, replyTo } from "../../../../src/services/rpc/answer.ts";
import { SOMEBODY } from "../../../fakes/principals.ts";
import { createRig } from "./rig.ts";

const MB = 1024 * 1024;

/** An account that takes note of what is booked. */
function account(room = Number.POSITIVE_INFINITY) {
  let bytes = 0;
  const take = (more: number): boolean => {
    if (bytes + more > room) return false;
    bytes += more;
    return true;
  };
  const work: AnswerWork = {
    principal: SOMEBODY,
    pause: () => null,
    take,
    reserve: async (more) => (take(more) ? null : { name: "FAILED", detail: "no room" }),
    release: (less) => {
      bytes -= less;
    },
    own() {},
    freeOwned() {},
  };
  return { work, bytes: () => bytes };
}

const call = (methodName: string, ...params: XmlRpcValue[]) => ({ methodName, params });

async function multicall(calls: readonly XmlRpcValue[], work = account().work) {
  const { rpc, logs } = createRig();
  logs.set("web:web stdout", "x".repeat(5 * MB));
  const outcome = await rpc.call("system.multicall", [calls], work);
  assert.ok(outcome.ok);
  return outcome.value as readonly XmlRpcValue[];
}

const READ = call("supervisor.readProcessStdoutLog", "web", 0, 0);
const STATE = call("supervisor.getState");

describe("one multicall", () => {
  it("answers up to 16 MB, and makes no calls after that (multicall-bounds)", async () => {
    const { work, bytes } = account();
    const results = await multicall([READ, STATE, READ, READ, READ, STATE, READ], work);
    const shown = results.map((result) =>
      result instanceof Utf8Text ? result.bytes.length : JSON.stringify(result),
    );
    assert.deepEqual(shown.slice(0, 4), [
      5 * MB,
      '{"statecode":1,"statename":"RUNNING"}',
      5 * MB,
      5 * MB,
    ]);
    assert.match(String(shown[4]), /"FAILED: the answers to one multicall may have 16 MB; this/);
    for (const rest of shown.slice(5)) {
      assert.match(String(rest), /"faultCode":30,"faultString":"FAILED: not called: /);
    }
    assert.ok(bytes() <= 16 * MB, `${bytes()} bytes are booked`);
  });

  it("makes 10 000 calls at most (multicall-bounds)", async () => {
    const results = await multicall(Array.from({ length: 10_002 }, () => STATE));
    assert.equal(results.length, 10_002);
    assert.deepEqual(results[9999], { statecode: 1, statename: "RUNNING" });
    const fault = "FAILED: not called: one multicall makes 10000 calls at most";
    assert.deepEqual(results.slice(10_000), Array(2).fill({ faultCode: 30, faultString: fault }));
  });

  it("counts the memory of every call's answer", async () => {
    const { work, bytes } = account();
    await multicall(
      Array.from({ length: 100 }, () => call("supervisor.getAllProcessInfo")),
      work,
    );
    assert.ok(bytes() >= 100 * 3 * 300, `${bytes()} bytes are booked`);
    const refused = await multicall([STATE, READ, STATE], account(1000).work);
    assert.match(JSON.stringify(refused[1]), /FAILED: no room/);
  });
});

describe("a large answer", () => {
  const value = Array.from({ length: 3000 }, (_, i) => ({ name: `program ${i} é<`, now: i }));

  async function bodyOf(any: XmlRpcValue, json: boolean, work: AnswerWork): Promise<string> {
    const reply = await replyTo({ ok: true, value: any }, json, work);
    assert.ok(reply.kind === "parts");
    const parts: Uint8Array[] = [];
    for (let part = await reply.next(); part !== null; part = await reply.next()) parts.push(part);
    assert.ok(parts.length > 1);
    const body = Buffer.concat(parts);
    assert.equal(body.length, reply.length);
    return body.toString();
  }

  it("is the same bytes in parts, kept or written twice, and of the length announced", async () => {
    for (const any of [value, new Utf8Text(new Uint8Array(3 * MB).fill(38))]) {
      const xml = encodeResponse(any);
      const json = encodeJsonValue(any);
      for (const room of [Number.POSITIVE_INFINITY, 300 * 1024]) {
        assert.ok((await bodyOf(any, false, account(room).work)) === xml);
        assert.ok((await bodyOf(any, true, account(room).work)) === json);
      }
    }
  });

  it("is a fault when there is no memory to write it, and a small one needs none", async () => {
    const refused = await replyTo({ ok: true, value }, false, account(1000).work);
    assert.ok(refused.kind === "whole" && String(refused.body).includes("FAILED: no room"));
    const small = await replyTo({ ok: true, value: "a" }, false, account(0).work);
    assert.ok(small.kind === "whole" && small.body === encodeResponse("a"));
  });
});

describe("the size of a value", () => {
  it("is at least the size of its texts and bytes, counted in steps", () => {
    const value = [{ a: "x".repeat(1000) }, new Uint8Array(500), new Utf8Text(new Uint8Array(700))];
    const size = atOnce(sizeOf(value));
    assert.ok(size >= 2200 && size < 3000, `${size}`);
    const counting = sizeOf(Array.from({ length: 10_000 }, () => 1));
    let steps = 0;
    for (let step = counting.next(); !step.done; step = counting.next()) steps++;
    assert.ok(steps >= 9);
  });
});
