// The same commands, pid files and signals given to Debian's pidproxy and to ours.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Running, type RunOptions, run } from "../ctl/debian-rig.ts";

const MAIN = fileURLToPath(new URL("../../rig/pidproxy-main.js", import.meta.url));
const DEBIAN = "/usr/bin/pidproxy";
const skip = existsSync(DEBIAN) ? false : "Debian's package supervisor is not installed";

type Start = (
  argv: readonly string[],
  options?: RunOptions & { readonly keepInput?: boolean },
) => Running;

const IMPLEMENTATIONS: readonly (readonly [string, Start])[] = [
  ["Debian", (argv, options) => run(DEBIAN, argv, options)],
  ["tsv", (argv, options) => run(process.execPath, [MAIN, ...argv], options)],
];

/** Asks both at once, because Debian's looks for the end of its command only every five seconds. */
async function both<T>(ask: (start: Start, name: string) => Promise<T>): Promise<readonly [T, T]> {
  const [theirs, ours] = await Promise.all(
    IMPLEMENTATIONS.map(([name, start]) => ask(start, name)),
  );
  assert.ok(theirs !== undefined && ours !== undefined);
  return [theirs, ours];
}

async function assertAlike<T>(ask: (start: Start, name: string) => Promise<T>): Promise<T> {
  const [theirs, ours] = await both(ask);
  assert.deepEqual(ours, theirs);
  return ours;
}

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "tsv-pidproxy-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * A command that says which signals reach it, and ends with its input. It waits until that is read, since a
 * signal that comes just before a read is looked at only after it; `wait` gives more than 128 when a signal came.
 */
const RECORDER = `for s in TERM HUP INT USR1 USR2 QUIT; do trap "echo got $s" $s; done
exec 3<&0; cat <&3 >/dev/null & echo up $$; while wait $!; [ $? -gt 128 ]; do :; done; echo bye`;

/** Starts it, and puts what `content` makes of its pid into the pid file. */
async function startRecorder(
  start: Start,
  pidfile: string,
  content: (pid: number) => string | null,
): Promise<Running> {
  const running = start([pidfile, "/bin/sh", "-c", RECORDER], { keepInput: true });
  let pid = 0;
  running.child.stdout?.on("data", (text: string) => {
    pid = Number(/up (\d+)/.exec(text)?.[1] ?? pid);
  });
  await running.until(/up \d+\n/);
  const text = content(pid);
  if (text !== null) writeFileSync(pidfile, text);
  return running;
}

describe("pidproxy, compared with Debian's", { skip, concurrency: true, timeout: 300_000 }, () => {
  it("refuses the same command lines", async () => {
    for (const argv of [[], ["pidfile"]]) {
      const { status } = await assertAlike(async (start) => {
        const { status, stdout } = await start(argv).ended;
        assert.match(stdout, /Usage: \S*pidproxy <pidfile/);
        return { status };
      });
      assert.equal(status, 1);
    }
  });

  it("gives the command its arguments, name, input and directory", async (t) => {
    const directory = place(t);
    writeFileSync(join(directory, "mine"), '#!/bin/sh\necho "$@"; pwd; read line; echo "$line"\n');
    chmodSync(join(directory, "mine"), 0o755);
    for (const command of ["mine", "./mine", join(directory, "mine")]) {
      const said = await assertAlike(async (start) => {
        const options = { cwd: directory, input: "typed\n" };
        return (await start(["pid", command, "a b", "-x", ""], options).ended).stdout;
      });
      assert.equal(said, `a b -x \n${directory}\ntyped\n`);
    }
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
    it(`passes ${signal} on and exits with 0, while the command continues`, async (t) => {
      const directory = place(t);
      const said = await assertAlike(async (start, name) => {
        const running = await startRecorder(start, join(directory, name), (pid) => `${pid}\n`);
        running.child.kill(signal);
        const status = await new Promise((end) => running.child.once("exit", end));
        await running.until(/got/);
        running.child.stdin?.end("go\n");
        const { stdout } = await running.ended;
        return { status, stdout: stdout.replace(/up \d+/, "up") };
      });
      assert.equal(said.status, 0);
      assert.match(said.stdout, new RegExp(`^got ${signal.slice(3)}$`, "m"));
    });
  }

  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) {
    it(`passes ${signal} on each time and stays`, async (t) => {
      const directory = place(t);
      await assertAlike(async (start, name) => {
        const running = await startRecorder(start, join(directory, name), (pid) => `${pid}\n`);
        for (const count of [1, 2]) {
          running.child.kill(signal);
          await running.until(new RegExp(`(got ${signal.slice(3)}\\n){${count}}`));
        }
        assert.equal(running.child.exitCode, null);
        running.child.stdin?.end("go\n");
        return (await running.ended).stdout.replace(/up \d+/, "up");
      });
    });
  }

  it("takes the same contents of a pid file for a pid, and rereads it each time", async (t) => {
    const directory = place(t);
    const contents: readonly ((pid: number) => string)[] = [
      (pid) => `${pid}`,
      (pid) => ` \t${pid} \n\n`,
      (pid) => `+${pid}`,
      (pid) => `000${pid}`,
      () => "",
      () => "abc\n",
      (pid) => `${pid} x`,
      (pid) => `0x${pid}`,
      (pid) => `${pid}.0`,
      (pid) => `${pid}\n${pid}`,
    ];
    const said = await assertAlike(async (start, name) => {
      const pidfile = join(directory, name);
      let pid = 0;
      const running = await startRecorder(start, pidfile, (own) => {
        pid = own;
        return null;
      });
      // The file is not there yet.
      running.child.kill("SIGHUP");
      const answer = "(?:got HUP|Can't read child pidfile \\S+!)\\n";
      await running.until(new RegExp(answer));
      for (const [index, content] of contents.entries()) {
        writeFileSync(pidfile, content(pid));
        running.child.kill("SIGHUP");
        await running.until(new RegExp(`(?:${answer}){${index + 2}}`));
      }
      running.child.stdin?.end("go\n");
      return (await running.ended).stdout.replace(/up \d+/, "up").replaceAll(pidfile, "pid");
    });
    assert.equal(said.match(/got HUP/g)?.length, 4);
    assert.equal(said.match(/Can't read/g)?.length, 7);
  });

  it("ends with the command, also when that goes into the background", async (t) => {
    const directory = place(t);
    const said = await assertAlike(async (start, name) => {
      const pidfile = join(directory, name);
      const script = `(sleep 600 >/dev/null 2>&1 & echo $! >${pidfile}); echo started`;
      const { stdout, status } = await start([pidfile, "/bin/sh", "-c", script]).ended;
      process.kill(Number(readFileSync(pidfile, "utf8")));
      return { stdout, status };
    });
    assert.deepEqual(said, { stdout: "started\n", status: 0 });
  });

  it("reports in one line an exited process, where Debian's shows a traceback (pidproxy-gone)", async (t) => {
    const directory = place(t);
    const [theirs, ours] = await both(async (start, name) => {
      const running = await startRecorder(start, join(directory, name), () => "4194304\n");
      running.child.kill("SIGTERM");
      const status = await new Promise((end) => running.child.once("exit", end));
      running.child.stdin?.end("go\n");
      return { status, stderr: (await running.ended).stderr };
    });
    assert.equal(theirs.status, 1);
    assert.match(theirs.stderr, /Traceback[\s\S]*No such process/);
    assert.deepEqual(ours, {
      status: 0,
      stderr: "pidproxy: cannot send SIGTERM to process 4194304: ESRCH\n",
    });
  });
});
