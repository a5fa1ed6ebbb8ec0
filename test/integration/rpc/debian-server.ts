// Debian's supervisord with the same programs as the fakes of server-rig.ts: `web`, and `a` and `b` in group `pool`.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "./server-rig.ts";

const SUPERVISORD = "/usr/bin/supervisord";

/** Why the comparison cannot run here, or false when it can. */
export function missingDebian(): string | false {
  if (existsSync(SUPERVISORD)) return false;
  return `${SUPERVISORD} is not installed: nothing to compare with`;
}

export interface DebianServer {
  readonly address: Address;
  stop(): Promise<void>;
}

/** Starts it in the foreground and returns when it listens. */
export async function startDebianServer(): Promise<DebianServer> {
  const directory = mkdtempSync(join(tmpdir(), "tsv-debian-"));
  const path = join(directory, "s");
  const program = (name: string) =>
    `[program:${name}]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=0\nstopwaitsecs=1\nstdout_logfile=NONE\nstderr_logfile=NONE\n`;
  const config = join(directory, "supervisord.conf");
  writeFileSync(
    config,
    `[unix_http_server]\nfile=${path}\n[supervisord]\nnodaemon=true\n` +
      // Without it root is warned, at length.
      (process.getuid?.() === 0 ? "user=root\n" : "") +
      `logfile=${join(directory, "log")}\npidfile=${join(directory, "pid")}\nchildlogdir=${directory}\n` +
      "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n" +
      `${program("web")}${program("a")}${program("b")}[group:pool]\nprograms=a,b\n`,
  );
  const child = spawn(SUPERVISORD, ["-c", config], { stdio: ["ignore", "pipe", "inherit"] });
  await started(child);
  return {
    address: { path },
    stop: async () => {
      const gone = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("supervisord started with pid")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`supervisord ended: ${output}`)));
  });
}
