// One boot of a host: systemd-nspawn in the host's cgroup, its console, and its end.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { script } from "./places.ts";

/** What every base writes on its console when it has booted (finish-root.sh). */
const UP_MARK = "%%tsv-host-is-up%%";

/** nspawn's own way to say that the host asked to be rebooted. */
const REBOOT_STATUS = 133;

/** What to boot. */
export interface MachineOptions {
  readonly name: string;
  readonly root: string;
  readonly cgroups: readonly string[];
  /** Gathers the console of all boots. */
  readonly consoleFile: string;
  /** PID 1 when it is not the host's own init. */
  readonly command: readonly string[] | null;
}

/** How a boot ended. */
export type End = "reboot" | "off";

/** A booting, booted or ended machine. */
export class Machine {
  /** Settles when nspawn has ended. */
  readonly ended: Promise<End>;
  /** Settles when the mark is on the console; rejects when the machine ends before. */
  readonly marked: Promise<void>;
  readonly #child: ChildProcess;
  readonly #options: MachineOptions;
  #console = "";

  constructor(options: MachineOptions) {
    this.#options = options;
    const { root, name, cgroups, command } = options;
    const args = [
      "--quiet",
      `--directory=${root}`,
      `--machine=${name}`,
      "--hostname=testhost",
      // There may be no systemd on this machine to register with, and its host is none of the tests' business.
      "--register=no",
      "--keep-unit",
      "--settings=no",
      "--console=read-only",
      "--link-journal=no",
      "--resolv-conf=off",
      "--timezone=off",
      "--private-network",
      ...(command === null ? ["--boot"] : ["--", ...command]),
    ];
    const env = {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C.UTF-8",
      SYSTEMD_NSPAWN_LOCK: "0",
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
    };
    const child = spawn("sh", [script("boot.sh"), cgroups.join(" "), ...args], {
      env,
      cwd: "/",
      detached: true, // Ctrl-C is for the test, which then ends the host in order.
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const said = this.#listen(child);
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      // "close" and not "exit": until then more may come from the console.
      child.once("close", (status) => resolve(status === REBOOT_STATUS ? "reboot" : "off"));
    });
    this.marked = Promise.race([
      said,
      this.ended.then(() => {
        throw new Error(`the host ended while it booted:\n${this.tail()}`);
      }),
    ]);
    // Whoever waits for it hears of the failure; a host that is only shut down waits for nothing.
    this.marked.catch(() => {});
  }

  #listen(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const hear = (chunk: Buffer): void => {
        appendFileSync(this.#options.consoleFile, chunk);
        this.#console += chunk.toString("latin1");
        if (this.#console.includes(UP_MARK)) resolve();
      };
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
    });
  }

  /** PID 1 of the host as this machine numbers it, or null. Proven by its parents and its namespaces. */
  leader(): number | null {
    const unshare = this.#child.pid;
    if (unshare === undefined || this.#hasEnded()) return null;
    return childrenOf(unshare).flatMap(childrenOf).find(isFirstOfInnermost) ?? null;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends it with all its processes, and hears no more of it: its files are about to go. */
  end(): void {
    this.#child.kill("SIGKILL");
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** The last lines of the console. */
  tail(lines = 25): string {
    return this.#console.split("\n").slice(-lines).join("\n");
  }
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** Whether it is number 1 in a namespace inside that of nspawn, which itself is inside this process's. */
function isFirstOfInnermost(pid: number): boolean {
  const line = /^NSpid:\s+(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? "";
  const numbers = line.split(/\s+/);
  return numbers.length > 2 && numbers.at(-1) === "1";
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
