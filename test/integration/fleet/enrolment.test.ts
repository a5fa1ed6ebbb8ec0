// The part of the hub's program that admits devices: what it answers, and what it does while its list cannot be written.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { err } from "../../../src/core/base/result.ts";
import { joinText } from "../../../src/core/fleet/joining.ts";
import { membersText } from "../../../src/core/fleet/members.ts";
import { JOIN_SUBJECT } from "../../../src/core/fleet/subjects.ts";
import { createEnrolment } from "../../../src/fleet/hub/enrolment.ts";
import type { HubPart } from "../../../src/fleet/hub/part.ts";
import type { Message, Session } from "../../../src/fleet/nats/connection.ts";
import { newKeyPair, sign } from "../../../src/fleet/nats/keys.ts";
import { until } from "../../rig/wait.ts";

/** Of a hub whose list nothing can change, unless the lock is removed, and whose nats-server reads nothing. */
function enrolment(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-hub-"));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "members.lock"));
  const settings = { name: "hub", url: "tls://hub:1", store: "", config: "", hasAuthority: true };
  const said: string[] = [];
  const failure = { kind: "fault", code: 1, text: "not running" } as const;
  const call = () => Promise.resolve(err(failure));
  const part = createEnrolment({ directory, settings }, call, (text) => said.push(text));
  return { directory, part, said };
}

/** Connects the part. @returns sends it a request, an invalid one by default, with a reply subject; the subjects of answers, and their texts */
function connected(part: HubPart) {
  let ask: (message: Message) => void = () => undefined;
  const answered: string[] = [];
  const answers: string[] = [];
  const session = {
    subscribe(subject: string, callback: typeof ask) {
      assert.equal(subject, JOIN_SUBJECT);
      ask = callback;
    },
    publish(subject: string, text: string) {
      answered.push(subject);
      answers.push(text);
    },
    flush: () => Promise.resolve(),
  };
  part.connected(session as unknown as Session);
  const send = (reply: string, text = ""): void => {
    const data = new TextEncoder().encode(text);
    ask({ subject: JOIN_SUBJECT, reply, data, status: null, header: () => null });
  };
  return { send, answered, answers };
}

test("any number of invalid requests makes few lines in the log", (t) => {
  const { part, said } = enrolment(t);
  const { send, answered } = connected(part);
  for (let count = 0; count < 1000; count += 1) send("_R_.x.x");
  assert.equal(answered.length, 1000);
  const lines = said.filter((line) => line.startsWith("a request to join was invalid"));
  assert.ok(lines.length > 0 && lines.length < 20, `${lines.length} lines`);
});

test("an expired invitation that cannot be removed is tried again after a minute", async (t) => {
  const { directory, part, said } = enrolment(t);
  const invitation = { kind: "invitation", name: "web1", key: newKeyPair().key, until: 0 } as const;
  writeFileSync(join(directory, "members.jsonl"), membersText([invitation]));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  part.changed();
  for (const [ms, times] of [
    [10, 1],
    [1000, 1],
    [60_000, 2],
  ] as const) {
    t.mock.timers.tick(ms);
    await setImmediate();
    assert.equal(said.length, times, said.join("\n"));
  }
});

test("a device that was admitted while the users could not be written is admitted later", async (t) => {
  const { directory, part } = enrolment(t);
  const [invited, own] = [newKeyPair(), newKeyPair()];
  const until_ = Date.now() + 3_600_000;
  const invitation = { kind: "invitation", name: "web1", key: invited.key, until: until_ } as const;
  writeFileSync(join(directory, "members.jsonl"), membersText([invitation]));
  const users = join(directory, "users.conf");
  mkdirSync(users);
  rmdirSync(join(directory, "members.lock"));
  const { send, answers } = connected(part);
  t.after(() => part.changed());
  const request = { name: "web1", invitation: invited.key, key: own.key };
  const [byInvitation, byKey] = [invited, own].map(({ seed }) => sign(seed, joinText(request)));
  const ask = async (count: number): Promise<void> => {
    send("_R_.x.x", JSON.stringify({ ...request, byInvitation, byKey }));
    await until(() => answers.length === count, { what: "an answer" });
  };
  await ask(1);
  rmdirSync(users);
  await ask(2);
  assert.deepEqual(answers, ['{"refused":"failed"}', '{"joined":true}']);
  assert.ok(readFileSync(users, "utf8").includes(own.key));
});
