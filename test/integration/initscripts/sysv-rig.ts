// An LSB script of ours in a directory of its own, run by a shell of the test's choice, with a stand-in for the daemon.

import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scriptText } from "../../../src/core/install/services/words.ts";
import { sampleService, templates } from "../../unit/core/install/services/samples.ts";

/** What an action of the script left. */
export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const TIMEOUT_MS = 40_000;

export class Script {
  readonly directory: string;
  readonly path: string;
  readonly run: string;
  readonly log: string;
  readonly config: string;
  readonly executable: string;

  constructor(t: TestContext, shell: string, stopTimeoutSeconds = 20) {
    this.directory = mkdtempSync("/tmp/tsv-init-");
    this.path = join(this.directory, "init.d/tsv");
    this.run = join(this.directory, "run with space/tsv");
    this.log = join(this.directory, "log/tsv");
    this.config = join(this.directory, "it's.conf");
    this.executable = join(this.directory, "tsv");
    mkdirSync(join(this.directory, "init.d"));
    symlinkSync(shell, join(this.directory, "sh"));
    copyFileSync("test/integration/initscripts/stand-in.sh", this.executable);
    chmodSync(this.executable, 0o755);
    this.write("mode", "run\n");
    this.write("it's.conf", "[supervisord]\n");
    this.write("settings", "GREETING='good day'\n");
    const service = sampleService({
      executable: this.executable,
      config: this.config,
      group: "root",
      stopTimeoutSeconds,
      layout: {
        runDirectory: this.run,
        logDirectory: this.log,
        environmentFile: join(this.directory, "settings"),
      },
    });
    const text = scriptText(service, templates, "sysv.mustache", { path: this.path });
    writeFileSync(this.path, text.replaceAll("/bin/sh", join(this.directory, "sh")), {
      mode: 0o755,
    });
    t.after(async () => {
      this.write("mode", "run\n");
      await this.do("stop");
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  read(name: string): string {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Pids of all stand-ins so far. */
  get pids(): readonly number[] {
    return this.read("pids").split("\n").filter(Boolean).map(Number);
  }

  get keeper(): number {
    return Number(readFileSync(join(this.run, "tsv.keeper"), "utf8"));
  }

  /** Runs an action as init does: by path, with a poor environment. Output must end, or nobody could wait for it. */
  do(...actions: readonly string[]): Promise<Said> {
    return this.command([this.path, ...actions]);
  }

  command([file = "", ...args]: readonly string[]): Promise<Said> {
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, { env: { TERM: "dumb" }, stdio: ["ignore", "pipe", "pipe"] });
      const text = { out: "", err: "" };
      child.stdout.on("data", (chunk) => {
        text.out += chunk;
      });
      child.stderr.on("data", (chunk) => {
        text.err += chunk;
      });
      const deadline = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`${args.join(" ")} does not end: ${JSON.stringify(text)}`));
      }, TIMEOUT_MS);
      child.once("close", (status) => {
        clearTimeout(deadline);
        resolve({ status, ...text });
      });
    });
  }

  /** Waits until so many stand-ins have been started in all. */
  started(count: number): Promise<void> {
    return this.#until(() => this.pids.length >= count, `${count} starts, seen: ${this.pids}`);
  }

  /** Waits until a file of the run directory is gone. */
  gone(name: string): Promise<void> {
    return this.#until(() => !existsSync(join(this.run, name)), `${name} to go`);
  }

  #until(look: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const watchers = [watch(this.directory), watch(this.run)];
      const finish = (settle: () => void): void => {
        clearTimeout(deadline);
        for (const watcher of watchers) watcher.close();
        settle();
      };
      const deadline = setTimeout(() => {
        finish(() => reject(new Error(`waited in vain for ${what}`)));
      }, TIMEOUT_MS);
      const check = (): void => {
        if (look()) finish(resolve);
      };
      for (const watcher of watchers) watcher.on("change", check);
      check();
    });
  }
}

/** Whether a process lives, and is no zombie. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
