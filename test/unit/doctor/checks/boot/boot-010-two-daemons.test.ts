// BOOT-010 on hosts in memory: daemons that share a configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TWO_DAEMONS } from "../../../../../src/doctor/checks/boot/running-daemons.ts";
import type { RunningDaemon } from "../../../../../src/doctor/facts/situation.ts";
import { healthyHost, look, only } from "./boot-host.ts";

function daemon(pid: number, config: string | null = "/etc/tsv/tsv.conf"): RunningDaemon {
  const command = ["/usr/local/bin/tsv", "daemon", "-n", "-c", config ?? "?"];
  const times = { startTicks: pid, startedMs: Date.UTC(2026, 0, 2, 2, 4, 5) };
  const state = { state: "S", exe: command[0] ?? null, exeDeleted: false };
  return { kind: "tsv", pid, uid: 0, ...times, command, config, ...state };
}

function hostOf(...daemons: readonly RunningDaemon[]): ReturnType<typeof healthyHost> {
  const host = healthyHost();
  for (const { pid, command } of daemons) host.run(pid, command);
  return host;
}

describe("BOOT-010", () => {
  test("two daemons with one configuration: the person hears which of them answers", () => {
    const daemons = [daemon(400), daemon(500)];
    const servers = [
      {
        section: "unix_http_server",
        url: "unix:///run/tsv/tsv.sock",
        kind: "answers",
        detail: "",
        daemon: {
          pid: 500,
          version: "4.2.5",
          isTsv: true,
          identification: "tsv",
          stateName: "RUNNING",
          methods: [],
        },
      },
    ] as const;
    const finding = only(look(TWO_DAEMONS, hostOf(...daemons), {}, { daemons, servers }));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.commands, ["kill -TERM 400"]);
    assert.match(finding.evidence.join("\n"), /pid 500: tsv, for 60 minutes, answers/);
  });

  test("when none or both answer, the choice is not made", () => {
    const daemons = [daemon(400), daemon(500)];
    const finding = only(look(TWO_DAEMONS, hostOf(...daemons), {}, { daemons }));
    assert.deepEqual(finding.repair.commands, ["ps -o user,pid,ppid,lstart,args -p 400,500"]);
  });

  test("a link to the configuration is the same configuration", () => {
    const daemons = [daemon(400), daemon(500, "/etc/supervisord.conf")];
    const host = hostOf(...daemons).link("/etc/supervisord.conf", "/etc/tsv/tsv.conf");
    assert.equal(look(TWO_DAEMONS, host, {}, { daemons }).length, 1);
  });

  test("one daemon, or several with configurations of their own, are fine", () => {
    const daemons = [daemon(400), daemon(500, "/srv/other.conf"), daemon(600, null)];
    assert.deepEqual(look(TWO_DAEMONS, hostOf(...daemons), {}, { daemons }), []);
  });

  test("a program that is just being started still looks like its daemon", () => {
    const daemons = [daemon(400), daemon(500)];
    const host = healthyHost()
      .run(400, daemon(400).command)
      .run(500, daemon(500).command, { parent: 400 });
    assert.deepEqual(look(TWO_DAEMONS, host, {}, { daemons }), []);
  });
});
