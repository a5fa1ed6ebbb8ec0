// The output of a program's commands on its way into the log of the program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FD, fakeWorld, LOG, processTo, running, WEB } from "../../../../fakes/logs-world.ts";

const ENCODER = new TextEncoder();

test("output of a command goes to the log of a running program, a line at a time", async () => {
  const { logs, pipes, files } = running();
  const output = logs.openOutput(WEB);
  output.push(ENCODER.encode("migr"));
  pipes.feed(FD, "served\n");
  output.push(ENCODER.encode("ated\nthe rest"));
  pipes.feed(FD, "served again\n");
  output.end();
  await logs.flush();
  assert.equal(files.text(LOG), "served\nmigrated\nserved again\nthe rest\n");
});

test("a command of a program that is down opens its log, and closes it", async () => {
  const { logs, files } = fakeWorld();
  logs.addProcess(processTo(LOG));
  const output = logs.openOutput(WEB);
  output.push(ENCODER.encode("cleaned\n"));
  output.end();
  await logs.flush();
  assert.equal(files.text(LOG), "cleaned\n");
  assert.equal(files.opened.size, 1, "only the activity log stays open");
});

test("output of a command has the format of the log", async () => {
  const lines = { format: "prefix", time: "none", limit: null } as const;
  const { logs, files } = running({}, {}, { lines });
  const output = logs.openOutput(WEB);
  output.push(ENCODER.encode("one\ntwo"));
  output.end();
  await logs.flush();
  assert.equal(files.text(LOG), "web | one\nweb | two\n");
});

test("output of a command is no event, and is not captured", async () => {
  const { logs, events } = running({ eventsEnabled: true, captureMaxBytes: 100 });
  const output = logs.openOutput(WEB);
  output.push(ENCODER.encode("<!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:END-->\n"));
  output.end();
  await logs.flush();
  assert.deepEqual(events, []);
});

test("output beyond a limit is dropped and reported", async () => {
  const { logs, files } = running();
  const output = logs.openOutput(WEB);
  for (let times = 0; times < 10; times += 1) output.push(new Uint8Array(64 * 1024).fill(0x78));
  output.end();
  await logs.flush();
  assert.equal(files.text(LOG)?.length, 256 * 1024 + 1);
  const [report = ""] = files.text("/log/main")?.match(/WARN .*/) ?? [];
  assert.equal(report, "WARN 393216 bytes of the output of a command of 'web' were dropped");
});

test("output for a program without a log, or that was removed, goes nowhere", async () => {
  const { logs, files } = running({ logfile: { kind: "none" } });
  const kept = logs.openOutput(WEB);
  logs.removeProcess(WEB);
  for (const output of [kept, logs.openOutput(WEB)]) {
    output.push(ENCODER.encode("lost\n"));
    output.end();
  }
  await logs.flush();
  assert.equal(files.text(LOG), null);
});
