// Prometheus: promtool reads the metrics and the rules, node_exporter reports the same, and a server scrapes a daemon, which
// answers it in the format of OpenMetrics.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "../e2e/rig/command.ts";
import { send } from "../e2e/rig/http.ts";
import { ROOT } from "../e2e/rig/places.ts";
import { e2e, type Rig } from "../e2e/rig/rig.ts";
import { until } from "../rig/wait.ts";

const MONITORING = join(ROOT, "packaging/monitoring");
const EXPORTER = "prometheus-node-exporter";

const CONFIG = `
[program:web]
command=sh -c 'echo hello; exec sleep 1000'
startsecs=0

[program:starting]
command=sleep 1000
startsecs=1000

[program:stopping]
command=python3 -c "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)"
startsecs=0
stopwaitsecs=1000

[program:broken]
command=/nonexistent
startretries=0

[program:exited]
command=sh -c 'exit 3'
startsecs=0
autorestart=false

[eventlistener:events]
command=sh -c 'printf "READY\\n"; exec sleep 1000'
events=PROCESS_STATE
`;

/** What has the rest of the metrics. */
const RARE = `
[program:healthy]
command=sleep 1000
health_check=exec:true
health_interval=100ms

[program:limited]
command=sleep 1000
autostart=false
memory_max=64MB

[notify:operator]
url=http://127.0.0.1:1/
`;

function without(...programs: readonly string[]): string | false {
  const missing = programs.find((program) => spawnSync(program, ["--version"]).error !== undefined);
  return missing === undefined ? false : `${missing} is not installed; run make test-host`;
}

async function startDaemon(rig: Rig) {
  const daemon = await rig.startWith(CONFIG);
  await daemon.logged(/gave up: broken entered FATAL state/);
  await daemon.logged(/exited: exited/);
  await until(
    async () => String(await daemon.ask("readProcessStdoutLog", "stopping", 0, 0)).includes("deaf"),
    { what: "a program that ignores SIGTERM" },
  );
  await daemon.ask("stopProcess", "stopping", false);
  return daemon;
}

/** The samples of the collector, sorted. */
function collected(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("node_supervisord_"))
    .map((line) => line.replace(/\S+$/, (value) => String(Number(value))))
    .sort();
}

/** Starts a server of other people, and waits until it says that it listens. */
async function startServer(rig: Rig, command: string, args: readonly string[], says: RegExp) {
  const server: ChildProcess = spawn(command, args, {
    ...{ cwd: rig.path("."), env: plainEnvironment(rig.mark) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const look = () => {
    assert.equal(server.exitCode, null, text);
    return says.test(text);
  };
  await until(look, { what: `${command}, which listens`, left: () => text });
  return async () => {
    const gone = once(server, "exit");
    server.kill();
    await gone;
  };
}

e2e("promtool accepts the metrics", without("promtool"), async (rig) => {
  const daemon = await startDaemon(rig);
  const { body } = await send(daemon.endpoint, { method: "GET", path: "/metrics" });
  const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: body });
  assert.deepEqual([status, stderr.toString()], [0, ""]);
});

e2e("promtool accepts example and rules, and each alert fires", without("promtool"), async () => {
  for (const args of [
    ["check", "config", "prometheus.yml"],
    ["check", "rules", "tsv.rules.yml"],
    ["test", "rules", "tsv.rules.test.yml"],
  ]) {
    const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: MONITORING });
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
});

e2e(
  "node_exporter reports the same samples under the same names",
  without(EXPORTER),
  async (rig) => {
    const daemon = await startDaemon(rig);
    const port = await rig.findPort();
    const args = [
      ...["--collector.disable-defaults", "--collector.supervisord"],
      `--collector.supervisord.url=unix://${rig.path("d.sock")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const stop = await startServer(rig, EXPORTER, args, /Listening on|TLS is disabled/i);
    try {
      const request = { method: "GET", path: "/metrics" };
      const theirs = await send({ host: "127.0.0.1", port }, request);
      const ours = await send(daemon.endpoint, request);
      const samples = collected(ours.body);
      assert.ok(samples.includes('node_supervisord_state{group="stopping",name="stopping"} 40'));
      assert.deepEqual(samples, collected(theirs.body));
    } finally {
      await stop();
    }
  },
);

e2e(
  "Prometheus scrapes every metric that rules and dashboard use",
  without("prometheus"),
  async (rig) => {
    const served = await rig.findPort();
    const own = await rig.findPort();
    const server = `[inet_http_server]\nport=127.0.0.1:${served}\nusername=u\npassword=p\n`;
    const daemon = await rig.startWith(`${server}${RARE}${CONFIG}`);
    await daemon.ask("getState");
    await daemon.logged(/gave up: broken entered FATAL state/);
    const file = rig.write(
      "prometheus.yml",
      `global: { scrape_interval: 1s }
rule_files: [${MONITORING}/tsv.rules.yml]
scrape_configs:
  - job_name: tsv
    basic_auth: { username: u, password: p }
    static_configs: [{ targets: ["127.0.0.1:${served}"] }]
`,
    );
    const args = [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${rig.path("tsdb")}`],
      `--web.listen-address=127.0.0.1:${own}`,
    ];
    const stop = await startServer(rig, "prometheus", args, /ready to receive web requests/i);
    try {
      const query = async (expression: string) => {
        const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
        const { body } = await send({ host: "127.0.0.1", port: own }, { method: "GET", path });
        const { status, data, error } = JSON.parse(body);
        assert.equal(status, "success", `${expression}: ${error}`);
        return data.result as readonly { readonly value: readonly [number, string] }[];
      };
      const used = new Set(
        ["tsv.rules.yml", "tsv-dashboard.json"].flatMap(
          (name) =>
            readFileSync(join(MONITORING, name), "utf8").match(
              /\b(?:tsv_|node_supervisord_|process_)[a-z_]+/g,
            ) ?? [],
        ),
      );
      for (const name of used) {
        await until(async () => (await query(name)).length > 0, { what: `${name} in Prometheus` });
      }
      assert.equal((await query('up{job="tsv"}'))[0]?.value[1], "1");
      const dashboard = readFileSync(join(MONITORING, "tsv-dashboard.json"), "utf8");
      for (const [, text] of dashboard.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)) {
        const expression = JSON.parse(text ?? "")
          .replaceAll("$__rate_interval", "1m")
          .replaceAll(/\$(?:instance|group|program)/g, ".*");
        await query(expression);
      }
    } finally {
      await stop();
    }
  },
);
