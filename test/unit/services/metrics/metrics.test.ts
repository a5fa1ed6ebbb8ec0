// Answers to requests for metrics and health, over fakes.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../../../../src/core/access/principal.ts";
import { err } from "../../../../src/core/base/result.ts";
import type { LimitCounts } from "../../../../src/core/process/reached-limits.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import type { HttpReply, HttpRequest } from "../../../../src/ports/http-server.ts";
import { Metrics } from "../../../../src/services/metrics/metrics.ts";
import { metricsPermission } from "../../../../src/services/metrics/paths.ts";
import type { Usages } from "../../../../src/services/usage/api.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeLogs } from "../../../fakes/logs-api.ts";
import { ADMIN, NOBODY } from "../../../fakes/principals.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";

function createRig(names: readonly string[] = ["web"]) {
  const supervisor = new FakeSupervisor(
    names.map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)])),
  );
  const rig = {
    supervisor,
    logs: new FakeLogs(),
    /** Of the cgroups that there are. */
    limits: new Map<string, LimitCounts>(),
    usages: new Map() as Usages,
    hasRoom: true,
    ask: async (target: string, client: Client = ADMIN) => {
      const request: HttpRequest = {
        ...{ method: "GET", target, peer: client.peer, header: () => null },
        body: async () => err("aborted"),
        enter: async () => rig.hasRoom,
      };
      return await textOf(await metrics.answer(request, client));
    },
  };
  const metrics = new Metrics({
    ...{
      supervisor,
      logs: rig.logs,
      alerts: { receivers: () => [] },
      limits: (key) => rig.limits.get(key) ?? {},
      events: { pools: () => [] },
      turns: { pause: () => null },
    },
    usage: { look: async () => rig.usages },
    daemon: () => ({
      ...{ version: "1.2.3", startWall: 0, cpuMs: 0, residentBytes: 0, calls: new Map() },
    }),
  });
  return rig;
}

async function textOf(reply: HttpReply): Promise<readonly [status: number, text: string]> {
  assert.ok(reply.kind !== "stream");
  if (reply.kind === "whole") return [reply.status, String(reply.body)];
  const parts: Uint8Array[] = [];
  for (let part = await reply.next(); part !== null; part = await reply.next()) parts.push(part);
  const all = Buffer.concat(parts);
  assert.equal(all.length, reply.length);
  return [reply.status, all.toString()];
}

test("metrics need the permission to read, health needs none, and other requests are not answered", () => {
  const asked = ["/metrics", "/metrics?x=1", "/healthz", "/readyz", "/metricsx", "/metrics/", "/"];
  assert.deepEqual(
    asked.map((target) => metricsPermission("GET", target)),
    ["read", "read", "none", "none", null, null, null],
  );
  assert.equal(metricsPermission("HEAD", "/healthz"), "none");
  assert.equal(metricsPermission("POST", "/metrics"), null);
  assert.equal(metricsPermission("GET", "constructor"), null);
});

test("/healthz answers while the daemon answers", async () => {
  const rig = createRig();
  rig.supervisor.fake("web:web").state = "FATAL";
  assert.deepEqual(await rig.ask("/healthz", NOBODY), [200, "ok\n"]);
});

test("/readyz names programs only to clients that may read", async () => {
  const rig = createRig(["web", "db"]);
  assert.deepEqual(await rig.ask("/readyz", NOBODY), [200, "ready\n"]);
  rig.supervisor.fake("web:web").state = "FATAL";
  assert.deepEqual(await rig.ask("/readyz", NOBODY), [503, "not ready\n"]);
  assert.deepEqual(await rig.ask("/readyz"), [503, "web: FATAL\n"]);
});

test("/readyz names at most twenty programs", async () => {
  const rig = createRig(Array.from({ length: 23 }, (_, n) => `p${n}`));
  for (const process of rig.supervisor.processes.values()) process.state = "BACKOFF";
  const [status, text] = await rig.ask("/readyz");
  assert.equal(status, 503);
  assert.equal(text.split("\n").length, 22);
  assert.match(text, /\nand 3 more\n$/);
});

test("a daemon that shuts down is not ready", async () => {
  const rig = createRig();
  rig.supervisor.daemonState = "SHUTDOWN";
  assert.deepEqual(await rig.ask("/readyz"), [503, "daemon: SHUTDOWN\n"]);
  assert.deepEqual(await rig.ask("/readyz", NOBODY), [503, "not ready\n"]);
});

