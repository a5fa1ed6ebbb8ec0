// What ssl_cert costs: the start and the memory of the daemon, and requests per second of one client that keeps its connection.

import * as http from "node:http";
import * as https from "node:https";
import { selfSigned, withoutOpenssl } from "../rig/certificates.ts";
import { freePort } from "../rig/free-port.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, startDaemon } from "./harness/daemon.ts";
import { readMemory } from "./harness/proc.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { median } from "./harness/statistics.ts";

const PROGRAMS = 10;
const REQUESTS = 3000;
const PATH = "/api/v1/supervisor.getState";

interface Figures {
  readonly startMs: number;
  readonly rssMiB: number;
  /** After the requests. */
  readonly busyRssMiB: number;
  readonly perSecond: number;
}

/** One request after the other on one connection. */
async function requestsPerSecond(port: number, isTls: boolean): Promise<number> {
  const { Agent, request } = isTls ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const options = { host: "127.0.0.1", port, path: PATH, agent, rejectUnauthorized: false };
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const call = request(options, (answer) => {
        answer.resume();
        if (answer.statusCode === 200) answer.once("end", resolve);
        else reject(new Error(`${PATH}: ${answer.statusCode}`));
      });
      call.once("error", reject);
      call.end();
    });
  await once();
  const begin = performance.now();
  for (let count = 0; count < REQUESTS; count += 1) await once();
  const took = performance.now() - begin;
  agent.destroy();
  return (REQUESTS / took) * 1000;
}

async function measured(bench: Bench, isTls: boolean): Promise<Figures> {
  const port = await freePort();
  const pair = isTls ? selfSigned(bench.directory, "bench") : null;
  const tls = pair === null ? "" : `ssl_cert=${pair.cert}\nssl_key=${pair.key}\n`;
  const sections = `[inet_http_server]\nport=127.0.0.1:${port}\n${tls}`;
  const begin = performance.now();
  const daemon = await startDaemon({ ...bench, sections }, "tsv", sleepers(PROGRAMS));
  try {
    const startMs = performance.now() - begin;
    const { rssMiB } = readMemory(daemon.pid);
    const perSecond = await requestsPerSecond(port, isTls);
    return { startMs, rssMiB, perSecond, busyRssMiB: readMemory(daemon.pid).rssMiB };
  } finally {
    await daemon.stop();
  }
}

/** Measures it, in turn; the second column is without ssl_cert. */
export async function measureTls(bench: Bench): Promise<Report> {
  const absent = withoutOpenssl();
  if (absent !== false) return { rows: [], notes: [absent] };
  const [plain, tls]: [Figures[], Figures[]] = [[], []];
  for (let round = 0; round < bench.rounds; round += 1) {
    plain.push(await measured(bench, false));
    tls.push(await measured(bench, true));
  }
  const row = (what: string, key: keyof Figures, unit: "ms" | "MiB" | "/s"): Row => {
    const [before, after] = [plain, tls].map((all) => median(all.map((each) => each[key])));
    return {
      what: `ssl_cert: ${what}`,
      supervisor: show(before ?? 0, unit),
      tsv: show(after ?? 0, unit),
      ratio: showRatio((after ?? 0) / (before ?? 0)),
      ...{ target: "", reached: null },
    };
  };
  return {
    rows: [
      row("start, 10 programs", "startMs", "ms"),
      row("RSS after the start", "rssMiB", "MiB"),
      row("RSS after requests", "busyRssMiB", "MiB"),
      row("requests on one connection", "perSecond", "/s"),
    ],
    notes: [`${REQUESTS} requests of ${PATH}, one after the other; medians of ${bench.rounds}`],
  };
}
