// Prometheus node_exporter's supervisord collector, by TCP and by socket, from both daemons.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { plainEnvironment } from "../e2e/rig/command.ts";
import { send } from "../e2e/rig/http.ts";
import { withoutSupervisor, withoutTsv } from "../e2e/rig/places.ts";
import { BASE, Rig } from "../e2e/rig/rig.ts";
import { compareSides, type Side, type Sides, startSides } from "./run-client.ts";

const EXPORTER = "/usr/bin/prometheus-node-exporter";

const CONFIG = `${BASE}
[inet_http_server]
port=127.0.0.1:@PORT@

[program:up]
command=sleep 1000
startsecs=0

[program:idle]
command=sleep 1000
autostart=false

[program:exited]
command=sh -c "exit 3"
startsecs=0
autorestart=false

[program:broken]
command=/nonexistent
startretries=0
`;

function absence(): string | false {
  return existsSync(EXPORTER) ? false : `${EXPORTER} is not installed; run make test-host`;
}

/** Starts the exporter for one daemon. @returns its metrics of supervisord */
async function scrape(side: Side, url: string): Promise<readonly string[]> {
  const own = new Rig();
  const port = await own.findPort();
  own.dispose();
  const exporter = spawn(
    EXPORTER,
    [
      "--collector.disable-defaults",
      "--collector.supervisord",
      `--collector.supervisord.url=${url}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { env: plainEnvironment(side.rig.mark), stdio: ["ignore", "ignore", "pipe"] },
  );
  await listening(exporter);
  const reply = await send({ host: "127.0.0.1", port }, { method: "GET", path: "/metrics" });
  const gone = once(exporter, "exit");
  exporter.kill();
  await gone;
  return reply.body
    .split("\n")
    .filter((line) => /^node_s(?:upervisord|crape_\w+_success)/.test(line));
}

function listening(exporter: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    exporter.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (/Listening on|TLS is disabled/i.test(text)) resolve();
    });
    exporter.once("error", reject);
    exporter.once("exit", () => reject(new Error(`the exporter ended: ${text}`)));
  });
}

interface Info {
  readonly group: string;
  readonly name: string;
  readonly state: number;
  readonly statename: string;
  readonly exitstatus: number;
  readonly start: number;
}

describe("node_exporter", { skip: withoutTsv() || withoutSupervisor() || absence() }, () => {
  let sides: Sides;
  before(async () => {
    sides = await startSides(CONFIG);
    for (const { daemon } of [sides.supervisor, sides.tsv]) {
      await daemon.logged(/success: up /);
      await daemon.logged(/exited: exited/);
      await daemon.logged(/gave up: broken entered FATAL state/);
    }
  });
  after(() => {
    sides.supervisor.dispose();
    sides.tsv.dispose();
  });

  for (const kind of ["http", "unix"]) {
    it(`sees the same programs by ${kind}, as getAllProcessInfo tells them`, async (t) => {
      const ask = async (side: Side) => {
        const { rig } = side;
        const url =
          kind === "http" ? `http://127.0.0.1:${rig.port}/RPC2` : `unix://${rig.path("d.sock")}`;
        const lines = await scrape(side, url);
        const rows = new Map<string, string>();
        for (const line of lines) {
          const space = line.lastIndexOf(" ");
          const metric = line.slice(0, space);
          const time = /start_time|uptime/.test(metric);
          rows.set(metric, time ? "<time>" : line.slice(space + 1));
        }
        return rows;
      };
      const rows = await compareSides(t, `node_exporter by ${kind}`, sides, ask);
      assert.equal(rows.get('node_scrape_collector_success{collector="supervisord"}'), "1");
      const infos = (await sides.tsv.daemon.ask("getAllProcessInfo")) as unknown as readonly Info[];
      assert.equal(infos.length, 4);
      for (const { group, name, state, exitstatus } of infos) {
        const labels = `{group="${group}",name="${name}"}`;
        assert.equal(rows.get(`node_supervisord_state${labels}`), String(state));
        assert.equal(rows.get(`node_supervisord_exit_status${labels}`), String(exitstatus));
        assert.equal(rows.get(`node_supervisord_up${labels}`), state === 20 ? "1" : "0");
      }
    });
  }
});
