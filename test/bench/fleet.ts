// What a device of a fleet costs at rest: memory, wake-ups and processor time of its daemon with and without an agent, and of the agent,
// and what goes over the line, as the kernel counts it for the connection. In no minute anything happens, but for pings.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { devicePermissions } from "../../src/core/fleet/subjects.ts";
import { connect } from "../../src/fleet/nats/connection.ts";
import { makeStreams, startNats, withoutNats } from "../rig/nats-server.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, startDaemon } from "./harness/daemon.ts";
import { readChildren, readCpuSeconds, readMemory, readWakeUps } from "./harness/proc.ts";
import type { Report, Row } from "./harness/report.ts";

const PROGRAMS = 10;
const SETTLE_MS = 30_000;
/** Several pings. */
const WATCH_MS = 600_000;
const HOUR_MS = 3_600_000;
const DEVICE = "pi";
/** Of a segment: headers of IPv4 and of TCP with time stamps. */
const HEADER_BYTES = 52;

interface Traffic {
  readonly sent: number;
  readonly received: number;
  readonly segments: number;
}

/** Of the one connection to a port. */
function trafficTo(port: number): Traffic {
  const text = execFileSync("ss", ["-tinH", "dst", `127.0.0.1:${port}`], { encoding: "utf8" });
  const figure = (name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(text)?.[1]);
  const traffic = {
    sent: figure("bytes_sent"),
    received: figure("bytes_received"),
    segments: figure("segs_out") + figure("segs_in"),
  };
  if (Number.isNaN(traffic.sent + traffic.received + traffic.segments)) {
    throw new Error(`ss shows no connection to port ${port}: ${text}`);
  }
  return traffic;
}

function agentOf(daemon: Daemon): number {
  const found = readChildren(daemon.pid).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("\0agent\0"),
  );
  if (found === undefined) throw new Error("the daemon runs no agent");
  return found;
}

interface Reading {
  readonly wakes: number;
  readonly cpu: number;
}

const read = (pid: number): Reading => ({ wakes: readWakeUps(pid), cpu: readCpuSeconds(pid) });

function row(what: string, pid: number, before: Reading): Row {
  const after = read(pid);
  const { rssMiB, pssMiB, anonymousMiB } = readMemory(pid);
  const hours = WATCH_MS / HOUR_MS;
  const figures = [
    `RSS ${rssMiB.toFixed(1)} MiB`,
    `PSS ${pssMiB.toFixed(1)} MiB`,
    `anonymous ${anonymousMiB.toFixed(1)} MiB`,
    `${((after.wakes - before.wakes) / hours).toFixed(0)} wake-ups/h`,
    `${((after.cpu - before.cpu) / hours).toFixed(1)} s CPU/h`,
  ];
  return {
    what,
    ...{ supervisor: "", tsv: figures.join(", "), ratio: "", target: "", reached: null },
  };
}

export async function measureFleet(bench: Bench): Promise<Report> {
  const missing = withoutNats();
  if (missing !== false || bench.tsv === null) {
    return { rows: [], notes: [`fleet: ${missing || "it needs the executable"}`] };
  }
  const directory = mkdtempSync(join(bench.directory, "hub-"));
  const hub = await startNats(directory);
  const daemons: Daemon[] = [];
  try {
    const admin = await connect(await hub.admitHub("root"));
    if (!admin.ok) throw new Error(admin.error.text);
    await makeStreams(admin.value);
    await admin.value.close();
    const { url, key, ca } = await hub.admit(DEVICE, devicePermissions(DEVICE));
    const sections = `[fleet]\nurl=${url}\nname=${DEVICE}\nkey=${key}\nca=${ca ?? ""}\n`;
    const agent = { name: "tsv-fleet", command: `${bench.tsv} fleet agent -c %(here)s/conf` };
    const alone = await startDaemon(bench, "tsv", sleepers(PROGRAMS));
    daemons.push(alone);
    const programs = [...sleepers(PROGRAMS), agent];
    const device = await startDaemon({ ...bench, sections }, "tsv", programs);
    daemons.push(device);
    await delay(SETTLE_MS);
    const pids = [
      ["daemon without a fleet", alone.pid],
      ["daemon of a device", device.pid],
      ["agent of that device", agentOf(device)],
    ] as const;
    const before = pids.map(([, pid]) => read(pid));
    const traffic = trafficTo(hub.port);
    bench.progress(`watching a device at rest for ${WATCH_MS / 60_000} minutes`);
    await delay(WATCH_MS);
    const after = trafficTo(hub.port);
    const each = (name: keyof Traffic): number =>
      Math.round(((after[name] - traffic[name]) * HOUR_MS) / WATCH_MS);
    const bytes = `${each("sent")} B/h out, ${each("received")} B/h in, ${each("segments")} segments/h: with headers ${each("sent") + each("received") + HEADER_BYTES * each("segments")} B/h`;
    const nothing = { supervisor: "", ratio: "", target: "", reached: null };
    return {
      rows: [
        ...pids.map(([what, pid], at) =>
          row(`${what}, ${PROGRAMS} programs at rest`, pid, before[at] ?? read(pid)),
        ),
        { what: "connection to the hub at rest, TLS", tsv: bytes, ...nothing },
      ],
      notes: [`fleet: watched for ${WATCH_MS / 60_000} minutes, scaled to an hour`],
    };
  } finally {
    for (const daemon of daemons) await daemon.stop();
    await hub.kill();
  }
}
