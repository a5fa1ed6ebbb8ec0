import assert from "node:assert/strict";
import { test } from "node:test";
import {
  admit,
  type JoinRequest,
  joinAnswerText,
  readJoinAnswer,
  readJoinRequest,
} from "../../../../src/core/fleet/joining.ts";
import type { Member } from "../../../../src/core/fleet/members.ts";
import { fc } from "../../../property.ts";

const key = (letter: string): string => `U${letter.repeat(55)}`;
const request: JoinRequest = {
  ...{ name: "web1", invitation: key("I"), key: key("D") },
  ...{ byInvitation: "c2ln", byKey: "c2ln" },
};
const hub: Member = { kind: "hub", name: "hub", key: key("H") };
const invited: Member = { kind: "invitation", name: "web1", key: key("I"), until: 100 };
const joined: Member = {
  ...{ kind: "device", name: "web1", key: key("D"), invitation: key("I"), since: 50 },
};

test("a device takes the place of its invitation", () => {
  assert.deepEqual(admit([hub, invited], request, 50), { ok: true, value: [hub, joined] });
});

test("a request that was admitted is admitted again, and changes nothing", () => {
  const members = [hub, joined];
  const again = admit(members, request, 10_000);
  assert.equal(again.ok && again.value, members);
});

test("an invitation works once, in time, and for its name", () => {
  const rows: readonly [readonly Member[], Partial<JoinRequest>, number, string][] = [
    [[hub, joined], { key: key("E") }, 50, "used"],
    [[hub, joined], { name: "web2" }, 50, "used"],
    [[hub, invited], {}, 100, "expired"],
    [[hub, invited], { name: "web2" }, 50, "unknown"],
    [[hub, invited], { invitation: key("J") }, 50, "unknown"],
    [[hub, invited], { key: key("H") }, 50, "invalid"],
    [[hub], {}, 50, "unknown"],
  ];
  for (const [members, change, now, error] of rows) {
    assert.deepEqual(admit(members, { ...request, ...change }, now), { ok: false, error });
  }
});

test("of two requests with one invitation, the first is admitted", () => {
  const first = admit([hub, invited], request, 50);
  assert.ok(first.ok);
  const second = admit(first.value, { ...request, key: key("E") }, 50);
  assert.deepEqual(second, { ok: false, error: "used" });
});

test("requests and answers are read as they were written", () => {
  assert.deepEqual(readJoinRequest(JSON.stringify(request)), request);
  for (const answer of [
    { ok: true, value: true },
    { ok: false, error: "used" },
  ] as const) {
    assert.deepEqual(readJoinAnswer(joinAnswerText(answer)), answer);
  }
});

test("no text that is no request is taken for one", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(readJoinRequest(text), null);
      assert.equal(readJoinAnswer(text), null);
    }),
  );
  const wrong = [
    { ...request, name: "a.b" },
    { ...request, key: request.invitation },
    { ...request, byKey: 1 },
    { ...request, more: "x".repeat(3000) },
  ];
  for (const each of wrong) assert.equal(readJoinRequest(JSON.stringify(each)), null);
});
