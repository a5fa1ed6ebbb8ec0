import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Member,
  membersText,
  nameTaken,
  nextExpiry,
  readMembers,
  usersText,
  withMember,
  withoutExpired,
} from "../../../../src/core/fleet/members.ts";

const key = (letter: string): string => `U${letter.repeat(55)}`;
const hub: Member = { kind: "hub", name: "hub", key: key("H") };
const ann: Member = { kind: "operator", name: "ann", key: key("A"), role: "admin", since: 1 };
const web: Member = { kind: "device", name: "web1", key: key("W"), invitation: key("V"), since: 2 };
const invited: Member = { kind: "invitation", name: "web2", key: key("X"), until: 100 };
const all = [hub, ann, web, invited];

test("a list of members is read as it was written", () => {
  assert.deepEqual(readMembers(membersText(all)), { ok: true, value: all });
  assert.deepEqual(readMembers(""), { ok: true, value: [] });
});

test("a list that is no list is refused with the line", () => {
  const line = JSON.stringify(web);
  const wrong = [
    "x",
    "[]",
    "null",
    '{"kind":"device"}',
    line.replace("web1", "web.1"),
    line.replace(key("W"), key("w")),
    line.replace('"since":2', '"since":-1'),
    JSON.stringify({ ...ann, role: "root" }),
    JSON.stringify({ ...invited, until: null }),
    JSON.stringify({ ...web, invitation: undefined }),
  ];
  for (const each of wrong) {
    const read = readMembers(`${membersText([hub])}${each}\n`);
    assert.deepEqual(read, { ok: false, error: "line 2 is no member of a fleet" }, each);
  }
  const again = readMembers(membersText([hub, web, { ...invited, name: "web1" }]));
  assert.deepEqual(again, { ok: false, error: "line 3 has web1 again" });
});

test("a name belongs to one member, and an invitation replaces another one", () => {
  assert.equal(nameTaken(all, "web3", "invitation"), null);
  assert.equal(nameTaken(all, "web2", "invitation"), null);
  assert.match(nameTaken(all, "web2", "operator") ?? "", /invited/);
  for (const name of ["hub", "ann", "web1"]) {
    for (const kind of ["operator", "invitation"] as const) {
      assert.match(nameTaken(all, name, kind) ?? "", new RegExp(name));
    }
  }
  const again: Member = { ...invited, key: key("Y") };
  assert.deepEqual(withMember(all, again), [hub, ann, web, again]);
});

test("invitations expire at their time, and nothing else does", () => {
  assert.equal(nextExpiry(all), 100);
  assert.equal(nextExpiry([hub, web]), null);
  assert.equal(withoutExpired(all, 99), all);
  assert.deepEqual(withoutExpired(all, 100), [hub, ann, web]);
});

test("users have the permissions of their members, and the proof has none", () => {
  const text = usersText(all, key("P"));
  const lines = text.split("\n").filter((line) => line.includes("nkey:"));
  assert.equal(lines.length, 5);
  assert.match(lines[2] ?? "", /"tsv\.event\.web1"/);
  assert.match(lines[3] ?? "", /publish: \["tsv\.join"\], subscribe: \["_INBOX_web2\.>"\] \}/);
  assert.match(lines[4] ?? "", /publish: \{ deny: ">" \}, subscribe: \{ deny: ">" \}/);
  for (const member of all) assert.equal(text.split(member.key).length, 2);
});

test("only the hub is in the account of streams", () => {
  const [, hubs = "", others = ""] = usersText(all, key("P")).split(/^ {2}(?:HUB|FLEET) \{$/m);
  assert.match(hubs, /jetstream: enabled/);
  assert.equal(others.includes("jetstream"), false);
  assert.equal(hubs.split("nkey:").length, 2);
  assert.ok(hubs.includes(hub.key));
});
