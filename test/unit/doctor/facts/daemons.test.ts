// Recognising daemons among processes, with their configurations.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { believedDaemons, findDaemons } from "../../../../src/doctor/facts/daemons.ts";
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
    const pids = (asker: number, named: readonly number[] = []): readonly number[] =>
      believedDaemons(seen, asker, named).map(({ pid }) => pid);
    assert.deepEqual(pids(0), [2]);
    assert.deepEqual(pids(1000), [1, 2]);
    assert.deepEqual(pids(0, [33]), [2, 3]);
  });
});
