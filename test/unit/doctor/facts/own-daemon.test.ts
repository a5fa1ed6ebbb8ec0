// Which running daemon belongs to the configuration, and for whom its word counts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type DaemonCandidates,
  daemonAccounts,
  findDaemons,
  findOwnDaemon,
  withPid,
} from "../../../../src/doctor/facts/daemons.ts";
import type { ServerAnswer } from "../../../../src/doctor/facts/situation.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const SOCKET = "/run/tsv/tsv.sock";
const URL = `unix://${SOCKET}`;
const QUESTION = { section: "unix_http_server", url: URL, credentials: null };

function answerOf(pid: number, section = "unix_http_server"): ServerAnswer {
  const daemon = { version: "4", isTsv: true, identification: "", stateName: "RUNNING" };
  const answer = { section, url: URL, kind: "answers", detail: "RUNNING" } as const;
  return { ...answer, daemon: { ...daemon, pid, methods: [] } };
}

function find(host: DoctorHost, changes: Partial<DaemonCandidates> = {}) {
  const candidates: DaemonCandidates = {
    config: { path: "/etc/tsv/tsv.conf", chosenBy: "search" },
    daemons: findDaemons(host),
    questions: [QUESTION],
    servers: [],
    asker: 0,
    accounts: [],
    ...changes,
  };
  const { daemon, daemons, isUnvouched } = findOwnDaemon(candidates, host);
  return { own: daemon?.pid ?? null, all: daemons.map(({ pid }) => pid), isUnvouched };
}

describe("the daemon of a configuration", () => {
  const words = (config: string): readonly string[] => ["tsv", "daemon", "-c", config];

  test("is the one that runs with it, and comes first", () => {
    const host = new DoctorHost().run(1, words("/etc/other.conf"));
    host.run(2, words("/etc/tsv/tsv.conf"));
    assert.deepEqual(find(host), { own: 2, all: [2, 1], isUnvouched: false });
  });

  test("is otherwise the one that answers, with an unknown configuration", () => {
    const host = new DoctorHost().run(3, ["tsv", "daemon", "-c", "lost.conf"], { cwd: "/srv" });
    assert.equal(find(host, { servers: [answerOf(3)] }).own, 3);
    assert.equal(find(host, { servers: [answerOf(3, "supervisorctl")] }).own, null);
    assert.equal(find(host).own, null);
  });

  test("is none of another user's, unless the configuration names that account", () => {
    const host = new DoctorHost().run(4, words("/etc/tsv/tsv.conf"), { uid: 33 });
    assert.equal(find(host).own, null);
    assert.deepEqual(find(host, { accounts: [33] }), { own: 4, all: [4], isUnvouched: false });
  });

  test("may be another user's where the configuration is given and the daemon listens, unvouched", () => {
    const host = new DoctorHost().run(5, words("/etc/tsv/tsv.conf"), { uid: 33 });
    const config = { path: "/etc/tsv/tsv.conf", chosenBy: "option" } as const;
    assert.equal(find(host, { config }).own, null);
    host.listen({ kind: "unix", address: SOCKET, pid: 5 });
    assert.deepEqual(find(host, { config }), { own: 5, all: [5], isUnvouched: true });
    assert.equal(find(host).own, null);
  });
});

test("accounts of the daemon are those that the configuration and its service name", () => {
  const host = new DoctorHost();
  const accounts = (text: string, user?: string): readonly number[] => {
    const { config, service } = host.situation(text);
    const properties = user === undefined ? {} : { User: user };
    return daemonAccounts(config, { ...service, properties }, host);
  };
  assert.deepEqual(accounts("[supervisord]\n"), []);
  assert.deepEqual(accounts("[supervisord]\nuser=pi\n"), [1000]);
  assert.deepEqual(accounts("[supervisord]\n", "33"), [33]);
  // Also where the rest of the configuration cannot be read.
  assert.deepEqual(accounts("[supervisord]\nuser=www-data\nminfds=x\n", "nowhere"), [33]);
});

test("a daemon without a reported pid is the holder of the socket", () => {
  const host = new DoctorHost().listen({ kind: "unix", address: SOCKET, pid: 9 });
  assert.equal(withPid(answerOf(0), host).daemon?.pid, 9);
  assert.equal(withPid(answerOf(7), host).daemon?.pid, 7);
  assert.equal(withPid(answerOf(0), new DoctorHost()).daemon?.pid, 0);
});
