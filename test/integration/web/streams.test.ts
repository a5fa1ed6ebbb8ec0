// Streams: events of the status page and followed logs, and their ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ProcessKey } from "../../../src/core/base/ids.ts";
import { exchange, open } from "../../e2e/rig/http.ts";
import { startWeb, type WebRig } from "./rig.ts";

let rig: WebRig;
before(async () => {
  rig = await startWeb();
});
after(() => rig.stop());

void test("an open page gets changes as events, and a log's page gets appended output", async () => {
  const page = "GET /events/status HTTP/1.1\r\nHost: x\r\n\r\n";
  const heard = exchange(rig.address, page, (text) => {
    if (text.includes("event: hello") && !text.includes("event: rows")) {
      rig.parts.eventLog.changed("web:web" as ProcessKey);
      rig.parts.settle();
    }
    return text.includes("event: rows");
  });
  const { text } = await heard;
  assert.match(text, /Content-Type: text\/event-stream/i);
  assert.match(text, /event: rows\ndata: \{"version":\d+,"rows":\{"web":"<tr /);
  const log = "GET /events/tail?processname=web&limit=2000 HTTP/1.1\r\nHost: x\r\n\r\n";
  const followed = await exchange(rig.address, log, (seen) => {
    if (seen.includes("second") && !seen.includes("third")) {
      rig.parts.logs.append("web:web stdout", "third line\n");
    }
    return seen.includes("third line");
  });
  assert.match(followed.text, /Content-Type: text\/event-stream/i);
  assert.match(followed.text, /event: start\ndata: \{"isFresh":true,"missing":0\}\n\n/);
  assert.match(followed.text, /data: "first line\\nsecond <b>line<\/b>\\n"\n\n/);
  assert.match(followed.text, /data: "third line\\n"\n\n/);
  const none = await rig.ask("GET", "/events/tail?processname=nope");
  assert.equal(none.status, 404);
  const wrong = await rig.ask("POST", "/events/status", {}, { a: "b" });
  assert.equal(wrong.status, 400);
});

void test("a client that follows and does not read is disconnected, and sampling ends with the last one", async () => {
  const socket = await open(rig.address);
  socket.pause();
  socket.write("GET /events/tail?processname=web HTTP/1.1\r\nHost: x\r\n\r\n");
  const key = "web:web stdout";
  while (rig.parts.logs.followers(key) === 0) await rig.ask("GET", "/ok.html");
  for (let i = 0; i < 200 && rig.parts.logs.followers(key) > 0; i++) {
    rig.parts.logs.append(key, "x".repeat(64 * 1024));
    await rig.ask("GET", "/ok.html");
  }
  assert.equal(rig.parts.logs.followers(key), 0);
  socket.destroy();
  const watcher = await open(rig.address);
  watcher.write("GET /events/status HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!rig.parts.repeater.isRunning) await rig.ask("GET", "/ok.html");
  watcher.destroy();
  while (rig.parts.repeater.isRunning) await rig.ask("GET", "/ok.html");
});
