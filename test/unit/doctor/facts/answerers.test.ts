// Whose answers count for whom.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Asked,
  believedAnswers,
  isBelieved,
  isStrangers,
  safeQuestions,
} from "../../../../src/doctor/facts/servers.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const URL = "http://localhost:9001";
const SOCKET = "unix:///tmp/supervisor.sock";

function hostWith(uid: number): DoctorHost {
  return new DoctorHost()
    .run(7, ["/usr/bin/tsv", "daemon"], { uid })
    .listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 7 })
    .listen({ kind: "unix", address: "/tmp/supervisor.sock", pid: 7 });
}

describe("an answer counts", () => {
  for (const url of [URL, SOCKET]) {
    test(`for root only from root and accounts that are named: ${url}`, () => {
      assert.equal(isBelieved(url, 0, [], hostWith(0)), true);
      assert.equal(isBelieved(url, 0, [33], hostWith(33)), true);
      assert.equal(isBelieved(url, 0, [33], hostWith(1000)), false);
    });

    test(`for others from root and themselves: ${url}`, () => {
      assert.equal(isBelieved(url, 1000, [], hostWith(0)), true);
      assert.equal(isBelieved(url, 1000, [], hostWith(1000)), true);
      assert.equal(isBelieved(url, 1000, [], hostWith(33)), false);
    });
  }

  test("by the port of the address, also where something comes behind it", () => {
    for (const url of ["http://localhost:9001/RPC2", "http://me:x@localhost:9001/?a"]) {
      assert.equal(isBelieved(url, 1000, [], hostWith(33)), false, url);
      assert.equal(isBelieved(url, 0, [], hostWith(0)), true, url);
      assert.equal(isStrangers(url, 0, [], hostWith(1000)), true, url);
    }
  });

  test("not for root if another user has the port on another address", () => {
    const host = hostWith(0).run(8, ["nc"], { uid: 1000 });
    host.listen({ kind: "tcp", address: "::1", port: 9001, pid: 8 });
    assert.equal(isBelieved(URL, 0, [], host), false);
  });

  test("for others also if its owner is unknown", () => {
    const host = new DoctorHost().listen({ kind: "tcp", address: "127.0.0.1", port: 9001 });
    assert.equal(isBelieved(URL, 1000, [], host), true);
    assert.equal(isBelieved(URL, 0, [], host), false);
  });

  test("and passwords are not sent to other users' processes", () => {
    assert.equal(isStrangers(URL, 0, [], hostWith(1000)), true);
    assert.equal(isStrangers(URL, 0, [1000], hostWith(1000)), false);
    assert.equal(isStrangers(URL, 0, [], hostWith(0)), false);
    assert.equal(isStrangers("http://elsewhere:80", 0, [], hostWith(1000)), false);
  });
});

describe("with a listener of another user", () => {
  const trust = { asker: 0, accounts: [33] };

  test("a question has no password", () => {
    const question = { section: "x", url: URL, credentials: { username: "u", password: "p" } };
    const asked = (uid: number) => safeQuestions([question], trust, hostWith(uid))[0]?.credentials;
    assert.equal(asked(1000), null);
    assert.deepEqual([asked(0)?.password, asked(33)?.password], ["p", "p"]);
  });

  test("an answer has no programs", () => {
    const answer = { section: "x", url: URL, kind: "answers", detail: "", daemon: null } as const;
    const told: Asked = { answer, programs: [], known: [] };
    assert.deepEqual(believedAnswers([told], trust, hostWith(33)), [told]);
    assert.deepEqual(believedAnswers([told], trust, hostWith(1000)), [
      { answer, programs: null, known: null },
    ]);
  });
});
