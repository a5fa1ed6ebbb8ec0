// The metrics of two programs and a daemon, as text.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CallTimes } from "../../../../src/core/metrics/call-times.ts";
import { labelsText } from "../../../../src/core/metrics/exposition.ts";
import {
  DAEMON_FAMILIES,
  type DaemonMetrics,
  metricsText,
  PROGRAM_FAMILIES,
  type ProgramMetrics,
} from "../../../../src/core/metrics/families.ts";
import { START_CAUSES } from "../../../../src/core/process/model.ts";
import { EXIT_REASONS } from "../../../../src/core/process/runs.ts";

const WEB: ProgramMetrics = {
  labels: labelsText({ group: "web", name: "web" }),
  ...{ state: "RUNNING", exitStatus: 0, start: 1_795_000_000, isReady: false, isHealthy: false },
  starts: { autostart: 1, retry: 2 },
  exits: { "too-early": 2 },
  usage: { cpuMs: 1500, memoryBytes: 4096 },
  output: { stdout: 12, stderr: null },
  dropped: { log: 5, log_rate_limit: 0 },
  limits: { memory_max: 3, pids_max: 0, oom_kill: 1 },
  lostBytes: 0,
};
const IDLE: ProgramMetrics = {
  labels: labelsText({ group: "jobs", name: "idle" }),
  ...{ state: "STOPPED", exitStatus: -1, start: 0, isReady: true, isHealthy: null },
  ...{ starts: {}, exits: {}, usage: null, limits: {}, dropped: {}, lostBytes: 7 },
  output: { stdout: 0, stderr: 3 },
};
const CALLS = new CallTimes();
CALLS.add(0.25, false);
CALLS.add(1, false);
CALLS.add(200, true);
CALLS.add(4000, false);
const DAEMON: DaemonMetrics = {
  ...{ version: "1.2.3", state: "RUNNING", startWall: 1_795_000_000_500, cpuMs: 250 },
  residentBytes: 65536,
  receivers: [{ name: "chat", counts: { sent: 3, failed: 2, dropped: 1 } }],
  pools: [
    {
      ...{ name: "mail", accepted: 9, processed: 5, rejected: 1, dropped: 2 },
      ...{ waiting: 2, capacity: 10 },
    },
  ],
  calls: new Map([["supervisor.getState", CALLS]]),
};

