// SOCK-005 on hosts in memory: ctl and daemon that mean different addresses or files.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OTHER_ADDRESS } from "../../../../../src/doctor/checks/socket/ctl-settings.ts";
import {
  answer,
  CONFIG,
  host,
  INET,
  lookAt,
  MAIN,
  one,
  PID,
  repair,
  SOCKET,
  UP,
  URL,
  withDaemon,
} from "./rig.ts";

const OTHER = CONFIG.replace(`serverurl=${URL}`, "serverurl=unix:///var/run/supervisor.sock");

describe("SOCK-005", () => {
  test("a serverurl that is no address of the configuration becomes the server's", () => {
    const on = host();
    const finding = one(lookAt(OTHER_ADDRESS, on, OTHER));
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, "unix:///var/run/supervisor.sock no such file");
    assert.equal(finding.place?.line, 6);
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    assert.match(
      on.readText("/etc/tsv/tsv.conf") ?? "",
      /^serverurl=unix:\/\/\/run\/tsv\/tsv\.sock$/m,
    );
    assert.deepEqual(lookAt(OTHER_ADDRESS, on, null), []);
  });

  test("a missing serverurl means localhost:9001, where nothing listens", () => {
    const on = host();
    const finding = one(lookAt(OTHER_ADDRESS, on, CONFIG.replace(`serverurl=${URL}\n`, "")));
    assert.equal(finding.symptom, "http://localhost:9001 refused connection");
    repair(on, finding);
    assert.match(on.readText("/etc/tsv/tsv.conf") ?? "", /^\[supervisorctl\]\nserverurl=unix:/m);
    assert.deepEqual(lookAt(OTHER_ADDRESS, on, null), []);
  });

  test("another daemon that answers there is reported", () => {
    const servers = [
      answer("answers"),
      answer("answers", {
        section: "supervisorctl",
        url: "unix:///var/run/supervisor.sock",
        pid: 7,
      }),
    ];
    const finding = one(lookAt(OTHER_ADDRESS, withDaemon(host()), OTHER, { ...UP, servers }));
    assert.equal(finding.symptom, "ctl shows the programs of another daemon");
    assert.match(finding.evidence.join(), /pid 7 answers at serverurl/);
  });

  test("a name and password within the URL are not shown", () => {
    const text = INET.replace("serverurl=http://", "serverurl=http://me:sesame@").replace(
      ":9001\n[rpc",
      ":9002\n[rpc",
    );
    const found = lookAt(
      OTHER_ADDRESS,
      host(),
      text.replace(/9001\n\[supervisord/, "9002\n[supervisord"),
    );
    assert.doesNotMatch(JSON.stringify(found), /sesame/);
  });

  for (const [what, text] of [
    ["the same socket", CONFIG],
    ["the same port", INET],
    ["a port on every address by another name", INET.replace("port=127.0.0.1:9001", "port=*:9001")],
    ["a path behind the port", INET.replace(":9001\n[rpc", ":9001/RPC2\n[rpc")],
    ["localhost for 127.0.0.1", INET.replace("http://127.0.0.1", "http://localhost")],
    ["another machine", INET.replace("http://127.0.0.1:9001", "http://pi.example:9001")],
    ["no section of ctl", CONFIG.replace(/\[supervisorctl\]\n.*\n/, "")],
    ["no server at all", `[supervisorctl]\nserverurl=unix:///x.sock\n${MAIN}`],
    ["one of two servers", `${CONFIG}[inet_http_server]\nport=9001\n`],
  ] as const) {
    test(`is silent for ${what}`, () => {
      assert.deepEqual(lookAt(OTHER_ADDRESS, host(), text), []);
    });
  }

  test("is silent for the same socket through /var/run", () => {
    const on = host().link("/var/run", "/run");
    const text = CONFIG.replace(`serverurl=${URL}`, "serverurl=unix:///var/run/tsv/tsv.sock");
    assert.deepEqual(lookAt(OTHER_ADDRESS, on, text), []);
  });

  test("a daemon still listens at the address from before the edit", () => {
    const on = host().listen({ kind: "unix", address: "/tmp/old.sock", pid: PID });
    const parts = { ...UP, servers: [answer("missing")] };
    const finding = one(lookAt(OTHER_ADDRESS, on, CONFIG, parts));
    assert.match(finding.evidence.join("\n"), /it listens on unix:\/\/\/tmp\/old\.sock/);
    assert.deepEqual(finding.repair.commands, [
      "tsv ctl -s unix:///tmp/old.sock reload   # restarts all programs",
    ]);
    assert.equal(finding.repair.class, "C");
  });

  test("a daemon whose sockets are unknown, or that lost its socket, is not reported", () => {
    const parts = { ...UP, servers: [answer("missing")] };
    assert.deepEqual(lookAt(OTHER_ADDRESS, host(), CONFIG, parts), []);
    const lost = host().listen({ kind: "unix", address: SOCKET, pid: PID });
    assert.deepEqual(lookAt(OTHER_ADDRESS, lost, CONFIG, parts), []);
  });

  test("a user who cannot see the daemon's sockets gets that as unknown", () => {
    const on = host();
    on.uid = 1000;
    assert.deepEqual(lookAt(OTHER_ADDRESS, on, CONFIG, { ...UP, servers: [answer("missing")] }), [
      { unknown: `where the daemon, pid ${PID}, listens (needs root)` },
    ]);
  });

  const first = (text: string): readonly unknown[] => {
    const on = withDaemon(host()).file("/root/supervisord.conf", text);
    const search = [
      { path: "/root/supervisord.conf", exists: true },
      { path: "/etc/tsv/tsv.conf", exists: true },
    ];
    return lookAt(OTHER_ADDRESS, on, CONFIG, { ...UP, config: { chosenBy: "service", search } });
  };

  test("a file that ctl finds first is reported with the whole search path", () => {
    const found = first("[supervisorctl]\nserverurl=http://localhost:9001\n");
    assert.match(
      JSON.stringify(found),
      /ctl reads \/root\/supervisord\.conf.*runs with \/etc\/tsv/,
    );
    assert.match(JSON.stringify(found), /tsv status -c \/etc\/tsv\/tsv\.conf/);
    assert.deepEqual(first(`[supervisorctl]\nserverurl = ${URL}\n`), []);
  });
});
