// Log files of real programs: every line is in them exactly once and in order, whatever is done with them, and max_total limits them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForChange, waitForText } from "./rig/watch.ts";

const MB = 2 ** 20;

/** Prints the numbers that it is told by its standard input, and says in a file when it has. */
const COUNTER = `/bin/sh -c 'while read -r from to; do seq $from $to; echo > did-$to; done'`;

function unpack(path: string): Buffer {
  const [command, ...words] = path.endsWith(".zst") ? ["zstd", "-dc"] : ["gzip", "-dc"];
  if (!/\.(gz|zst)$/.test(path)) return readFileSync(path);
  return execFileSync(command ?? "", [...words, path], { maxBuffer: 512 * MB });
}

/** All that a log and its backups hold, the oldest first. */
function history(directory: string, name: string): string {
  const rank = (file: string): number => Number(/\.(\d+)(?:\.\w+)?$/.exec(file)?.[1] ?? 0);
  const files = readdirSync(directory).filter(
    (file) => file === name || new RegExp(`^${name}\\.\\d+(\\.gz|\\.zst)?$`).test(file),
  );
  files.sort((a, b) => rank(b) - rank(a));
  return Buffer.concat(files.map((file) => unpack(join(directory, file)))).toString("latin1");
}

function numbers(from: number, to: number): string {
  let text = "";
  for (let number = from; number <= to; number += 1) text += `${number}\n`;
  return text;
}

function plainBackups(rig: Rig): readonly string[] {
  return readdirSync(rig.directory).filter((file) => /^out\.\d+$/.test(file));
}

/** The compressions that are to come are over. */
async function compressed(rig: Rig): Promise<void> {
  const isDone = (): true | undefined => (plainBackups(rig).length === 0 ? true : undefined);
  if (isDone() === undefined) await waitForChange(rig.directory, isDone, "compressed backups");
}