function samples(programs: readonly ProgramMetrics[], daemon: DaemonMetrics): readonly string[] {
  return [...metricsText(programs, daemon, "prometheus")]
    .join("")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

test("each fact is a sample, and none that is unknown", () => {
  const web = 'group="web",name="web"';
  const idle = 'group="jobs",name="idle"';
  const getState = 'method="supervisor.getState"';
  assert.deepEqual(samples([WEB, IDLE], DAEMON), [
    `node_supervisord_up{${web}} 1`,
    `node_supervisord_up{${idle}} 0`,
    `node_supervisord_state{${web}} 20`,
    `node_supervisord_state{${idle}} 0`,
    `node_supervisord_exit_status{${web}} 0`,
    `node_supervisord_exit_status{${idle}} -1`,
    `node_supervisord_start_time_seconds{${web}} 1795000000`,
    `tsv_program_ready{${web}} 0`,
    `tsv_program_ready{${idle}} 1`,
    `tsv_program_healthy{${web}} 0`,
    `tsv_program_starts_total{${web},cause="autostart"} 1`,
    `tsv_program_starts_total{${web},cause="retry"} 2`,
    `tsv_program_exits_total{${web},reason="too-early"} 2`,
    `tsv_program_cpu_seconds_total{${web}} 1.5`,
    `tsv_program_memory_bytes{${web}} 4096`,
    `tsv_program_limit_reached_total{${web},limit="memory_max"} 3`,
    `tsv_program_limit_reached_total{${web},limit="pids_max"} 0`,
    `tsv_program_oom_kills_total{${web}} 1`,
    `tsv_program_output_bytes_total{${web},channel="stdout"} 12`,
    `tsv_program_output_bytes_total{${idle},channel="stdout"} 0`,
    `tsv_program_output_bytes_total{${idle},channel="stderr"} 3`,
    `tsv_program_output_dropped_bytes_total{${web},reason="log"} 5`,
    `tsv_program_output_dropped_bytes_total{${web},reason="log_rate_limit"} 0`,
    `tsv_program_output_lost_bytes{${web}} 0`,
    `tsv_program_output_lost_bytes{${idle}} 7`,
    'tsv_build_info{version="1.2.3"} 1',
    "tsv_daemon_state 1",
    "process_start_time_seconds 1795000000.5",
    "process_cpu_seconds_total 0.25",
    "process_resident_memory_bytes 65536",
    'tsv_alerts_sent_total{receiver="chat"} 3',
    'tsv_alerts_failed_total{receiver="chat"} 2',
    'tsv_alerts_dropped_total{receiver="chat"} 1',
    'tsv_event_pool_accepted_total{pool="mail"} 9',
    'tsv_event_pool_processed_total{pool="mail"} 5',
    'tsv_event_pool_rejected_total{pool="mail"} 1',
    'tsv_event_pool_dropped_total{pool="mail"} 2',
    'tsv_event_pool_waiting{pool="mail"} 2',
    'tsv_event_pool_capacity{pool="mail"} 10',
    `tsv_rpc_duration_seconds_bucket{${getState},le="0.001"} 2`,
    `tsv_rpc_duration_seconds_bucket{${getState},le="0.01"} 2`,
    `tsv_rpc_duration_seconds_bucket{${getState},le="0.1"} 2`,
    `tsv_rpc_duration_seconds_bucket{${getState},le="0.5"} 3`,
    `tsv_rpc_duration_seconds_bucket{${getState},le="2.5"} 3`,
    `tsv_rpc_duration_seconds_bucket{${getState},le="+Inf"} 4`,
    `tsv_rpc_duration_seconds_sum{${getState}} 4.20125`,
    `tsv_rpc_duration_seconds_count{${getState}} 4`,
    `tsv_rpc_faults_total{${getState}} 1`,
  ]);
});

test("the samples of a family follow its comments, however many programs there are", () => {
  const many = Array.from({ length: 120 }, (_, n) => ({
    ...{ ...IDLE, labels: labelsText({ group: "jobs", name: `p${n}` }) },
  }));
  const text = [...metricsText(many, DAEMON, "openmetrics")].join("");
  const heads = text.split("\n").filter((line) => line.startsWith("# TYPE "));
  assert.equal(new Set(heads).size, heads.length);
  const ready = text.slice(text.indexOf("# TYPE tsv_program_ready"));
  assert.deepEqual(
    ready.split("\n", 122).map((line) => line.startsWith("tsv_program_ready{")),
    [false, ...many.map(() => true), false],
  );
  assert.ok(text.endsWith("\n# EOF\n"));
  assert.ok(!text.includes("tsv_program_memory_bytes"));
});

const LABELS = new Map(
  samples([WEB, IDLE], DAEMON).map((line) => {
    const [, name = "", labels = ""] = /^(\w+)(.*) \S+$/.exec(line) ?? [];
    return [name, Array.from(labels.matchAll(/(\w+)="/g), ([, label]) => label)];
  }),
);

for (const file of ["tsv.rules.yml", "tsv.rules.test.yml", "tsv-dashboard.json"]) {
  test(`${file} uses only metrics and labels that there are`, () => {
    const text = readFileSync(`packaging/monitoring/${file}`, "utf8").replaceAll('\\"', '"');
    const uses = text.matchAll(/\b((?:tsv|node_supervisord|process)_\w+)(?:\{([^}]*)\})?/g);
    let count = 0;
    for (const [use, name = "", matchers = ""] of uses) {
      const labels = [...(LABELS.get(name) ?? []), "instance", "job"];
      assert.ok(LABELS.has(name), use);
      for (const [, label] of matchers.matchAll(/(\w+)[=!]/g))
        assert.ok(labels.includes(label), use);
      count += 1;
    }
    assert.ok(count > 10, `${count} uses`);
  });
}

test("the manual shows the example for Prometheus", () => {
  const example = readFileSync("packaging/monitoring/prometheus.yml", "utf8").split("\n\n")[1];
  assert.ok(readFileSync("docs/metrics.md", "utf8").includes(example ?? "?"));
});

test("the manual names every alert", () => {
  const manual = readFileSync("docs/metrics.md", "utf8");
  const rules = readFileSync("packaging/monitoring/tsv.rules.yml", "utf8");
  const alerts = Array.from(rules.matchAll(/alert: (\w+)/g), ([, name]) => `| \`${name}\` |`);
  assert.deepEqual(
    alerts.filter((row) => !manual.includes(row)),
    [],
  );
});

test("the manual names every metric, cause and reason", () => {
  const manual = readFileSync("docs/metrics.md", "utf8");
  const names = [...PROGRAM_FAMILIES, ...DAEMON_FAMILIES].map(({ name, type }) =>
    type === "counter" ? `${name}_total` : name,
  );
  const missing = [...names, ...START_CAUSES, ...EXIT_REASONS].filter(
    (name) => !manual.includes(`\`${name}\``),
  );
  assert.deepEqual(missing, []);
});
