// Reply subjects: nats-server publishes an answer to the subject that the sender of a request chose, without a look at its permissions. So
// members try all of them, with all that they may publish.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CALL } from "../../../src/core/fleet/call.ts";
import * as subjects from "../../../src/core/fleet/subjects.ts";
import { connect, type Membership, type Session } from "../../../src/fleet/nats/connection.ts";
import { makeStreams } from "../../../src/fleet/nats/streams.ts";
import { startNats, withoutNats } from "../../rig/nats-server.ts";

const { callSubject, eventSubject, keySubject, lastEvent, lastOfKey } = subjects;

/** Of each export of core/fleet/subjects: what it names of a member that is attacked. A subject that has no row here is a type error. */
const ROWS: Readonly<Record<keyof typeof subjects, readonly string[]>> = {
  eventSubject: [eventSubject("victim")],
  callSubject: [callSubject("victim", "admin", "chief", "1")],
  answerSubject: [subjects.answerSubject("victim", "chief", "1")],
  keySubject: [
    ...[keySubject("desired", "victim"), keySubject("desired", "evil")],
    ...[keySubject("reported", "victim"), keySubject("rollouts", "y")],
  ],
  lastOfKey: [lastOfKey("desired", "victim"), lastOfKey("rollouts", "x")],
  lastEvent: [lastEvent("victim")],
  inboxOf: [`${subjects.inboxOf("victim")}.x`, `${subjects.inboxOf("hub")}.x`],
  keysRequest: [subjects.keysRequest("reported"), subjects.keysRequest("rollouts")],
  listOfKeys: [subjects.listOfKeys("reported")],
  JOIN_SUBJECT: [subjects.JOIN_SUBJECT],
  // Patterns of subjects above.
  ...{ callsSubject: [], EVENTS_SUBJECTS: [], KEYS_SUBJECTS: [] },
  // No subjects.
  ...{ BUCKETS: [], EVENTS_STREAM: [], FLEET_NAME: [], LISTED_BUCKETS: [], streamOfBucket: [] },
  ...{ devicePermissions: [], hubPermissions: [], invitationPermissions: [] },
  operatorPermissions: [],
};

const TARGETS = [
  ...Object.values(ROWS).flat(),
  ...["PURGE", "DELETE", "UPDATE"].map((verb) => `$JS.API.STREAM.${verb}.KV_tsv_desired`),
  ...["$JS.API.CONSUMER.CREATE.TSV_EVENTS", "$JS.API.DIRECT.GET.KV_tsv_desired"],
  ...["$JS.ACK.x", "$JS.FC.x", "_R_.x.x", "$SYS.REQ.SERVER.PING", "tsv.anything"],
];

/** Who tries, and what each may publish. */
const ATTACKERS = {
  evil: subjects.devicePermissions("evil"),
  reader: subjects.operatorPermissions("reader", "read"),
  mallory: subjects.operatorPermissions("mallory", "admin"),
  guest: subjects.invitationPermissions("guest"),
};

/** A subject that a permission permits, whose answer would have a text of `evil`. */
function example(permission: string): string {
  const key = /KV_tsv_(desired|reported|rollouts)\.>$/.exec(permission)?.[1];
  if (key !== undefined) return permission.replace(/>$/, `$KV.tsv_${key}.evil`);
  return permission
    .replace(/TSV_EVENTS\.>$/, `TSV_EVENTS.${eventSubject("evil")}`)
    .replace("*", "victim")
    .replace("*", "x");
}

/** Bodies: of the last message of a subject; of a direct get; of a list of keys; of anything. */
const BODIES = [
  "",
  '{"seq":1}',
  '{"last_by_subj":"$KV.tsv_reported.evil"}',
  '{"subjects_filter":">"}',
  "evil",
];

/** All that they publish. */
const TRIES = Object.values(ATTACKERS).flatMap(({ publish }) => publish.map(example));

async function opened(membership: Membership): Promise<Session> {
  const made = await connect(membership);
  assert.ok(made.ok, made.ok ? "" : made.error.text);
  return made.value;
}

const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

