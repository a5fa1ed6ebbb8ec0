// Streams on a real nats-server: made, made again, and out of reach of devices.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { err } from "../../../src/core/base/result.ts";
import {
  answerSubject,
  callSubject,
  callsSubject,
  devicePermissions,
  keySubject,
  lastOfKey,
  operatorPermissions,
} from "../../../src/core/fleet/subjects.ts";
import { serveCalls } from "../../../src/fleet/agent/calls.ts";
import { connect, type Membership, type Session } from "../../../src/fleet/nats/connection.ts";
import { listDevices } from "../../../src/fleet/nats/devices.ts";
import { makeStreams } from "../../../src/fleet/nats/streams.ts";
import { startNats, withoutNats } from "../../rig/nats-server.ts";
import { within } from "../../rig/wait.ts";

const skip = withoutNats();

async function opened(membership: Membership): Promise<Session> {
  const made = await connect(membership);
  assert.ok(made.ok, made.ok ? "" : made.error.text);
  return made.value;
}

async function started(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  const server = await startNats(directory);
  t.after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const members = [
    await server.admitHub("admin"),
    await server.admit("pi-7", devicePermissions("pi-7")),
    await server.admit("pi-8", devicePermissions("pi-8")),
    await server.admit("ann", operatorPermissions("ann", "admin")),
  ] as const;
  const admin = await opened(members[0]);
  const [pi7, pi8, ann] = [
    await opened(members[1]),
    await opened(members[2]),
    await opened(members[3]),
  ];
  t.after(() => Promise.all([admin, pi7, pi8, ann].map((session) => session.close())));
  return { admin, pi7, pi8, ann };
}

test("no device sends calls to another one by an answer of JetStream", { skip }, async (t) => {
  const { admin, pi7, pi8, ann } = await started(t);
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  const own = keySubject("reported", "pi-7");
  assert.ok((await pi7.request(own, "evil", 10_000, { "Tsv-Request": "x" })).ok);
  const calls: string[] = [];
  const last = new Promise<void>((resolve) => {
    pi8.subscribe(callsSubject("pi-8"), ({ data }) => {
      calls.push(new TextDecoder().decode(data));
      if (calls.at(-1) === "good") resolve();
    });
  });
  await pi8.flush();
  const call = callSubject("pi-8", "admin", "ann", "1");
  pi7.publish(lastOfKey("reported", "pi-7"), "", {}, call);
  // Another answer of the same stream, so that the one before it was sent.
  assert.ok((await pi7.request(lastOfKey("reported", "pi-7"), "", 10_000)).ok);
  ann.publish(call, "good");
  await within(last, { what: "the call of ann" });
  assert.deepEqual(calls, ["good"]);
});

test("a device answers an operator who calls, and nowhere else", { skip }, async (t) => {
  const { admin, pi7, ann } = await started(t);
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  serveCalls(pi7, "pi-7", { target: () => err("no daemon"), failed: () => undefined });
  await pi7.flush();
  // An agent that its device's root has replaced.
  pi7.subscribe(callsSubject("pi-7"), ({ reply }) => pi7.publish(reply ?? "", "evil"));
  const answered = new Promise<void>((resolve) => {
    ann.subscribe(answerSubject("pi-7", "ann", "1"), () => resolve());
  });
  const call = callSubject("pi-7", "read", "ann", "1");
  for (const reply of [keySubject("desired", "pi-8"), callSubject("pi-8", "admin", "ann", "1")]) {
    ann.publish(call, "", {}, reply);
  }
  await within(answered, { what: "an answer" });
  await pi7.flush();
  const desired = await admin.request(lastOfKey("desired", "pi-8"), "", 10_000);
  assert.equal(desired.ok && desired.value.status, 404);
});

test("no header of a device removes what another one has reported", { skip }, async (t) => {
  const { admin, pi7, pi8 } = await started(t);
  // As a hub has them that was made with roll-ups.
  const stream = { name: "KV_tsv_reported", subjects: ["$KV.tsv_reported.>"] };
  const before = JSON.stringify({ ...stream, storage: "file", allow_rollup_hdrs: true });
  await admin.request("$JS.API.STREAM.CREATE.KV_tsv_reported", before, 30_000);
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  assert.ok((await pi8.request(keySubject("reported", "pi-8"), "mine", 10_000)).ok);
  const own = keySubject("reported", "pi-7");
  const headers = { "Nats-Rollup": "all" };
  const refused = await pi7.request(own, "x", 10_000, headers);
  assert.match(refused.ok ? new TextDecoder().decode(refused.value.data) : "", /"error"/);
  const kept = await admin.request(lastOfKey("reported", "pi-8"), "", 10_000);
  assert.equal(kept.ok && new TextDecoder().decode(kept.value.data), "mine");
});

test("no report of a device keeps operators from the others", { skip }, async (t) => {
  const { admin, pi7, pi8, ann } = await started(t);
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  assert.ok((await pi8.request(keySubject("reported", "pi-8"), "{}", 10_000)).ok);
  const own = keySubject("reported", "pi-7");
  // JetStream adds its headers behind those of the message, whose status it keeps.
  for (const block of ["NATS/1.0\r\nNats-Sequence: x\r\n\r\n", "NATS/1.0 503\r\n\r\n"]) {
    const inbox = pi7.inbox();
    const stored = new Promise((resolve) => pi7.subscribe(inbox, resolve));
    const length = block.length;
    pi7.nats.protocol.sendCommand(`HPUB ${own} ${inbox} ${length} ${length}\r\n${block}\r\n`);
    await within(stored, { what: "the report" });
    const listed = await listDevices(ann);
    const names = listed.ok ? listed.value.map(({ name }) => name) : listed.error;
    assert.deepEqual(names, ["pi-7", "pi-8"], block);
  }
});
