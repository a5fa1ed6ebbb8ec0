// Whose answers count for whom, and who gets passwords.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  believedAnswers,
  type QueriedServer,
  safeQuestions,
} from "../../../../src/doctor/facts/servers.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const PORT = "http://localhost:9001";
const SOCKET = "unix:///tmp/supervisor.sock";
const UNKNOWN = -1;

/** A host whose listeners belong to a user. */
function hostOf(uid: number): DoctorHost {
  const host = new DoctorHost();
  if (uid !== UNKNOWN) host.run(7, ["/usr/bin/tsv", "daemon"], { uid });
  return host
    .listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: uid === UNKNOWN ? null : 7 })
    .listen({ kind: "unix", address: "/tmp/supervisor.sock", pid: uid === UNKNOWN ? null : 7 });
}

function answerAt(url: string): QueriedServer {
  const answer = { section: "x", url, kind: "answers", detail: "", daemon: null } as const;
  return { answer, programs: [], known: [] };
}

const ROWS: readonly (readonly [
  url: string,
  caller: number,
  accounts: readonly number[],
  owner: number,
  isBelieved: boolean,
  isSafe: boolean,
])[] = [
  ...[PORT, SOCKET].flatMap(
    (url) =>
      [
        [url, 0, [], 0, true, true],
        [url, 0, [33], 33, true, true],
        [url, 0, [33], 1000, false, false],
        [url, 1000, [], 0, true, true],
        [url, 1000, [], 1000, true, true],
        [url, 1000, [], 33, false, false],
        // Only root sees the owners of all sockets.
        [url, 1000, [], UNKNOWN, true, true],
        [url, 0, [], UNKNOWN, false, true],
      ] as const,
  ),
  // The port decides, whatever comes after it.
  ["http://localhost:9001/RPC2", 1000, [], 33, false, false],
  ["http://me:x@localhost:9001/?a", 0, [], 1000, false, false],
  ["http://me:x@localhost:9001/?a", 0, [], 0, true, true],
  ["http://elsewhere:80", 0, [], 1000, false, true],
];

describe("a listener", () => {
  for (const [url, caller, accounts, owner, isBelieved, isSafe] of ROWS) {
    const name = `of user ${owner} at ${url}, for user ${caller} who trusts ${accounts.join() || "nobody"}`;
    test(`${name}: believed ${isBelieved}, gets passwords ${isSafe}`, () => {
      const trust = { caller, accounts };
      const server = answerAt(url);
      const expected = isBelieved ? server : { ...server, programs: null, known: null };
      assert.deepEqual(believedAnswers([server], trust, hostOf(owner)), [expected]);
      const question = { section: "x", url, credentials: { username: "u", password: "p" } };
      const [asked] = safeQuestions([question], trust, hostOf(owner));
      assert.equal(asked?.credentials !== null, isSafe);
    });
  }

  test("is not believed by root if another user has the port on another address", () => {
    const host = hostOf(0).run(8, ["nc"], { uid: 1000 });
    host.listen({ kind: "tcp", address: "::1", port: 9001, pid: 8 });
    const [server] = believedAnswers([answerAt(PORT)], { caller: 0, accounts: [] }, host);
    assert.equal(server?.programs, null);
  });
});
