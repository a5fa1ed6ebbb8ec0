// Starts that wait for the account of their user, or for their socket.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig } from "./rig.ts";

const USER = { uid: 33, gid: 33, groups: [33], entry: { name: "www", home: "/srv", shell: "" } };

/** Programs of a user whom the host has not told yet. */
function waiting(count: number): Rig {
  const programs = Array.from({ length: count }, (_, n) =>
    program({ name: `p${n}`, uid: 33, user: "www", startRetries: 0 }),
  );
  const rig = new Rig(group("g", programs));
  rig.host.users.set(33, USER);
  rig.host.holdsUsers = true;
  return rig.begin();
}

function answer(rig: Rig): void {
  for (const tell of rig.host.asked.splice(0)) tell();
}

test("a lookup that hangs is a failure of the host after five seconds, and uses up no retries", () => {
  const rig = waiting(1);
  assert.equal(rig.state("g:p0"), "STARTING");
  rig.advance(5000);
  assert.equal(rig.state("g:p0"), "BACKOFF");
  assert.match(
    rig.supervisor.info(key("g:p0"))?.spawnErr ?? "",
    /^'p0' took longer than 5 seconds to look up its user 33: ETIMEDOUT \(the host failed/,
  );
  assert.deepEqual(rig.host.asked, [], "who gave up waits no more");
  rig.host.holdsUsers = false;
  rig.advance(60_000);
  assert.equal(rig.state("g:p0"), "RUNNING");
});

test("a name service that fails is a failure of the host too", () => {
  const rig = new Rig(group("g", [program({ name: "p0", uid: 33, user: "www", startRetries: 0 })]));
  rig.host.users.set(33, { errno: "EIO" });
  rig.begin();
  assert.match(
    rig.supervisor.info(key("g:p0"))?.spawnErr ?? "",
    /^couldn't setuid to 33: EIO \(the host failed/,
  );
  rig.advance(5000);
  assert.equal(rig.state("g:p0"), "BACKOFF");
});

test("a stop ends the lookup, and its answer starts nothing", () => {
  const rig = waiting(1);
  const late = [...rig.host.asked];
  void rig.supervisor.stop(key("g:p0"), false);
  assert.equal(rig.state("g:p0"), "STOPPED");
  for (const tell of late) tell();
  rig.settle();
  assert.equal(rig.spawner.children.size, 0);
});

test("many that waited for one user are started in turns, a few at once", () => {
  const rig = waiting(20);
  rig.advance(100);
  assert.equal(rig.host.asked.length, 20);
  rig.spawner.holds = () => true;
  answer(rig);
  assert.equal(rig.spawner.children.size, 0, "not in the turn of the answer");
  rig.settle();
  const begun = rig.spawner.held.length;
  assert.ok(begun > 0 && begun <= 8, `${begun} at once`);
  rig.advance(100);
  assert.equal(rig.spawner.held.length, 20);
});

test("one that is given up while it waits for its turn is not started", () => {
  const rig = waiting(1);
  answer(rig);
  void rig.supervisor.stop(key("g:p0"), false);
  rig.settle();
  assert.equal(rig.spawner.children.size, 0);
});
