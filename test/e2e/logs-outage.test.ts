// tsv logs while the daemon restarts or ends in the middle of a history, and with as many followers as there may be.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { event, until } from "../rig/wait.ts";
import { plainEnvironment } from "./rig/command.ts";
import { TSV, withoutTsv } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { residentKb } from "./rig/usage.ts";

const absent = withoutTsv();

/** Resolves when a process has exited and its output is read. */
function closed(child: ChildProcess): Promise<unknown> {
  return once(child, "close");
}

/** A `tsv logs` of all of `big`, which has begun and waits for the reader of its output. */
async function reading(rig: Rig, t: TestContext) {
  const child = spawn(TSV, ["logs", "-c", rig.path("d.conf"), "big", "-n", "all"], {
    env: plainEnvironment(rig.mark),
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => void child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  await event(child.stdout, "readable");
  return { child, errors: () => errors };
}

e2e(
  "a restart of the daemon while a history is read loses and repeats nothing",
  absent,
  async (rig, t) => {
    const daemon = await rig.startWith(`[program:big]
command=cat
stdout_logfile=%(here)s/big.log
stdout_logfile_maxbytes=0
startsecs=0
`);
    await daemon.logged(/success: big/);
    const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n} ${"x".repeat(200)}\n`);
    const text = lines.join("");
    writeFileSync(rig.path("new.log"), text);
    renameSync(rig.path("new.log"), rig.path("big.log"));
    const { child, errors } = await reading(rig, t);
    await daemon.ask("restart");
    await daemon.logged(/success: big/, 2);
    const parts: Buffer[] = [];
    child.stdout.on("data", (bytes) => void parts.push(bytes));
    assert.deepEqual(await closed(child), [0, null]);
    assert.equal(errors(), "");
    assert.ok(Buffer.concat(parts).equals(Buffer.from(text)), "each line once and in order");
  },
);

e2e("logs ends with one error if the daemon ends while it reads", absent, async (rig, t) => {
  // Text that hardly shrinks: each backup takes several reads.
  const backup = gzipSync(
    randomBytes(600_000)
      .toString("hex")
      .replaceAll(/.{100}/g, "$&\n"),
  );
  for (let n = 1; n <= 20; n += 1) rig.write(`big.log.${n}.gz`, backup);
  const daemon = await rig.startWith(`[program:big]
command=cat
stdout_logfile=%(here)s/big.log
stdout_logfile_backups=40
startsecs=0
`);
  await daemon.logged(/success: big/);
  const { child, errors } = await reading(rig, t);
  await daemon.shutdown();
  child.stdout.resume();
  assert.deepEqual(await closed(child), [7, null]);
  assert.equal(errors(), (await rig.tsv("status", "-c", rig.path("d.conf"))).stderr);
  assert.match(errors(), /^Error: no daemon is running: \S+ does not exist\n/);
});

/** Both logs of each are followed. */
const PROGRAMS = 200;

e2e("four hundred logs are followed at once in little memory", absent, async (rig, t) => {
  const daemon = await rig.startWith(`[program:many]
command=/bin/sh -c 'echo old; echo old >&2; while read -r n; do echo "new $n"; echo "bad $n" >&2; done'
process_name=%(program_name)s_%(process_num)03d
numprocs=${PROGRAMS}
startsecs=0
[program:one]
command=cat
startsecs=0
`);
  await daemon.logged(/success: (?:many_|one)/, PROGRAMS + 1, 60_000);
  const conf = ["-c", rig.path("d.conf")];
  const tooMany = await rig.tsv("logs", "-f", ...conf);
  assert.match(tooMany.stderr + tooMany.stdout, /these are 402 logs, and at most 400 can be/);
  assert.notEqual(tooMany.status, 0);
  const child = spawn(TSV, ["logs", "-f", "-n", "1", "many:*", ...conf], {
    env: plainEnvironment(rig.mark),
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => void child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  let out = "";
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  const count = (pattern: RegExp): number => out.match(pattern)?.length ?? 0;
  const wait = (pattern: RegExp) =>
    until(() => count(pattern) >= PROGRAMS, {
      what: `${PROGRAMS} times ${pattern}`,
      left: () => `shown:\n${out}\nerrors:\n${errors}`,
    });
  const name = (n: number): string => `many:many_${String(n).padStart(3, "0")}`;
  for (const round of ["a", "b"]) {
    for (let n = 0; n < PROGRAMS; n += 1)
      await daemon.ask("sendProcessStdin", name(n), `${round}${n}\n`);
    await wait(new RegExp(`\\| new ${round}\\d+$`, "gm"));
    await wait(new RegExp(`! bad ${round}\\d+$`, "gm"));
  }
  assert.ok(residentKb(daemon.pid) < 300_000, `${residentKb(daemon.pid)} KB`);
  assert.ok(residentKb(child.pid ?? 0) < 400_000, `${residentKb(child.pid ?? 0)} KB`);
  child.kill("SIGINT");
  await closed(child);
  assert.equal(errors.trim(), "");
  for (const round of ["a", "b"]) {
    for (let n = 0; n < PROGRAMS; n += 1) {
      for (const said of [`| new ${round}${n}`, `! bad ${round}${n}`]) {
        const line = `${name(n)} ${said}\n`;
        assert.equal(out.split(line).length, 2, line);
      }
    }
  }
  assert.equal(await daemon.ask("getIdentification"), "supervisor");
});
