// The executable that rests on the host's own Node, on this machine: what the kernel and a user see of it is what they see of
// the executable that carries its runtime.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { ROOT } from "../e2e/rig/places.ts";
import { version } from "./places.ts";

const NODES = ["/usr/bin/node", "/usr/bin/nodejs", "/usr/local/bin/node"];

const CONFIG = `[supervisord]
nodaemon=true
logfile=%(here)s/log
pidfile=%(here)s/pid
childlogdir=%(here)s
[program:one]
command=/bin/sh -c "env; echo that is all; exec sleep 1000"
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
startsecs=0
`;

function withoutNode(): string | false {
  if (process.platform !== "linux")
    return "only Linux has hosts without a Node that can be carried";
  if (!existsSync(join(ROOT, "build/posix.node")))
    return "build/posix.node is not built; run make build";
  return NODES.some((path) => existsSync(path)) ? false : `no Node in ${NODES.join(", ")}`;
}

const skip = withoutNode();
let place = "";
let tsv = "";

before(() => {
  if (skip !== false) return;
  place = mkdtempSync(join(tmpdir(), "tsv-hosted-"));
  tsv = join(place, "tsv");
  const words = ["packaging/standalone/build.mjs", "--hosted", "--out", tsv];
  const built = spawnSync(process.execPath, words, { cwd: ROOT, encoding: "utf8" });
  assert.equal(built.status, 0, built.stdout + built.stderr);
});

after(() => {
  if (place !== "") rmSync(place, { recursive: true });
});

/** A daemon that runs until it has printed the whole environment of its program. */
async function runDaemon(env: NodeJS.ProcessEnv, look: (pid: number) => void): Promise<string[]> {
  writeFileSync(join(place, "tsv.conf"), CONFIG);
  const daemon = spawn(tsv, ["daemon", "-n", "-c", join(place, "tsv.conf")], {
    env: { PATH: "/usr/bin:/bin", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface(daemon.stdout)) {
      lines.push(line);
      // The activity log is on the same stream.
      if (lines.includes("that is all") && lines.some((each) => each.includes("RUNNING state")))
        break;
    }
    look(daemon.pid ?? 0);
  } finally {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await once(daemon, "exit");
  }
  assert.equal(daemon.exitCode, 0);
  return lines;
}

void test("lists of processes show tsv, its words and nothing of Node", { skip }, async () => {
  await runDaemon({}, (pid) => {
    assert.equal(readFileSync(`/proc/${pid}/comm`, "utf8"), "tsv\n");
    const shown = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "");
    assert.deepEqual(shown.split("\0"), [tsv, "daemon", "-n", "-c", join(place, "tsv.conf")]);
  });
});

void test("what the caller tells Node reaches programs and not the daemon", { skip }, async () => {
  const told = { NODE_OPTIONS: "--no-such-option", NODE_EXTRA_CA_CERTS: "/nowhere" };
  const lines = await runDaemon(told, () => {});
  for (const [name, value] of Object.entries(told)) {
    assert.ok(lines.includes(`${name}=${value}`), `${name} is missing in ${lines.join("\n")}`);
  }
  assert.deepEqual(
    lines.filter((line) => line.startsWith("TSV_")),
    [],
  );
});

void test("a caller cannot slip in what the launcher would put back", { skip }, async () => {
  const lines = await runDaemon({ TSV_KEPT_NODE_OPTIONS: "--inspect" }, () => {});
  assert.deepEqual(
    lines.filter((line) => /NODE_OPTIONS/.test(line)),
    [],
  );
});

void test("is what a link to it is called, and passes every word on", { skip }, () => {
  const link = join(place, "supervisord");
  symlinkSync(tsv, link);
  const run = (command: string, ...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(command, words, { encoding: "utf8" });
    return { status, said: stdout + stderr };
  };
  assert.deepEqual(run(tsv, "version"), { status: 0, said: `${version()}\n` });
  assert.deepEqual(run(link, "-v"), { status: 0, said: "4.2.5\n" });
  const { status, said } = run(link, "-c", "", "--nodaemon", "-e", "a b");
  assert.equal(status, 2);
  assert.match(said, /a b/);
});

void test("works with its standard streams closed", { skip }, () => {
  const line = `"$0" version <&- >&- 2>&-`;
  assert.notEqual(spawnSync("sh", ["-c", line, tsv]).status, null);
  const outOnly = spawnSync("sh", ["-c", `"$0" version <&- 2>&-`, tsv], { encoding: "utf8" });
  assert.equal(outOnly.stdout, `${version()}\n`);
});