test("the facts of a program are those of supervision, logs and usage", async () => {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  web.state = "RUNNING";
  web.pid = 77;
  web.report = { runs: { ...NO_RUNS, starts: { autostart: 1 }, exits: { signal: 3 } } };
  rig.logs.receivedBy.set("web:web stdout", 10);
  rig.logs.droppedBy.set(web.key, { log: 4 });
  rig.usages = new Map([[web.key, { cpuPercent: 1, memoryBytes: 4096, cpuMs: 2000 }]]);
  const [status, text] = await rig.ask("/metrics");
  assert.equal(status, 200);
  for (const line of [
    'tsv_program_exits_total{group="web",name="web",reason="signal"} 3',
    'tsv_program_cpu_seconds_total{group="web",name="web"} 2',
    'tsv_program_output_bytes_total{group="web",name="web",channel="stdout"} 10',
    'tsv_program_output_dropped_bytes_total{group="web",name="web",reason="log"} 4',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
});

test("limits of a program are counted over its runs, from 0, and only those that it has", async () => {
  const rig = createRig(["web", "db"]);
  const { config, ...rest } = rig.supervisor.fake("web:web");
  const limited = { ...config, memoryMax: 1000, cpuMax: { quota: 1, period: 2 } };
  rig.supervisor.processes.set(rest.key, { ...rest, config: limited });
  const web = rig.supervisor.fake("web:web");
  const counted = async () =>
    (await rig.ask("/metrics"))[1]
      .split("\n")
      .filter((line) => /^tsv_program_(?:limit|oom)/.test(line))
      .map((line) => line.replace('{group="web",name="web"', "{"));
  const counts = (memory: number, cpu: number, kills: number) => [
    `tsv_program_limit_reached_total{,limit="memory_max"} ${memory}`,
    `tsv_program_limit_reached_total{,limit="cpu_max"} ${cpu}`,
    `tsv_program_oom_kills_total{} ${kills}`,
  ];
  rig.limits.set("web:web", { memory_max: 9 });
  assert.deepEqual(await counted(), counts(0, 0, 0));
  web.pid = 77;
  assert.deepEqual(await counted(), counts(9, 0, 0));
  web.report = { runs: { ...NO_RUNS, limits: { memory_max: 2, oom_kill: 1 } } };
  assert.deepEqual(await counted(), counts(11, 0, 1));
});

test("processor time never decreases during a run, and begins anew with the next", async () => {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  web.state = "RUNNING";
  const seconds = async (pid: number, cpuMs: number) => {
    web.pid = pid;
    rig.usages = new Map([[web.key, { cpuPercent: 1, memoryBytes: 1, cpuMs }]]);
    const [, text] = await rig.ask("/metrics");
    return /^tsv_program_cpu_seconds_total\S+ (\S+)$/m.exec(text)?.[1];
  };
  assert.equal(await seconds(7, 5000), "5");
  assert.equal(await seconds(7, 3000), "5");
  assert.equal(await seconds(7, 6000), "6");
  assert.equal(await seconds(8, 1000), "1");
});

test("metrics of many programs are refused while other large requests have all slots, health is not", async () => {
  const rig = createRig(Array.from({ length: 30 }, (_, n) => `p${n}`));
  rig.hasRoom = false;
  assert.deepEqual(await rig.ask("/metrics"), [503, "Other large requests are in work.\n"]);
  for (const client of [ADMIN, NOBODY]) {
    assert.deepEqual(await rig.ask("/healthz", client), [200, "ok\n"]);
    assert.deepEqual(await rig.ask("/readyz", client), [200, "ready\n"]);
  }
  rig.hasRoom = true;
  assert.equal((await rig.ask("/metrics"))[0], 200);
});

test("requests for readiness that come together look at the programs once", async () => {
  const rig = createRig(["web", "db"]);
  const looked: string[] = [];
  const report = rig.supervisor.report.bind(rig.supervisor);
  rig.supervisor.report = (key) => {
    looked.push(key);
    return report(key);
  };
  rig.supervisor.fake("web:web").state = "FATAL";
  const replies = await Promise.all([rig.ask("/readyz"), rig.ask("/readyz", NOBODY)]);
  assert.deepEqual(replies, [
    [503, "web: FATAL\n"],
    [503, "not ready\n"],
  ]);
  assert.deepEqual(looked, ["db:db", "web:web"]);
  rig.supervisor.fake("web:web").state = "RUNNING";
  assert.deepEqual(await rig.ask("/readyz"), [200, "ready\n"]);
});
