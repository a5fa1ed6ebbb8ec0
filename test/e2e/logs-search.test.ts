// tsv logs across rotated and compressed files, for users who cannot read the files, and with a
// reader that does not read. The page docs/logs.md describes it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { event } from "../rig/wait.ts";
import { plainEnvironment } from "./rig/command.ts";
import { Follower } from "./rig/follower.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { anonymousKb } from "./rig/usage.ts";
import { waitForText } from "./rig/watch.ts";

/** A line each second from this time on. */
const START = Date.UTC(2026, 10, 23, 12, 0, 0);

function stamped(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const time = new Date(START + (from + index) * 1000).toISOString();
    return `${time} line ${from + index}\n`;
  }).join("");
}

const numbers = (text: string): readonly number[] =>
  [...text.matchAll(/line (\d+)$/gm)].map(([, n]) => Number(n));
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

e2e("logs reads rotated and compressed files, by number, time and pattern", async (rig) => {
  rig.write("web.log.3.gz", gzipSync(stamped(0, 100)));
  rig.write("web.log.2", stamped(100, 100));
  rig.write("web.log.1.gz", gzipSync(stamped(200, 100)));
  rig.write("web.log", stamped(300, 100));
  const daemon = await rig.startWith(`[program:web]
command=cat
stdout_logfile=%(here)s/web.log
startsecs=0
`);
  await daemon.logged(/success: web/);
  const logs = async (...words: readonly string[]): Promise<string> => {
    const ran = await rig.tsv("logs", "-c", rig.path("d.conf"), "web", ...words);
    assert.deepEqual([ran.stderr, ran.status], ["", 0], words.join(" "));
    return ran.stdout;
  };
  assert.equal(await logs("-n", "all"), stamped(0, 400));
  assert.deepEqual(numbers(await logs()), range(390, 400));
  assert.deepEqual(numbers(await logs("-n", "250")), range(150, 400));
  assert.deepEqual(numbers(await logs("--since", "2026-11-23T12:05:50Z")), range(350, 400));
  const between = ["--since", "2026-11-23T12:01:35Z", "--until", "2026-11-23T12:03:25Z"];
  assert.deepEqual(numbers(await logs(...between)), range(95, 206));
  assert.deepEqual(numbers(await logs("--grep", "LINE [0-9]*77$", "-i")), [77, 177, 277, 377]);
  assert.deepEqual(numbers(await logs("--grep", "7$", "-n", "2")), [387, 397]);
  assert.match(await logs("--prefix", "-n", "1"), /^\d\d:\d\d:\d\d web \| 2026-\S+ line 399\n$/);
  for (const [words, told] of [
    [["--since", "soon"], "--since: 'soon' is not a time: write a duration"],
    [["--grep", "("], "--grep: '(' is no regular expression"],
    [["-f", "--until", "10m"], "--until and -f exclude each other"],
    [["-n", "-1"], "takes a number of lines or all"],
    [["-i"], "-i needs --grep"],
  ] as const) {
    const { stderr, status } = await rig.tsv("logs", "-c", rig.path("d.conf"), ...words);
    assert.equal(status, 2, words.join(" "));
    assert.ok(stderr.includes(told), stderr);
  }
});

e2e("a user who may use the socket needs no permission for the files", async (rig) => {
  if (process.getuid?.() !== 0) return;
  const daemon = await rig.startWith(
    "[program:cat]\ncommand=cat\nstdout_logfile=%(here)s/cat.log\nstartsecs=0\n",
  );
  await daemon.logged(/success: cat/);
  await daemon.ask("sendProcessStdin", "cat", "secret\n");
  await waitForText(rig.path("cat.log"), /secret\n/);
  chmodSync(rig.directory, 0o711);
  chmodSync(rig.path("cat.log"), 0o600);
  chmodSync(rig.path("d.sock"), 0o666);
  const child = spawn(TSV, ["logs", "-s", `unix://${rig.path("d.sock")}`, "cat", "--stdout"], {
    ...{ cwd: "/", uid: 65_534, gid: 65_534, env: plainEnvironment(rig.mark) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  const [status] = await event(child, "close");
  assert.deepEqual([out, status], ["secret\n", 0]);
});

e2e("a rotation of any moment loses and repeats no line", async (rig) => {
  const daemon = await rig.startWith(`[program:count]
command=/bin/sh -c 'n=0; while [ $n -lt 20000 ]; do echo "line $n"; n=$((n+1)); done; exec sleep 1000'
stdout_logfile=%(here)s/count.log
stdout_logfile_maxbytes=4KB
stdout_logfile_backups=200
startsecs=0
`);
  await daemon.logged(/success: count/);
  const logs = async (): Promise<readonly number[]> =>
    numbers((await rig.tsv("logs", "-c", rig.path("d.conf"), "count", "-n", "all")).stdout);
  for (let seen: readonly number[] = []; seen.at(-1) !== 19_999; seen = await logs()) {
    assert.deepEqual(seen, range(0, seen.length));
  }
  assert.deepEqual(await logs(), range(0, 20_000));
});

const LONG_BYTES = 40_000_000;
/** More than either process needs, and less than one that has the log in its memory would have. */
const MOST_KB = 45_000;

e2e("a reader that does not read costs neither the daemon nor itself memory", async (rig, t) => {
  const daemon = await rig.startWith(`[program:big]
command=cat
stdout_logfile=%(here)s/big.log
stdout_logfile_maxbytes=0
startsecs=0
`);
  await daemon.logged(/success: big/);
  writeFileSync(rig.path("big.log"), `${"x".repeat(999)}\n`.repeat(LONG_BYTES / 1000));
  const words = ["logs", "-c", rig.path("d.conf"), "big", "-n", "all"];
  const reader = new Follower(rig, t, words, false);
  const { child } = reader;
  // The first bytes are there, and no more are taken.
  await event(child.stdout, "readable");
  for (let n = 0; n < 50; n += 1) assert.equal(await daemon.ask("getIdentification"), "supervisor");
  for (const pid of [child.pid ?? 0, daemon.pid])
    assert.ok(anonymousKb(pid) < MOST_KB, `${anonymousKb(pid)} KB`);
  let length = 0;
  child.stdout.on("data", (bytes) => {
    length += bytes.length;
  });
  assert.deepEqual(await reader.ended(), [0, null]);
  assert.equal(length, LONG_BYTES);
});

e2e("docs/logs.md names every option of tsv logs", async (rig) => {
  const page = readFileSync(new URL("../../../../docs/logs.md", import.meta.url), "utf8");
  const { stdout } = await rig.tsv("logs", "-h");
  const [, own = ""] = /--follow([\s\S]*?)--config/.exec(stdout) ?? [];
  for (const [option] of own.matchAll(/--[a-z-]+/g)) {
    if (["--lines", "--ignore-case", "--stdout"].includes(option)) continue;
    assert.ok(page.includes(option), option);
  }
});
