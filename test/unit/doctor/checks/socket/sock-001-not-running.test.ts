// SOCK-001 on hosts in memory: without a daemon, what can be started, and what prevents it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_RUNNING } from "../../../../../src/doctor/checks/socket/not-running.ts";
import { NOW } from "../../../../fakes/doctor-files.ts";
import { answer, CONFIG, daemon, host, INET, lookAt, one, SOCKET, UP, URL } from "./rig.ts";

/** As the host in memory was booted. */
const BOOTED = NOW - 86_400_000;

const SERVICE = {
  service: {
    file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false },
    isEnabled: true,
    isActive: false,
    properties: { ActiveState: "failed", Result: "exit-code", ExecMainStatus: "2" },
    commands: {
      start: ["/bin/sh", "-c", 'until systemctl start "$0"\ndo sleep 1\ndone', "tsv.service"],
      startByHand: ["systemctl", "start", "tsv.service"],
      restart: ["systemctl", "restart", "tsv.service"],
      enable: ["systemctl", "enable", "tsv.service"],
      disable: ["systemctl", "disable", "tsv.service"],
    },
  },
} as const;

describe("SOCK-001", () => {
  test("an installed service that does not run is started, and has to answer", () => {
    const finding = one(lookAt(NOT_RUNNING, host(), CONFIG, SERVICE));
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, `${URL} no such file`);
    assert.match(
      finding.evidence.join("\n"),
      /ActiveState=failed Result=exit-code ExecMainStatus=2/,
    );
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(finding.repair.commands, [
      "systemctl start tsv.service",
      "journalctl -u tsv.service -n 20   # why it failed",
    ]);
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [
        {
          kind: "command",
          argv: SERVICE.service.commands.start,
          undo: null,
          what: "start tsv",
        },
        { kind: "answer", server: URL, timeoutSeconds: 30 },
      ],
    );
  });

  test("the last errors of the activity log are shown, without what every start says", () => {
    const on = host().file(
      "/var/log/tsv/tsv.log",
      [
        "2026-01-01 00:00:00,000 INFO first",
        "2026-01-01 00:00:01,000 CRIT Supervisor is running as root.  Privileges were not dropped",
        "2026-01-01 00:00:02,000 CRIT could not write pidfile /x\x1b[31m",
        "2026-01-01 00:00:03,000 INFO spawned",
      ].join("\n"),
    );
    const { evidence } = one(lookAt(NOT_RUNNING, on, CONFIG, SERVICE));
    const lines = evidence.filter((line) => line.startsWith("/var/log/tsv/tsv.log: "));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /could not write pidfile \/x\\x1b/);
  });

  test("without a service there are commands alone", () => {
    const { repair } = one(lookAt(NOT_RUNNING, host(), CONFIG));
    assert.deepEqual([repair.class, repair.steps], ["C", []]);
    assert.deepEqual(repair.commands, [
      "/usr/bin/tsv daemon -c /etc/tsv/tsv.conf",
      "tsv install --boot",
    ]);
  });

  test("a configuration on a port alone says that its connection is refused", () => {
    assert.match(
      one(lookAt(NOT_RUNNING, host(), INET)).symptom,
      /^http:.*9001 refused connection$/,
    );
  });

  test("of a file that was named and has no service it is a warning, with the command that starts it", () => {
    const config = { chosenBy: "option" } as const;
    const finding = one(lookAt(NOT_RUNNING, host(), CONFIG, { config }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.commands[0], "/usr/bin/tsv daemon -c /etc/tsv/tsv.conf");
    const served = one(lookAt(NOT_RUNNING, host(), CONFIG, { ...SERVICE, config }));
    assert.equal(served.severity, "error");
  });

  test("the service of another configuration is never what starts it", () => {
    const service = { isOther: true } as const;
    const { repair } = one(lookAt(NOT_RUNNING, host(), CONFIG, { service }));
    assert.deepEqual(repair.commands, [
      "/usr/bin/tsv daemon -c /etc/tsv/tsv.conf",
      "tsv install --boot --name NAME",
    ]);
  });

  describe("where the journal says why the daemon did not start", () => {
    const failed = {
      ...SERVICE.service.properties,
      InvocationID: "abc",
      ExecMainExitTimestampMonotonic: String((NOW - BOOTED + 1000) * 1000),
    };
    const QUESTION =
      "journalctl -q --no-pager -o cat -n 4 _SYSTEMD_INVOCATION_ID=abc _SYSTEMD_UNIT=tsv.service";
    const parts = { service: { ...SERVICE.service, properties: failed } };
    const on = (): ReturnType<typeof host> => {
      const made = host();
      const output = "Error: option --loglevl not recognized\nFor help, use tsv daemon -h\n";
      made.answers.set(QUESTION, { status: 0, output });
      return made;
    };

    test("it is quoted, and the start is not offered again", () => {
      const { evidence, repair } = one(lookAt(NOT_RUNNING, on(), CONFIG, parts));
      assert.match(evidence.join("\n"), /option --loglevl not recognized/);
      assert.deepEqual([repair.class, repair.steps], ["C", []]);
      assert.deepEqual(repair.commands, ["systemctl start tsv.service"]);
    });

    test("it is offered once something has changed: a file, or by an earlier repair", () => {
      const changed = on().file("/etc/tsv/tsv.conf", CONFIG, { modifiedMs: NOW + 5000 });
      assert.equal(one(lookAt(NOT_RUNNING, changed, null, parts)).repair.class, "A");
      const repaired = { ...parts, repaired: 1 };
      assert.equal(one(lookAt(NOT_RUNNING, on(), CONFIG, repaired)).repair.class, "A");
    });

    test("a daemon that was killed may well start again", () => {
      const killed = { ...failed, Result: "signal", ExecMainStatus: "9" };
      const service = { ...SERVICE.service, properties: killed };
      assert.equal(one(lookAt(NOT_RUNNING, on(), CONFIG, { service })).repair.class, "A");
    });
  });

  for (const [what, on, text] of [
    ["a broken configuration", host(), `${CONFIG}[program:x]\n`],
    ["a socket that cannot be made", host().directory(SOCKET), CONFIG],
    ["a log that cannot be written", host().remove("/var/log/tsv").file("/var/log/tsv"), CONFIG],
    ["a held port", host().listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 5 }), INET],
    ["a share without sockets", host().mount("/run", { type: "vboxsf" }), CONFIG],
  ] as const) {
    test(`nothing is started while there is ${what}`, () => {
      const { repair } = one(lookAt(NOT_RUNNING, on, text, SERVICE));
      assert.deepEqual([repair.class, repair.steps], ["C", []]);
    });
  }

  test("a runtime directory that the service makes keeps nothing from starting", () => {
    const finding = one(lookAt(NOT_RUNNING, host().remove("/run/tsv"), CONFIG, SERVICE));
    assert.equal(finding.repair.class, "A");
  });

  test("OpenRC resets a service whose processes were killed before it starts it", () => {
    const service = { ...SERVICE.service, init: "openrc", isActive: true, properties: {} } as const;
    const { repair } = one(lookAt(NOT_RUNNING, host(), CONFIG, { service }));
    assert.deepEqual(repair.commands.slice(0, 2), ["rc-service tsv stop", "rc-service tsv zap"]);
    assert.equal(repair.steps.length, 4);
  });

  test("a masked service is left masked", () => {
    const masked = { service: { ...SERVICE.service, isMasked: true } };
    const { repair } = one(lookAt(NOT_RUNNING, host(), CONFIG, masked));
    assert.deepEqual(repair.steps, []);
    assert.deepEqual(repair.commands, [
      "systemctl unmask tsv.service",
      "systemctl start tsv.service",
    ]);
  });

  test("daemons of other configurations are named", () => {
    const parts = { daemons: [daemon({ kind: "supervisor", pid: 9, config: "/etc/other.conf" })] };
    const { evidence } = one(lookAt(NOT_RUNNING, host(), CONFIG, parts));
    assert.match(
      evidence.join("\n"),
      /Supervisor's supervisord, pid 9 of root, with \/etc\/other\.conf/,
    );
  });

  for (const [what, parts] of [
    ["a daemon runs", UP],
    ["somebody answers", { servers: [answer("answers")] }],
    ["somebody hangs", { servers: [answer("silent")] }],
    ["somebody wants a password", { servers: [answer("unauthorized")] }],
  ] as const) {
    test(`is silent when ${what}`, () => {
      assert.deepEqual(lookAt(NOT_RUNNING, host(), CONFIG, parts), []);
    });
  }

  test("is silent about a stale socket, which is another code's, and without a configuration", () => {
    const stale = { servers: [answer("refused")] };
    assert.deepEqual(lookAt(NOT_RUNNING, host().socket(SOCKET), CONFIG, stale), []);
    assert.deepEqual(lookAt(NOT_RUNNING, host(), null), []);
    assert.deepEqual(lookAt(NOT_RUNNING, host(), "[program:x]\ncommand=/bin/x\n"), []);
  });

  test("is silent when the kernel lists the socket: its daemon lives somewhere", () => {
    const on = host().listen({ kind: "unix", address: SOCKET });
    assert.deepEqual(lookAt(NOT_RUNNING, on, CONFIG), []);
  });
});
