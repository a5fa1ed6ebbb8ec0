// tsv logs -f: where the lines that were there and those that come meet, none is missing, cut or shown twice.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Follower } from "./rig/follower.ts";
import { e2e, type Rig } from "./rig/rig.ts";

/** How often a log is followed: each time meets it at another moment. */
const ROUNDS = 4;

/** Runs `tsv logs -f` until it has shown so many lines. */
async function follow(
  rig: Rig,
  t: TestContext,
  words: readonly string[],
  lines: number,
): Promise<Follower> {
  const follower = new Follower(rig, t, ["logs", "-f", "-c", rig.path("d.conf"), ...words]);
  follower.child.stdout.on("data", () => {
    if (follower.out.split("\n").length > lines) follower.child.kill("SIGINT");
  });
  await follower.ended();
  return follower;
}

/** The numbers of all whole lines. A line that is no line of the program is -1. */
function numbersIn({ out }: Follower): readonly number[] {
  const lines = out.split("\n").slice(0, -1);
  while (lines.at(-1) === "") lines.pop();
  // Ctrl-C may come within a line.
  return lines.slice(0, -1).map((line) => Number(/\bline (\d+) \.{50}/.exec(line)?.[1] ?? -1));
}

function assertComplete(followed: Follower, least: number, what: string): void {
  const numbers = numbersIn(followed);
  const [first = 0] = numbers;
  const wrong = numbers.findIndex((number, index) => number !== first + index);
  const around = wrong < 0 ? [] : followed.out.split("\n").slice(Math.max(0, wrong - 2), wrong + 3);
  assert.deepEqual([around, followed.errors.trim()], [[], ""], `${what}, line ${wrong}`);
  assert.ok(numbers.length >= least, `${what}: ${followed.out}`);
}

/** Writes numbered lines for as long as it lives, so many that a log rotates several times while it is followed. */
const COUNTER =
  "import time,itertools\nfor i in itertools.count():\n print('line',i,'.'*50,flush=True)\n time.sleep(0.004)\n";

for (const [what, target] of [
  ["a log in JSON", "stdout_logfile=%(here)s/n.log\nlog_format=json"],
  ["a log with prefixes", "stdout_logfile=%(here)s/n.log\nlog_format=prefix"],
  ["a log in logfmt", "stdout_logfile=%(here)s/n.log\nlog_format=logfmt"],
  ["output without a file", "stdout_logfile=@stdout"],
  [
    "a formatted log that rotates often",
    "stdout_logfile=%(here)s/n.log\nlog_format=json\nstdout_logfile_maxbytes=8KB\nstdout_logfile_backups=100\nstdout_logfile_compress=gzip",
  ],
  [
    "a log that rotates often",
    "stdout_logfile=%(here)s/n.log\nstdout_logfile_maxbytes=4KB\nstdout_logfile_backups=100\nstdout_logfile_compress=gzip",
  ],
] as const) {
  e2e(`logs -f of ${what} misses and repeats nothing`, async (rig, t) => {
    rig.write("count.py", COUNTER);
    const daemon = await rig.startWith(
      `[program:n]\ncommand=python3 %(here)s/count.py\nstartsecs=0\n${target}\n`,
    );
    await daemon.logged(/success: n/);
    // More than 100 lines are there.
    while (!/line \d{3,} /.test(String(await daemon.ask("readProcessStdoutLog", "n", 0, 0))))
      await daemon.ask("getState");
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const more of [["-n", "10"], ["--json"]]) {
        const followed = await follow(rig, t, ["n", ...more], 300);
        assertComplete(followed, 290, `${more.join(" ")} ${round}`);
      }
    }
  });
}