const WITHOUT_ZSTD = ((): string | false => {
  try {
    execFileSync("zstd", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    return "zstd is not installed";
  }
})();

for (const compress of ["gzip", "zstd"] as const) {
  e2e(
    `every line is in the files once and in order: size, ${compress}, rotate, reopen, upgrade`,
    compress === "zstd" && WITHOUT_ZSTD,
    async (rig) => {
      const daemon = await rig.startWith(`[program:up]
command=${COUNTER}
startsecs=0
stdout_logfile=%(here)s/out
stdout_logfile_maxbytes=300KB
stdout_logfile_backups=200
stdout_logfile_compress=${compress}
stdout_logfile_rotate=monthly
stdout_logfile_mode=0640
`);
      await daemon.logged(/success: up/);
      const verbs = [["rotate"], ["reopen"], ["rotate", "--stdout"], ["upgrade"], ["rotate"]];
      let last = 0;
      for (const [verb = "", ...options] of verbs) {
        const next = last + 60_000;
        await daemon.ask("sendProcessStdin", "up", `${last + 1} ${next}\n`);
        // While it writes.
        const names = verb === "upgrade" ? [] : ["up"];
        const { status, stdout } = await rig.tsv(
          verb,
          "-c",
          rig.path("d.conf"),
          ...options,
          ...names,
        );
        assert.equal(status, 0, stdout);
        await waitForText(rig.path(`did-${next}`), /\n/);
        last = next;
      }
      await daemon.ask("stopProcess", "up");
      await daemon.ask("tailProcessStdoutLog", "up", 0, 1);
      await compressed(rig);
      assert.ok(
        history(rig.directory, "out") === numbers(1, last),
        "other lines, or another order",
      );
      const read = await rig.verb("logs", "-n", "all", "--raw", "up");
      const told = read.stdout.match(/\d+$/gm) ?? [];
      assert.ok(`${told.join("\n")}\n` === numbers(1, last), read.stdout.slice(0, 200));
      for (const file of readdirSync(rig.directory)) {
        if (/^out(\.|$)/.test(file))
          assert.equal(statSync(rig.path(file)).mode & 0o777, 0o640, file);
      }
      assert.doesNotMatch(textOf(daemon.log), /ERRO|cannot/);
    },
  );
}

e2e("rotate, reopen and clear act on one log or both, in any state", async (rig) => {
  const daemon = await rig.startWith(`[program:up]
command=/bin/sh -c 'echo out; echo err >&2; exec sleep 1000'
stdout_logfile=%(here)s/out
stderr_logfile=%(here)s/err
[program:none]
command=/bin/cat
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:shared]
command=/bin/cat
autostart=false
stdout_logfile=NONE
redirect_stderr=true
`);
  const tsv = async (...words: readonly string[]): Promise<string> => {
    const [verb = "", ...rest] = words;
    const { stdout } = await rig.tsv(verb, "-c", rig.path("d.conf"), ...rest);
    return stdout;
  };
  await waitForText(rig.path("err"), /err/);
  await waitForText(rig.path("out"), /out/);
  assert.equal(await tsv("rotate", "--stderr", "u*"), "up: rotated\n");
  assert.deepEqual([textOf(rig.path("err.1")), existsSync(rig.path("out.1"))], ["err\n", false]);
  assert.equal(await tsv("rotate", "none"), "none: nothing to rotate\n");
  for (const verb of ["rotate", "reopen", "clear"]) {
    const said = await tsv(verb, "--stderr", "shared");
    assert.equal(said, `shared: nothing to ${verb}, its stderr is in the stdout log\n`);
  }
  await daemon.ask("stopProcess", "up");
  const all = (await tsv("rotate", "all")).trim().split("\n");
  const nothing = ["none: nothing to rotate", "shared: nothing to rotate"];
  assert.deepEqual(all.sort(), [...nothing, "up: rotated"]);
  assert.deepEqual([textOf(rig.path("out.1")), textOf(rig.path("out"))], ["out\n", ""]);
  assert.equal(await tsv("reopen", "up"), "up: reopened\n");
  assert.equal(await tsv("clear", "--backups", "--stdout", "up"), "up: cleared\n");
  assert.deepEqual([existsSync(rig.path("out.1")), existsSync(rig.path("err.1"))], [false, true]);
  const unknown = await rig.verb("rotate", "gone");
  assert.match(unknown.stdout, /gone: ERROR \(no such process\)/);
  assert.notEqual(unknown.status, 0);
  const json = JSON.parse(await tsv("rotate", "--json", "up")) as { results: unknown[] };
  assert.deepEqual(json.results, [
    { group: "up", name: "up", ok: true, result: "nothing to rotate" },
  ]);
});

const LAST = 3_000_000;
const LIMIT = 60 * MB;
/** What the logs may take above it: four logs grow up to their next rotation, and one copy is being made (docs/logs.md). */
const EXCESS = 3 * 5 * MB + LIMIT / 4 + LIMIT / 4;

e2e(
  "several chatty programs with gzip stay near max_total",
  process.geteuid?.() !== 0 && "mounts a file system, which needs root",
  async (rig) => {
    const programs = ["a", "b", "c", "d"].map(
      (name) => `[program:${name}]
command=/usr/bin/seq 1 ${LAST}
startsecs=0
autorestart=false
redirect_stderr=true
stdout_logfile=%(here)s/disk/${name}.log
stdout_logfile_backups=100
stdout_logfile_maxbytes=${name === "d" ? "0" : "5MB"}
stdout_logfile_compress=${name === "c" ? "none" : "gzip"}
`,
    );
    rig.configure(`[supervisord]\nmax_total=60MB\nexit_on=all\n${programs.join("")}`);
    rig.write(
      "look.sh",
      `mkdir disk && mount -t tmpfs -o size=120m none disk || exit 9
"$@" >/dev/null 2>&1 &
most=0
while kill -0 $! 2>/dev/null; do
  set -- $(stat -f -c '%b %f %S' disk)
  used=$((($1 - $2) * $3))
  [ $used -gt $most ] && most=$used
done
cp -a disk copy
echo $most
`,
    );
    const daemon = [TSV, "daemon", "-n", "-c", rig.path("d.conf")];
    const words = ["/usr/bin/unshare", "--mount", "/bin/sh", rig.path("look.sh"), ...daemon];
    const { stdout, status } = await rig.command(words);
    assert.equal(status, 0, stdout);
    const most = Number(stdout.trim());
    assert.ok(most > LIMIT / 4, `${most} bytes: the programs wrote something`);
    assert.ok(most <= LIMIT + EXCESS, `${most} bytes at most, ${LIMIT} allowed`);
    for (const name of ["a", "b", "c", "d"]) {
      const lines = history(rig.path("copy"), `${name}.log`).trimEnd().split("\n");
      // What is there is the end of what was written, without a gap; the first line may be a part of one.
      const first = Number(lines[1] ?? LAST);
      const isWhole = lines.slice(1).every((line, index) => Number(line) === first + index);
      assert.ok(isWhole, `${name} has a gap`);
      if (lines.length > 1) assert.equal(lines.at(-1), String(LAST), name);
    }
  },
);

/** More than are usual; each is a file of its own, and a rotation renames them all. */
const MANY = 500;

e2e(`a log with ${MANY} backups is written, rotated and handed over in an upgrade`, async (rig) => {
  for (let index = 1; index <= MANY; index += 1) {
    rig.write(`out.${index}`, `${MANY + 1 - index}\n`);
  }
  const daemon = await rig.startWith(`[supervisord]
max_total=1GB
[program:up]
command=${COUNTER}
startsecs=0
stdout_logfile=%(here)s/out
stdout_logfile_maxbytes=0
stdout_logfile_backups=${MANY}
`);
  await daemon.logged(/success: up/);
  const count = async (from: number, to: number): Promise<void> => {
    await daemon.ask("sendProcessStdin", "up", `${from} ${to}\n`);
    await waitForText(rig.path(`did-${to}`), /\n/);
  };
  const tsv = async (...words: readonly string[]): Promise<void> => {
    const [verb = "", ...names] = words;
    const { status, stdout, stderr } = await rig.tsv(verb, "-c", rig.path("d.conf"), ...names);
    assert.equal(status, 0, stdout + stderr);
  };
  await count(MANY + 1, MANY + 10);
  // While backups are moved up, and while they are looked for. The upgrade gives requests half a second (docs/upgrade.md): the
  // request of a rotation that takes longer gets no answer, and its client does not know whether there was a rotation.
  const rotation = rig.tsv("rotate", "--json", "-c", rig.path("d.conf"), "up");
  await tsv("upgrade");
  const { status, stdout } = await rotation;
  if (status !== 0) assert.equal(JSON.parse(stdout).errors[0].kind, "no-answer", stdout);
  await count(MANY + 11, MANY + 20);
  await tsv("upgrade");
  await tsv("rotate", "up");
  await daemon.ask("stopProcess", "up");
  await daemon.ask("tailProcessStdoutLog", "up", 0, 1);
  // Each rotation drops the oldest backup.
  const left = history(rig.directory, "out");
  const oldest = status === 0 ? [3] : [2, 3];
  assert.ok(
    oldest.some((line) => left === numbers(line, MANY + 20)),
    "other lines, or another order",
  );
  assert.doesNotMatch(textOf(daemon.log), /ERRO|cannot/);
});
