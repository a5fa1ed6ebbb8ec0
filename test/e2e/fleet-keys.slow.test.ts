// A key of a device that another machine has, and what a device may do from its inside.

import assert from "node:assert/strict";
import * as subjects from "../../src/core/fleet/subjects.ts";
import { until } from "../rig/wait.ts";
import { startsOf } from "./rig/fleet-member.ts";
import { fleetNetTest } from "./rig/fleet-net.ts";

const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const FILES = [
  "fleet-device/device.key",
  "fleet-device/authority.pem",
  "conf.d/tsv-fleet.conf",
] as const;

fleetNetTest("a stolen key is noticed, and revoked wherever it is", async (fleet) => {
  const pi = await fleet.device("pi", WEB);
  const thief = await fleet.machine("thief", WEB);
  await thief.run(["mkdir", "-m", "700", "/etc/tsv/fleet-device"]);
  for (const name of FILES) {
    await thief.write(`/etc/tsv/${name}`, pi.text(`/etc/tsv/${name}`));
    await thief.run(["chmod", "600", `/etc/tsv/${name}`]);
  }
  await thief.does("apply");
  await thief.agentSays(/connected to the hub at \S+ as pi/);
  const admin = await fleet.admin();
  const said = /another connection uses the key of pi: revoke it on the hub and join again/;
  await until(
    async () => {
      for (const each of [pi, thief]) await each.does("restart", "web");
      return [pi, thief].some(({ agentLog }) => said.test(agentLog));
    },
    { what: "a word about the second connection", left: () => thief.describe() },
  );
  await until(async () => (await admin.value("tsv_reported", "pi"))?.includes('"contended":true'), {
    what: "a report of the second connection",
    timeoutMs: 60_000,
  });

  const marks = [pi, thief].map(({ agentLog }) => agentLog.length);
  await fleet.hub.does("fleet", "revoke", "pi");
  for (const [index, each] of [pi, thief].entries()) {
    await each.agentSays(/lost the hub[\s\S]*the hub does not accept the key/, marks[index]);
  }
  assert.equal((await fleet.status()).get("pi")?.ok, false);
  await fleet.admit(pi, await fleet.invite("pi"));
  await fleet.reported(["pi"]);
  const [pid] = [await pi.pidOf("web")];
  assert.equal((await fleet.status("web")).get("pi")?.results[0]?.pid, pid);
  await thief.does("restart", "tsv-fleet");
  const again = thief.agentLog.length;
  await thief.does("restart", "tsv-fleet");
  await thief.agentSays(/the hub does not accept the key/, again);
});

/** Of each name of core/fleet/subjects.ts: the subjects that a device must not use. None for what is no subject. */
const OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  ...{ EVENTS_STREAM: [], BUCKETS: [], LISTED_BUCKETS: [], FLEET_NAME: [], streamOfBucket: [] },
  ...{ devicePermissions: [], invitationPermissions: [] },
  ...{ operatorPermissions: [], hubPermissions: [] },
  EVENTS_SUBJECTS: [subjects.EVENTS_SUBJECTS],
  JOIN_SUBJECT: [subjects.JOIN_SUBJECT],
  eventSubject: [subjects.eventSubject("other")],
  callSubject: [
    subjects.callSubject("other", "read", "pi", "1"),
    subjects.callSubject("other", "admin", "admin", "1"),
  ],
  callsSubject: [subjects.callsSubject("other"), subjects.callsSubject("*")],
  answerSubject: [
    subjects.answerSubject("other", "admin", "1"),
    subjects.answerSubject("*", "admin", "*"),
  ],
  keySubject: (["desired", "reported", "rollouts"] as const).flatMap((bucket) => [
    subjects.keySubject(bucket, "other"),
    subjects.keySubject(bucket, "*"),
  ]),
  lastOfKey: [subjects.lastOfKey("desired", "other"), subjects.lastOfKey("reported", "other")],
  lastEvent: [subjects.lastEvent("other")],
  keysRequest: [subjects.keysRequest("reported"), subjects.keysRequest("rollouts")],
  KEYS_SUBJECTS: [subjects.KEYS_SUBJECTS],
  listOfKeys: [subjects.listOfKeys("reported"), subjects.listOfKeys("rollouts")],
  inboxOf: [`${subjects.inboxOf("other")}.1`, `${subjects.inboxOf("admin")}.>`, "_INBOX.>"],
};
/** Of nats-server itself. */
const OF_SERVER = ["$JS.API.>", "$JS.API.STREAM.NAMES", "$SYS.>", "$SYS.REQ.USER.INFO", ">", "*"];

fleetNetTest("a device reaches nothing of another from its inside", async (fleet) => {
  await Promise.all([fleet.device("pi", WEB), fleet.device("other", WEB)]);
  assert.deepEqual(Object.keys(subjects).sort(), Object.keys(OF_OTHERS).sort());
  const directory = "/etc/tsv/fleet-device";
  const keys = [`${directory}/device.key`, `${directory}/authority.pem`] as const;
  const attacker = await fleet.member(fleet.of("pi"), "pi", ...keys);
  const admin = await fleet.admin();
  for (const subject of ["tsv.event.*", "$KV.tsv_desired.*", "tsv.answer.*.admin.*"])
    admin.subscribe(subject);
  await admin.flush();
  const tried = [...Object.values(OF_OTHERS).flat(), ...OF_SERVER];
  for (const subject of tried) {
    // A wildcard is no name that a message could have.
    if (!/[*>]/.test(subject)) attacker.publish(subject, "stolen");
    attacker.subscribe(subject);
  }
  const wanted = tried.flatMap((subject) => [
    ...(/[*>]/.test(subject) ? [] : [`publish ${subject}`]),
    `subscribe ${subject}`,
  ]);
  await until(() => wanted.every((each) => attacker.denied.includes(each)), {
    what: "denials of all",
    left: () => wanted.filter((each) => !attacker.denied.includes(each)).join("\n"),
  });
  await fleet.of("other").does("restart", "web");
  await admin.eventsUntil("other", "a start", (events) => startsOf(events, "web") > 0);
  assert.deepEqual(attacker.heard, []);
  assert.equal(
    admin.heard.some((each) => each.includes("stolen")),
    false,
  );
});
