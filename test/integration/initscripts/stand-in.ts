// A stand-in for the daemon in a separate directory, with the description of its service.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { ServiceDescription } from "../../../src/install/services/init-system.ts";
import { waitForChange } from "../../e2e/rig/watch.ts";
import { until } from "../../rig/wait.ts";
import { sampleService } from "../../unit/install/services/samples.ts";

/** What it does: see stand-in.sh. */
export type Mode = "run" | "slow" | "deaf" | "refuse" | "unseen" | "fail";

export class StandIn {
  readonly directory = mkdtempSync("/tmp/tsv-init-");
  /** Its own: what a service ends as its leftovers must not be another test's, or this host's. */
  readonly name = `tsv-${randomBytes(4).toString("hex")}`;
  readonly run = join(this.directory, "run with space/tsv");
  readonly log = join(this.directory, "log/tsv");
  readonly config = join(this.directory, "it's.conf");
  readonly executable = join(this.directory, "tsv");

  constructor(t: TestContext, end: () => Promise<void>) {
    copyFileSync("test/integration/initscripts/stand-in.sh", this.executable);
    chmodSync(this.executable, 0o755);
    this.does("run");
    this.write("it's.conf", "[supervisord]\n");
    this.write("settings", "GREETING='good day'\n");
    t.after(async () => {
      this.does("run");
      try {
        await end();
      } finally {
        rmSync(this.directory, { recursive: true, force: true });
      }
    });
  }

  service(stopTimeoutSeconds = 20): ServiceDescription {
    return sampleService({
      name: this.name,
      executable: this.executable,
      config: this.config,
      group: "root",
      stopTimeoutSeconds,
      layout: {
        runDirectory: this.run,
        logDirectory: this.log,
        environmentFile: join(this.directory, "settings"),
      },
      facts: { scanDirectories: [join(this.directory, "scan")] },
    });
  }

  /** A file that root writes: beside the run directory. */
  beside(kind: string): string {
    return join(dirname(this.run), `${this.name}.${kind}`);
  }

  /** What it does from its next start on. */
  does(mode: Mode): void {
    this.write("mode", `${mode}\n`);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  read(name: string): string {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Pids of all that were started and did not refuse, so far. */
  get pids(): readonly number[] {
    return this.read("pids").split("\n").filter(Boolean).map(Number);
  }

  /** Pids of the programs that they have started, one each. */
  get programs(): readonly number[] {
    return this.read("programs").split("\n").filter(Boolean).map(Number);
  }

  /** Waits until so many have been started in all. @returns the pid of the last */
  started(count: number): Promise<number> {
    const look = () => (this.pids.length >= count ? this.pids.at(-1) : undefined);
    return waitForChange(this.directory, look, `${count} starts`);
  }

  /** Waits until it was called so many times in all. */
  called(count: number): Promise<true> {
    const look = () => (this.read("calls").split("\n").length > count ? true : undefined);
    return waitForChange(this.directory, look, `${count} calls`);
  }
}

/** Waits until a signal is pending for a stopped process. The kernel does not report this, so the test polls. */
export async function hasPending(pid: number, signal: NodeJS.Signals): Promise<void> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  const isPending = (): boolean => {
    const mask = /^ShdPnd:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return (BigInt(`0x${mask}`) & bit) !== 0n;
  };
  await until(isPending, { what: `a pending ${signal} of ${pid}` });
}

/** Waits until a process is idle. The kernel does not report this either. */
export async function waits(pid: number): Promise<void> {
  const wait = `/proc/${pid}/wchan`;
  await until(() => readFileSync(wait, "utf8").includes("poll"), { what: `poll in ${wait}` });
}