/** What all streams have, but for what attackers may write: number of messages by subject. */
async function stored(hub: Session): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const stream of [
    "TSV_EVENTS",
    ...Object.values(subjects.BUCKETS).map(subjects.streamOfBucket),
  ]) {
    const filter = JSON.stringify({ subjects_filter: ">" });
    const info = await hub.request(`$JS.API.STREAM.INFO.${stream}`, filter, 10_000);
    assert.ok(info.ok, stream);
    const { state } = JSON.parse(textOf(info.value.data));
    for (const [subject, count] of Object.entries<number>(state.subjects ?? {}))
      if (!TRIES.includes(subject)) found[subject] = count;
  }
  return found;
}

test("no reply subject reaches what a member may not publish to", {
  skip: withoutNats(),
}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  const server = await startNats(directory);
  t.after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const hub = await opened(await server.admitHub("hub", subjects.hubPermissions("hub")));
  assert.deepEqual(await makeStreams(hub), { ok: true, value: true });
  const members = new Map<string, Session>();
  for (const [name, permissions] of Object.entries(ATTACKERS))
    members.set(name, await opened(await server.admit(name, permissions)));
  const device = subjects.devicePermissions("victim");
  const operator = subjects.operatorPermissions("chief", "admin");
  const victims = [
    [await opened(await server.admit("victim", device)), device],
    [await opened(await server.admit("chief", operator)), operator],
    [hub, subjects.hubPermissions("hub")],
  ] as const;
  t.after(() =>
    Promise.all([...members.values(), ...victims.map(([one]) => one)].map((one) => one.close())),
  );

  const [victim] = victims[0];
  const [chief] = victims[1];
  // What is there already, who has written it, and how it is read.
  const there = [
    [victim, eventSubject("victim"), lastEvent("victim")],
    [victim, keySubject("reported", "victim"), lastOfKey("reported", "victim")],
    [hub, keySubject("desired", "victim"), lastOfKey("desired", "victim")],
    [hub, keySubject("desired", "evil"), lastOfKey("desired", "evil")],
  ] as const;
  for (const [session, subject] of there)
    assert.ok((await session.request(subject, "good", 10_000)).ok, subject);
  // The text that is to appear elsewhere.
  const evil = members.get("evil") ?? assert.fail();
  const headers = { [CALL.request]: "GET /", [CALL.credit]: "9" };
  for (const subject of [eventSubject("evil"), keySubject("reported", "evil")])
    assert.ok((await evil.request(subject, "evil text", 10_000, headers)).ok, subject);

  const wrong: string[] = [];
  for (const [session, { subscribe }] of victims) {
    for (const subject of subscribe) {
      // Those of requests.
      if (subject.startsWith("_INBOX_hub")) continue;
      session.subscribe(subject, ({ subject: to, reply, data, header }) => {
        const text = textOf(data);
        if (TRIES.includes(to) && BODIES.includes(text)) {
          if (to === subjects.JOIN_SUBJECT && reply !== null) session.publish(reply, "answer");
          return;
        }
        const isCall = Object.values(CALL).some((name) => header(name) !== null);
        if (isCall || text.startsWith("evil") || to === subjects.JOIN_SUBJECT)
          wrong.push(`${to}: ${text}`);
      });
    }
    await session.flush();
  }
  const before = await stored(hub);
  for (const [name, { publish }] of Object.entries(ATTACKERS)) {
    const session = members.get(name) ?? assert.fail();
    for (const permission of publish) {
      for (const reply of TARGETS) {
        for (const body of BODIES) session.publish(example(permission), body, headers, reply);
      }
    }
    await session.flush();
  }
  // Answers of one stream come in the order of its requests.
  const reader = members.get("mallory") ?? assert.fail();
  for (const subject of [
    lastEvent("evil"),
    lastOfKey("reported", "evil"),
    lastOfKey("rollouts", "x"),
    lastOfKey("desired", "evil"),
    subjects.keysRequest("reported"),
  ])
    assert.ok((await reader.request(subject, "", 30_000)).ok, subject);
  for (const [session] of victims) await session.flush();
  assert.deepEqual(await stored(hub), before);
  assert.deepEqual(wrong, []);
  for (const [, subject, last] of there) {
    const read = await chief.request(last, "", 10_000);
    assert.equal(read.ok && textOf(read.value.data), "good", subject);
  }
});
