// Which processes are daemons, with which configurations, and which daemon belongs to the examined configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  believedDaemons,
  type DaemonCandidates,
  findDaemons,
  findOwnDaemon,
  withPid,
} from "../../../../src/doctor/facts/daemons.ts";
import type { ServerAnswer } from "../../../../src/doctor/facts/doctor-facts.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const CASES: readonly (readonly [words: string, kind: string | null, config: string | null])[] = [
  ["/usr/bin/tsv daemon -n -c /etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/tsv daemon -nc/etc/a.conf", "tsv", "/etc/a.conf"],
  ["./tsv-1.0-linux-amd64 daemon -c /etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/tsvector daemon -c /etc/a.conf", null, null],
  ["tsv daemon --configuration=/etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/supervisord --nodaemon --configuration /etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/python3 /usr/bin/supervisord -c /etc/b.conf", "supervisor", "/etc/b.conf"],
  ["/opt/venv/bin/python3.11 /opt/venv/bin/supervisord -n", "supervisor", null],
  ["/usr/bin/node /usr/lib/tsv/tsv.cjs daemon -c /etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/node --no-warnings /usr/bin/supervisord -c /etc/a.conf", "tsv", "/etc/a.conf"],
  ["/usr/bin/tsv status", null, null],
  ["/usr/bin/node /srv/app/server.js daemon", null, null],
  ["/bin/sh -c tsv daemon", null, null],
  ["vim /etc/supervisord", null, null],
];

describe("daemons of a host", () => {
  for (const [words, kind, config] of CASES) {
    test(`${words} is ${kind === null ? "none" : `${kind} with ${config ?? "what is usual"}`}`, () => {
      const [daemon] = findDaemons(new DoctorHost().run(100, words.split(" ")));
      assert.equal(daemon?.kind ?? null, kind);
      assert.equal(daemon?.config ?? null, config);
    });
  }

  test("a relative configuration is that of its directory, if it is there", () => {
    const host = new DoctorHost().file("/srv/app/x.conf", "");
    host.run(1, ["tsv", "daemon", "-c", "x.conf"], { cwd: "/srv/app" });
    host.run(2, ["tsv", "daemon", "-c", "x.conf"], { cwd: "/" });
    assert.deepEqual(
      findDaemons(host).map(({ config }) => config),
      ["/srv/app/x.conf", null],
    );
  });

  test("those of containers, and those that have ended, are none", () => {
    const host = new DoctorHost()
      .run(1, ["/usr/bin/tsv", "daemon"], { contained: true })
      .run(2, ["/usr/bin/tsv", "daemon"], { state: "Z" });
    assert.deepEqual(findDaemons(host), []);
  });

  test("only root's, one's own and those of accounts that are named are believed", () => {
    const words = ["tsv", "daemon", "-c", "/home/pi/evil.conf"];
    const host = new DoctorHost()
      .run(1, words, { uid: 1000 })
      .run(2, words)
      .run(3, words, { uid: 33 });
    const seen = findDaemons(host);
    const pids = (caller: number, named: readonly number[] = []): readonly number[] =>
      believedDaemons(seen, caller, named).map(({ pid }) => pid);
    assert.deepEqual(pids(0), [2]);
    assert.deepEqual(pids(1000), [1, 2]);
    assert.deepEqual(pids(0, [33]), [2, 3]);
  });
});

const SOCKET = "/run/tsv/tsv.sock";
const URL = `unix://${SOCKET}`;
const QUESTION = { section: "unix_http_server", url: URL, credentials: null };

function answerOf(pid: number, section = "unix_http_server"): ServerAnswer {
  const daemon = { version: "4", isTsv: true, stateName: "RUNNING" };
  const answer = { section, url: URL, kind: "answers", detail: "RUNNING" } as const;
  return { ...answer, daemon: { ...daemon, pid, methods: [] } };
}

function find(
  host: DoctorHost,
  changes: Partial<DaemonCandidates> = {},
  accounts: readonly number[] = [],
) {
  const candidates: DaemonCandidates = {
    config: { path: "/etc/tsv/tsv.conf", chosenBy: "search" },
    daemons: findDaemons(host),
    questions: [QUESTION],
    servers: [],
    ...changes,
  };
  const { daemon, daemons, isUnvouched } = findOwnDaemon(candidates, { caller: 0, accounts }, host);
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
    assert.deepEqual(find(host, {}, [33]), { own: 4, all: [4], isUnvouched: false });
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

test("a daemon without a reported pid is the holder of the socket", () => {
  const host = new DoctorHost().listen({ kind: "unix", address: SOCKET, pid: 9 });
  assert.equal(withPid(answerOf(0), host).daemon?.pid, 9);
  assert.equal(withPid(answerOf(7), host).daemon?.pid, 7);
  assert.equal(withPid(answerOf(0), new DoctorHost()).daemon?.pid, 0);
});
