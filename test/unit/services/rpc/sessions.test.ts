// Sessions of browsers: how many there are, and when they end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecrets } from "../../../../src/host/system/secrets.ts";
import { Sessions } from "../../../../src/services/rpc/sessions.ts";

const HOUR = 3_600_000;

function createRig() {
  let mono = 0;
  const sessions = new Sessions({ secrets: createSecrets(), now: () => ({ mono, wall: 0 }) });
  return {
    sessions,
    begin: (username: string) =>
      sessions.begin({ section: "inet_http_server", username, stored: "p" }),
    pass(ms: number) {
      mono += ms;
    },
  };
}

test("a session is known by its key alone, and ends when it is ended", () => {
  const { sessions, begin } = createRig();
  const key = begin("ann");
  assert.match(key, /^[\w-]{43}$/);
  assert.notEqual(begin("ann"), key);
  const session = sessions.use(key);
  assert.equal(session?.username, "ann");
  assert.equal(sessions.use(session?.id ?? ""), null);
  assert.equal(sessions.use(""), null);
  sessions.end(session?.id ?? "");
  assert.equal(sessions.use(key), null);
});

test("a session ends when it is not used for twelve hours", () => {
  const { sessions, begin, pass } = createRig();
  const [used, idle] = [begin("ann"), begin("ann")];
  pass(12 * HOUR);
  assert.notEqual(sessions.use(used), null);
  pass(1);
  assert.equal(sessions.use(idle), null);
  pass(12 * HOUR - 1);
  assert.notEqual(sessions.use(used), null);
});

test("a user has eight sessions and all users 256; the one used longest ago makes room", () => {
  const { sessions, begin } = createRig();
  const first = begin("ann");
  const keys = Array.from({ length: 7 }, () => begin("ann"));
  sessions.use(first);
  begin("ann");
  assert.equal(sessions.use(keys[0] ?? ""), null);
  assert.notEqual(sessions.use(first), null);
  for (let user = 0; user < 256; user += 1) begin(`u${user}`);
  assert.equal(sessions.use(first), null);
});
