// SOCK-008 on hosts in memory: who has the socket or the port, in all forms of "Another program is already listening".

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HELD_ADDRESS } from "../../../../../src/doctor/checks/socket/unusable-address.ts";
import {
  answer,
  CONFIG,
  daemon,
  host,
  INET,
  lookAt,
  one,
  PID,
  SOCKET,
  UP,
  withDaemon,
} from "./rig.ts";

const SYMPTOM =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.";
const URL9001 = { section: "inet_http_server", url: "http://127.0.0.1:9001" };
const OTHER = daemon({
  kind: "supervisor",
  pid: 9,
  config: "/etc/supervisor/supervisord.conf",
  command: [
    "/usr/bin/python3",
    "/usr/bin/supervisord",
    "-n",
    "-c",
    "/etc/supervisor/supervisord.conf",
  ],
});

describe("SOCK-008", () => {
  test("a port that a program has: its pid, user, command and configuration, not its secrets", () => {
    const command = ["/usr/sbin/nginx", "--password", "sesame", "-c", "/etc/nginx/nginx.conf"];
    const on = host()
      .run(77, command, { uid: 33 })
      .listen({ kind: "tcp", address: "0.0.0.0", port: 9001, pid: 77 });
    const finding = one(lookAt(HELD_ADDRESS, on, INET, { servers: [answer("foreign", URL9001)] }));
    assert.equal(finding.symptom, SYMPTOM);
    assert.equal(finding.subject, "127.0.0.1:9001");
    assert.deepEqual(finding.evidence, [
      "pid 77 of www-data: /usr/sbin/nginx, with /etc/nginx/nginx.conf",
    ]);
    assert.deepEqual([finding.place?.line, finding.place?.key], [2, "port"]);
    assert.deepEqual([finding.repair.class, finding.repair.steps], ["C", []]);
    assert.deepEqual(finding.repair.commands, ["ps -fp 77", "kill 77"]);
  });

  for (const [command, shown] of [
    [
      ["/usr/bin/python3", "/opt/app/serve.py", "--token=sesame"],
      "/usr/bin/python3 /opt/app/serve.py",
    ],
    [["python3", "-m", "http.server", "sesame"], "python3 -m http.server"],
    [["java", "-Dkey=sesame", "-jar", "x.jar"], "java"],
    [["java", "-jar", "x.jar", "sesame"], "java -jar x.jar"],
  ] as const) {
    test(`an interpreter is named with what it runs: ${shown}`, () => {
      const on = host()
        .run(77, command)
        .listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 77 });
      assert.deepEqual(one(lookAt(HELD_ADDRESS, on, INET)).evidence, [`pid 77 of root: ${shown}`]);
    });
  }

  test("a Supervisor that has the port: how to ask it, and how to stop its service", () => {
    const on = host()
      .run(9, OTHER.command)
      .listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 9 });
    const service = {
      path: "",
      text: "",
      name: "supervisor",
      isRunning: true,
      isEnabled: true,
      isMasked: false,
    };
    const finding = one(
      lookAt(HELD_ADDRESS, on, INET, {
        daemons: [OTHER],
        servers: [answer("answers", { ...URL9001, pid: 9 })],
        service: { supervisors: { services: [service], processes: [], configs: [] } },
      }),
    );
    assert.match(finding.cause, /^Supervisor's supervisord listens on 127\.0\.0\.1:9001/);
    assert.match(
      finding.evidence[0] ?? "",
      /pid 9 of root, with \/etc\/supervisor\/supervisord\.conf/,
    );
    assert.deepEqual(finding.repair.commands, [
      "tsv status -c /etc/supervisor/supervisord.conf",
      "systemctl disable --now supervisor.service",
    ]);
  });

  test("a socket path that two configurations share, also as Supervisor links it", () => {
    for (const address of [SOCKET, `${SOCKET}.9`]) {
      const on = host()
        .socket(SOCKET)
        .run(9, OTHER.command)
        .listen({ kind: "unix", address, pid: 9 });
      const servers = [answer("answers", { pid: 9 })];
      const finding = one(lookAt(HELD_ADDRESS, on, CONFIG, { daemons: [OTHER], servers }));
      assert.equal(finding.symptom, SYMPTOM);
      assert.equal(finding.subject, `unix://${SOCKET}`);
      assert.match(finding.evidence.join(), /pid 9/);
    }
  });

  test("a daemon that answers and runs with another configuration holds the address", () => {
    const other = daemon({ config: "/etc/tsv/other.conf" });
    const parts = { daemon: other, daemons: [other], servers: [answer("answers")] };
    const finding = one(lookAt(HELD_ADDRESS, withDaemon(host()), CONFIG, parts));
    assert.match(finding.cause, /^Another tsv daemon listens on unix:.*sock\.$/);
    assert.match(finding.evidence[0] ?? "", /with \/etc\/tsv\/other\.conf/);
    const linked = withDaemon(host()).link("/etc/tsv/other.conf", "/etc/tsv/tsv.conf");
    assert.deepEqual(lookAt(HELD_ADDRESS, linked, CONFIG, parts), []);
  });

  test("a holder that this user cannot see is asked for as root", () => {
    const on = host().listen({ kind: "tcp", address: "0.0.0.0", port: 9001 });
    const finding = one(lookAt(HELD_ADDRESS, on, INET, { servers: [answer("foreign", URL9001)] }));
    assert.deepEqual(finding.repair.commands, ["sudo ss -tlnp 'sport = :9001'"]);
  });

  test("the pid of a daemon in a container is unknown here", () => {
    const on = host()
      .run(7, ["/sbin/init"])
      .listen({ kind: "tcp", address: "0.0.0.0", port: 9001 });
    const servers = [answer("answers", { ...URL9001, pid: 7 })];
    assert.match(one(lookAt(HELD_ADDRESS, on, INET, { servers })).evidence[0] ?? "", /cannot see/);
  });

  for (const [wanted, held, isHeld] of [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "0.0.0.0", true],
    ["*", "10.0.0.5", true],
    ["*", "0.0.0.0", true],
    ["localhost", "127.0.0.1", true],
    ["127.0.0.1", "::", false],
    ["127.0.0.1", "10.0.0.5", false],
    ["127.0.0.1", "::1", false],
  ] as const) {
    test(`${held} is ${isHeld ? "" : "not "}in the way of ${wanted}`, () => {
      const on = host().listen({ kind: "tcp", address: held, port: 9001, pid: 5 });
      const found = lookAt(HELD_ADDRESS, on, INET.replace("127.0.0.1:9001", `${wanted}:9001`));
      assert.equal(found.length, isHeld ? 1 : 0);
    });
  }

  test("a socket of IPv6 that takes IPv4 too is in the way when a connection was taken", () => {
    const on = host().listen({ kind: "tcp", address: "::", port: 9001, pid: 5 });
    const servers = [answer("foreign", URL9001)];
    assert.equal(lookAt(HELD_ADDRESS, on, INET, { servers }).length, 1);
  });

  for (const [what, on, text, parts] of [
    ["the daemon itself listens", withDaemon(host()), CONFIG, UP],
    [
      "the daemon itself has the port",
      host().listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: PID }),
      INET,
      { ...UP, servers: [answer("answers", URL9001)] },
    ],
    [
      "another port is taken",
      host().listen({ kind: "tcp", address: "0.0.0.0", port: 9002, pid: 5 }),
      INET,
      {},
    ],
    [
      "this user cannot see that it is the daemon's",
      host().listen({ kind: "tcp", address: "127.0.0.1", port: 9001 }),
      INET,
      { ...UP, servers: [answer("answers", URL9001)] },
    ],
    ["a stale socket refuses", host().socket(SOCKET), CONFIG, { servers: [answer("refused")] }],
    [
      "a lost socket of somebody is only in the kernel's list",
      host().listen({ kind: "unix", address: SOCKET, pid: 5 }),
      CONFIG,
      {},
    ],
    ["nobody listens", host(), `${INET}`, {}],
  ] as const) {
    test(`is silent when ${what}`, () => {
      assert.deepEqual(lookAt(HELD_ADDRESS, on, text, parts), []);
    });
  }
});
