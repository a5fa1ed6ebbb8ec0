// Limits of the work and memory of one request.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";
import { Utf8Text, type XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { replyTo } from "../../../../src/services/rpc/endpoint.ts";
import type { RequestWork } from "../../../../src/services/rpc/method.ts";
import { SOMEBODY } from "../../../fakes/principals.ts";
import { createRig } from "./rig.ts";

const MB = 1024 * 1024;

/** Bounds that take note of what is reserved, up to what there is room for. */
function bounds(room = Number.POSITIVE_INFINITY) {
  let bytes = 0;
  const work: RequestWork = {
    principal: SOMEBODY,
    pause: () => null,
    async reserve(more) {
      if (bytes + more > room) return { name: "FAILED", detail: "no room" };
      bytes += more;
      return null;
    },
  };
  return { work, bytes: () => bytes };
}

const call = (methodName: string, ...params: XmlRpcValue[]) => ({ methodName, params });

async function multicall(calls: readonly XmlRpcValue[], work = bounds().work) {
  const { rpc, logs } = createRig();
  logs.set("web:web stdout", "x".repeat(5 * MB));
  const outcome = await rpc.call("system.multicall", [calls], work);
  assert.ok(outcome.ok);
  return outcome.value as readonly XmlRpcValue[];
}

const READ = call("supervisor.readProcessStdoutLog", "web", 0, 0);
const STATE = call("supervisor.getState");

describe("one multicall", () => {
  it("answers up to 8 MB, and makes no calls after that (multicall-bounds)", async () => {
    const { work, bytes } = bounds();
    const results = await multicall([READ, STATE, READ, STATE, READ], work);
    const shown = results.map((result) =>
      result instanceof Utf8Text ? result.bytes.length : JSON.stringify(result),
    );
    assert.deepEqual(shown.slice(0, 2), [5 * MB, '{"statecode":1,"statename":"RUNNING"}']);
    assert.match(String(shown[2]), /"FAILED: the answers to one multicall may have 8 MB; this/);
    for (const rest of shown.slice(3)) {
      assert.match(String(rest), /"faultCode":30,"faultString":"FAILED: not called: /);
    }
    assert.ok(bytes() >= 5 * MB, `${bytes()} bytes are reserved`);
  });

  it("reserves what every call answers", async () => {
    const { work, bytes } = bounds();
    await multicall(
      Array.from({ length: 100 }, () => call("supervisor.getAllProcessInfo")),
      work,
    );
    assert.ok(bytes() >= 100 * 3 * 300, `${bytes()} bytes are reserved`);
    const refused = await multicall([STATE, READ, STATE], bounds(1000).work);
    assert.match(JSON.stringify(refused[1]), /FAILED: no room/);
  });
});

describe("a large answer", () => {
  const value = Array.from({ length: 3000 }, (_, i) => ({ name: `program ${i} é<`, now: i }));

  async function bodyOf(any: XmlRpcValue, json: boolean): Promise<string> {
    const reply = await replyTo({ ok: true, value: any }, json, bounds().work);
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
      assert.ok((await bodyOf(any, false)) === encodeResponse(any));
      assert.ok((await bodyOf(any, true)) === encodeJsonValue(any));
    }
  });

  it("is a fault when there is no slot to write it, and a small one needs none", async () => {
    const refused = await replyTo({ ok: true, value }, false, bounds(1000).work);
    assert.ok(refused.kind === "whole" && String(refused.body).includes("FAILED: no room"));
    const small = await replyTo({ ok: true, value: "a" }, false, bounds(0).work);
    assert.ok(small.kind === "whole" && small.body === encodeResponse("a"));
  });
});
