// A host on which tsv is installed as a package would have it: one file, called through links, replaced under the daemon.

import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { daemonProcess } from "../../rig/daemon-process.ts";
import type { Outcome } from "../rig/command.ts";
import type { Daemon } from "../rig/daemon.ts";
import type { Implementation } from "../rig/implementation.ts";
import { TSV } from "../rig/places.ts";
import type { Rig, StartOptions } from "../rig/rig.ts";
import { waitForChange, waitForText } from "../rig/watch.ts";
import type { Value } from "../rig/xmlrpc.ts";
import { next, putInPlace } from "./versions.ts";

/** A flood takes its time on a busy machine. */
export const LOG_MS = 150_000;
/** Longer than a number. */
const END_BYTES = 100;

/**
 * Counts until there is a file `stop`, but at least that far, and says in the file `counted` how far it came. It rests now and
 * then, so that it leaves a slow machine to what it is there to disturb.
 */
export function counter(atLeast: number): string {
  return `i=0; while [ $i -lt ${atLeast} ] || [ ! -e stop ]; do i=$((i+1)); echo $i; case $i in *500) sleep 0.1;; esac; done; echo $i done >counted; exec sleep 1000`;
}

/** Ends the counter of a test, and waits until all that it wrote is in its log. @returns how far it came */
export async function stopCounter(rig: Rig): Promise<number> {
  rig.write("stop", "");
  const [, last = ""] = await waitForText(rig.path("counted"), /(\d+) done/, { timeoutMs: LOG_MS });
  await untilLastLine(rig, "counter.log", last);
  return Number(last);
}

type Struct = Readonly<Record<string, Value>>;

export class UpgradeHost {
  readonly rig: Rig;
  readonly implementation: Implementation;
  #switches = 0;

  constructor(rig: Rig) {
    this.rig = rig;
    copyFileSync(TSV, rig.path("tsv"));
    for (const name of ["supervisord", "supervisorctl"]) {
      symlinkSync("tsv", rig.path(name));
    }
    this.implementation = { name: "tsv", path: (name) => rig.path(name), absent: () => false };
  }

  async start(sections: string, options: StartOptions = {}): Promise<Daemon> {
    return await this.rig.startWith(sections, { implementation: this.implementation, ...options });
  }

  /** Installs another executable over the one that runs. */
  install(bytes: Buffer | string = next()): void {
    putInPlace(this.rig.path("tsv"), bytes);
  }

  /** Makes the next version and the one under test take turns without copying them again. */
  takeTurns(): void {
    const { rig } = this;
    putInPlace(rig.path("tsv-next"), next());
    copyFileSync(TSV, rig.path("tsv-first"));
    this.turn();
  }

  turn(): void {
    const { rig } = this;
    this.#switches += 1;
    symlinkSync(this.#switches % 2 === 1 ? "tsv-next" : "tsv-first", rig.path("tsv.link"));
    renameSync(rig.path("tsv.link"), rig.path("tsv"));
  }

  upgrade(...args: readonly string[]): Promise<Outcome> {
    const { rig } = this;
    return rig.command([TSV, "upgrade", "-c", rig.path("d.conf"), ...args]);
  }

  /** Replaces the daemon, which must work. */
  async replaced(...args: readonly string[]): Promise<void> {
    const outcome = await this.upgrade(...args);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.match(outcome.stdout, /^Upgraded tsv /);
  }
}

/** Process ids by name, of all processes that have one. */
export async function pidsOf(daemon: Daemon): Promise<Readonly<Record<string, number>>> {
  const all = (await daemon.ask("getAllProcessInfo")) as readonly Struct[];
  const running = all.filter(({ pid }) => Number(pid) > 0);
  return Object.fromEntries(running.map(({ name, pid }) => [String(name), Number(pid)]));
}

/** What a process has open, some of it by chance: connections that end, logs that are rotated. */
export function openCount(pid: number): number {
  return readdirSync(`/proc/${daemonProcess(pid)}/fd`).length;
}

/** So many descriptors may come and go by chance. */
export const OPEN_BY_CHANCE = 4;

/**
 * What a process has open and does not open and close all the time, as sockets, logs, their directories, /proc and the
 * record of programs are.
 */
export function heldOpen(pid: number): readonly string[] {
  const directory = `/proc/${daemonProcess(pid)}/fd`;
  const links = readdirSync(directory).flatMap((fd) => {
    try {
      if (statSync(`${directory}/${fd}`).isDirectory()) return [];
      // Without numbers: a process that was executed again has pipes of its own, as many as before.
      const link = readlinkSync(`${directory}/${fd}`).replace(/:\[\d+\]$/, ":");
      return [link.replace(/tsv \(deleted\)$/, "tsv")];
    } catch {
      return []; // closed since the directory was read
    }
  });
  return links
    .filter(
      (link) => !/^socket:|^\/proc\/|\.programs\.new$|\.log(?:\.\d+)?(?: \(deleted\))?$/.test(link),
    )
    .sort();
}

/** Memory of its own: pages of the executable come and go with the page cache. */
export function ownMemoryKb(pid: number): number {
  return Number(
    /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${daemonProcess(pid)}/status`, "utf8"))?.[1],
  );
}

export function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "latin1");
}

/** The text of a log and its backups, oldest first. */
export function wholeLog(rig: Rig, name: string): string {
  const age = (file: string): number => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
  return readdirSync(rig.directory)
    .filter((file) => file === name || file.startsWith(`${name}.`))
    .sort((left, right) => age(right) - age(left))
    .map((file) => readFileSync(rig.path(file), "latin1"))
    .join("");
}

/** The last bytes of a file, empty while there is none: it is looked at after each change of a file that may be long. */
function endOf(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return "";
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(size, END_BYTES));
    return bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(fd);
  }
}

/** Waits until the last line of a log that is rotated is this one: it may have begun a new file right after it. */
export async function untilLastLine(rig: Rig, name: string, line: string): Promise<void> {
  const look = (): true | undefined => {
    const last = endOf(rig.path(name)) || endOf(rig.path(`${name}.1`));
    return last.endsWith(`\n${line}\n`) || undefined;
  };
  await waitForChange(rig.directory, look, `the line ${line} in ${name}`, LOG_MS);
}

/** Lines that count from 1 on, without a gap or a repetition. @returns how many */
export function assertCounts(text: string, what: string): number {
  const lines = text.split("\n");
  const rest = lines.pop();
  assert.equal(rest, "", `${what} ends with a whole line`);
  for (const [index, line] of lines.entries()) {
    if (line !== String(index + 1)) {
      const around = lines.slice(Math.max(0, index - 2), index + 3);
      assert.fail(`${what}: line ${index + 1} is among ${JSON.stringify(around)}`);
    }
  }
  return lines.length;
}
