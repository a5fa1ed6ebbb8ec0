// BOOT-011 on hosts in memory: daemons whose executable was replaced.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commandsOf, healthyHost, look, only, UNIT, UNIT_TEXT } from "../boot/boot-host.ts";
import { checkOf } from "../rows.ts";

const OLD_DAEMON = checkOf("BOOT-011");

const DAEMON = {
  kind: "tsv",
  pid: 400,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: ["/usr/local/bin/tsv", "daemon"],
  config: "/etc/tsv/tsv.conf",
  state: "S",
  exe: "/usr/local/bin/tsv",
  exeDeleted: true,
} as const;

function answering(methods: readonly string[]) {
  const daemon = {
    pid: 400,
    version: "4.2.5",
    isTsv: true,
    identification: "",
    stateName: "RUNNING",
    methods,
  };
  return [
    { section: "unix_http_server", url: "unix:///x", kind: "answers", detail: "", daemon },
  ] as const;
}

describe("BOOT-011", () => {
  test("the daemon runs what is installed", () => {
    assert.deepEqual(
      look(OLD_DAEMON, healthyHost(), {}, { daemon: { ...DAEMON, exeDeleted: false } }),
      [],
    );
    assert.deepEqual(look(OLD_DAEMON, healthyHost(), {}, { daemon: null }), []);
    assert.deepEqual(
      look(OLD_DAEMON, healthyHost(), {}, { daemon: { ...DAEMON, kind: "supervisor" } }),
      [],
    );
  });

  test("one that can is replaced in place after a yes", () => {
    const parts = { daemon: DAEMON, servers: answering(["tsv.upgrade"]) };
    const finding = only(look(OLD_DAEMON, healthyHost(), {}, parts));
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(commandsOf(finding), ["/usr/local/bin/tsv upgrade -c /etc/tsv/tsv.conf"]);
  });

  test("where the service names what is gone, it is replaced by what it was started from", () => {
    const file = { path: UNIT, text: UNIT_TEXT.replace("/bin/tsv", "/bin/tvs"), isPackaged: false };
    const parts = { daemon: DAEMON, servers: answering(["tsv.upgrade"]) };
    const finding = only(look(OLD_DAEMON, healthyHost(), { file }, parts));
    assert.deepEqual(commandsOf(finding), ["/usr/local/bin/tsv upgrade -c /etc/tsv/tsv.conf"]);
  });

  test("one that cannot, or does not answer, is restarted by a person", () => {
    const finding = only(
      look(OLD_DAEMON, healthyHost(), {}, { daemon: DAEMON, servers: answering([]) }),
    );
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.commands, ["systemctl restart tsv.service"]);
  });

  test("an executable that is gone for good is installed again", () => {
    const host = healthyHost().remove("/usr/local/bin/tsv");
    const finding = only(look(OLD_DAEMON, host, {}, { daemon: DAEMON }));
    assert.match(finding.evidence[0] ?? "", /removed since/);
    assert.equal(finding.repair.class, "C");
  });

  test("where tsv is a script, Node is what was replaced", () => {
    const host = healthyHost().file("/usr/bin/node", "", { mode: 0o755 });
    const parts = {
      daemon: { ...DAEMON, exe: "/usr/bin/node" },
      servers: answering(["tsv.upgrade"]),
    };
    const finding = only(look(OLD_DAEMON, host, { file: null }, parts));
    assert.deepEqual(finding.repair.commands, ["tsv upgrade -c /etc/tsv/tsv.conf"]);
  });
});
