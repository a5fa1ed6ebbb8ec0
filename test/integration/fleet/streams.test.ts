// Streams on a real nats-server: made, made again, and out of reach of devices.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { devicePermissions, keySubject, lastOfKey } from "../../../src/core/fleet/subjects.ts";
import { connect, type Membership, type Session } from "../../../src/fleet/nats/connection.ts";
import { makeStreams } from "../../../src/fleet/nats/streams.ts";
import { EVERYTHING, startNats, withoutNats } from "../../rig/nats-server.ts";

const skip = withoutNats();

async function opened(membership: Membership): Promise<Session> {
  const made = await connect(membership);
  assert.ok(made.ok, made.ok ? "" : made.error.text);
  return made.value;
}

test("no header of a device removes what another one has reported", { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  const server = await startNats(directory);
  t.after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const admin = await opened(await server.admit("admin", EVERYTHING));
  const members = [
    await server.admit("pi-7", devicePermissions("pi-7")),
    await server.admit("pi-8", devicePermissions("pi-8")),
  ] as const;
  // As a hub has them that was made with roll-ups.
  const stream = { name: "KV_tsv_reported", subjects: ["$KV.tsv_reported.>"] };
  const before = JSON.stringify({ ...stream, storage: "file", allow_rollup_hdrs: true });
  await admin.request("$JS.API.STREAM.CREATE.KV_tsv_reported", before, 30_000);
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  assert.deepEqual(await makeStreams(admin), { ok: true, value: true });
  const [pi7, pi8] = [await opened(members[0]), await opened(members[1])];
  assert.ok((await pi8.request(keySubject("reported", "pi-8"), "mine", 10_000)).ok);
  const own = keySubject("reported", "pi-7");
  const headers = { "Nats-Rollup": "all" };
  const refused = await pi7.request(own, "x", 10_000, headers);
  assert.match(refused.ok ? new TextDecoder().decode(refused.value.data) : "", /"error"/);
  const kept = await admin.request(lastOfKey("reported", "pi-8"), "", 10_000);
  assert.equal(kept.ok && new TextDecoder().decode(kept.value.data), "mine");
  await Promise.all([admin, pi7, pi8].map((session) => session.close()));
});
