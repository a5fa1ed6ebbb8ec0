// Memory, threads and descriptors of the idle daemon. Only one daemon is up at a time: two of a kind would share pages,
// and shared pages are not counted as private. Each starts from a cold page cache, as after a boot: a file that was just
// written lies there in pieces of up to two megabytes, and one instruction then counts as all of its piece.

import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { compiled } from "../rig/compiled.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, KINDS, type Kind, startDaemon } from "./harness/daemon.ts";
import { type Memory, readMemory } from "./harness/proc.ts";
import { compare, type Report, type Row, type Sides } from "./harness/report.ts";

const IDLE_MS = 10_000;

async function idleMemory(bench: Bench, count: number): Promise<Sides<Memory>> {
  const read: Partial<Record<"supervisor" | "tsv", Memory>> = {};
  const evict = compiled("test/bench/native/evict.c");
  for (const kind of KINDS) {
    execFileSync(evict, [programFile(bench, kind)], { stdio: "inherit" });
    const daemon = await startDaemon(bench, kind, sleepers(count));
    try {
      await delay(IDLE_MS);
      read[kind] = readMemory(daemon.pid);
    } finally {
      await daemon.stop();
    }
    bench.progress(`${kind} with ${count} programs is done`);
  }
  const { supervisor, tsv } = read;
  if (supervisor === undefined || tsv === undefined) throw new Error("a side was not measured");
  return { supervisor, tsv };
}

/** The file whose code the daemon runs: of a script its interpreter. */
function programFile(bench: Bench, kind: Kind): string {
  const file = realpathSync(bench.executables[kind].supervisord);
  const head = Buffer.alloc(200);
  const fd = openSync(file, "r");
  readSync(fd, head);
  closeSync(fd);
  const [, interpreter] = /^#!\s*(\S+)/.exec(head.toString("latin1")) ?? [];
  return interpreter === undefined ? file : realpathSync(interpreter);
}

function rows(count: number, memory: Sides<Memory>): Row[] {
  const row = (what: string, key: keyof Memory, unit: "MiB" | "", atMost?: number): Row =>
    compare({
      what: `idle daemon, ${count} programs: ${what}`,
      values: { supervisor: memory.supervisor[key], tsv: memory.tsv[key] },
      unit,
      ...(atMost === undefined ? {} : { atMost }),
    });
  return [
    // Private pages hold clean ones of the executable, and those only if no other process maps them: the figure of
    // either side falls by several MiB when anything else runs Python or tsv. Anonymous memory does not.
    row("private memory", "privateMiB", "MiB", 0.7),
    row("RSS", "rssMiB", "MiB", 1),
    row("anonymous memory (RssAnon)", "anonymousMiB", "MiB", 0.7),
    row("threads", "threads", ""),
    row("descriptors", "descriptors", ""),
  ];
}

export async function measureMemory(bench: Bench): Promise<Report> {
  return {
    rows: [
      ...rows(10, await idleMemory(bench, 10)),
      ...rows(bench.programs, await idleMemory(bench, bench.programs)),
    ],
    notes: [],
  };
}
