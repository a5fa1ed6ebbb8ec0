// An LSB script of ours, run by a shell of the test's choice, with a stand-in for the daemon.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { scriptText } from "../../../src/install/services/service-text.ts";
import { templates } from "../../unit/install/services/samples.ts";
import { StandIn } from "./stand-in.ts";

/** Every shell that may be /bin/sh. */
export const SHELLS = ["/bin/dash", "/bin/bash", "/usr/bin/busybox"];

/** Declares tests of the script in a shell. */
export function testsOf(shell: string) {
  return (name: string, body: (t: TestContext) => Promise<void>): void => {
    void test(`${shell}: ${name}`, { skip: absent(shell), timeout: 120_000 }, body);
  };
}

function absent(shell: string): string | false {
  if (process.getuid?.() !== 0) return "needs root, as the script does";
  return existsSync(shell) ? false : `${shell} is not installed`;
}

/** What an action of the script left. */
export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const TIMEOUT_MS = 40_000;

export class Script {
  readonly daemon: StandIn;
  readonly path: string;

  constructor(t: TestContext, shell: string, stopTimeoutSeconds = 20) {
    const daemon = new StandIn(t, async () => {
      await this.do("stop");
    });
    const { directory } = daemon;
    this.daemon = daemon;
    this.path = join(directory, "init.d", daemon.name);
    mkdirSync(join(directory, "init.d"));
    symlinkSync(shell, join(directory, "sh"));
    const service = daemon.service(stopTimeoutSeconds);
    const text = scriptText(service, templates, "sysv.mustache", { path: this.path });
    writeFileSync(this.path, text.replaceAll("/bin/sh", join(directory, "sh")), { mode: 0o755 });
  }

  get keeper(): number {
    return Number(readFileSync(this.daemon.beside("keeper"), "utf8"));
  }

  /** Runs an action as init does: by path, with a poor environment. Its output must end, because the caller reads to the end. */
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
}
