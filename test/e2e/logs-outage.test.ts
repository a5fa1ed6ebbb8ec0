// tsv logs while the daemon restarts or ends in the middle of a history, and with as many followers as there may be.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { event } from "../rig/wait.ts";
import { Follower } from "./rig/follower.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { residentKb } from "./rig/usage.ts";

/** A `tsv logs` of all of `big`, which has begun and waits for the reader of its output. */
async function reading(rig: Rig, t: TestContext): Promise<Follower> {
  const words = ["logs", "-c", rig.path("d.conf"), "big", "-n", "all"];
  const reader = new Follower(rig, t, words, false);
  await event(reader.child.stdout, "readable");
  return reader;
}

e2e("a restart of the daemon while a history is read loses and repeats nothing", async (rig, t) => {
  const daemon = await rig.startWith(`[program:big]
command=cat
stdout_logfile=%(here)s/big.log
stdout_logfile_maxbytes=0
startsecs=0
`);
  await daemon.logged(/success: big/);
  const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n} ${"x".repeat(200)}\n`);
  const text = lines.join("");
  writeFileSync(rig.path("big.log"), text);
  const reader = await reading(rig, t);
  await daemon.ask("restart");
  await daemon.logged(/success: big/, 2);
  const parts: Buffer[] = [];
  reader.child.stdout.on("data", (bytes) => void parts.push(bytes));
  assert.deepEqual(await reader.ended(), [0, null]);
  assert.equal(reader.errors, "");
  assert.ok(Buffer.concat(parts).equals(Buffer.from(text)), "each line once and in order");
});

e2e("logs ends with one error if the daemon ends while it reads", async (rig, t) => {
  // Text that hardly shrinks, in backups that are too small to be read without the daemon.
  const backup = gzipSync(
    randomBytes(30_000)
      .toString("hex")
      .replaceAll(/.{100}/g, "$&\n"),
  );
  for (let n = 1; n <= 39; n += 1) rig.write(`big.log.${n}.gz`, backup);
  const daemon = await rig.startWith(`[program:big]
command=cat
stdout_logfile=%(here)s/big.log
stdout_logfile_backups=40
startsecs=0
`);
  await daemon.logged(/success: big/);
  const reader = await reading(rig, t);
  await daemon.shutdown();
  reader.child.stdout.resume();
  assert.deepEqual(await reader.ended(), [7, null]);
  assert.equal(reader.errors, (await rig.tsv("status", "-c", rig.path("d.conf"))).stderr);
  assert.match(reader.errors, /^Error: no daemon is running: \S+ does not exist\n/);
});

/** Both logs of each are followed. */
const PROGRAMS = 200;

e2e("four hundred logs are followed at once in little memory", async (rig, t) => {
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
  const follower = new Follower(rig, t, ["logs", "-f", "-n", "1", "many:*", ...conf]);
  const wait = (pattern: RegExp) => follower.seen(pattern, PROGRAMS);
  await wait(/\| old$/gm);
  await wait(/! old$/gm);
  const name = (n: number): string => `many:many_${String(n).padStart(3, "0")}`;
  for (const round of ["a", "b"]) {
    for (let n = 0; n < PROGRAMS; n += 1)
      await daemon.ask("sendProcessStdin", name(n), `${round}${n}\n`);
    await wait(new RegExp(`\\| new ${round}\\d+$`, "gm"));
    await wait(new RegExp(`! bad ${round}\\d+$`, "gm"));
  }
  assert.ok(residentKb(daemon.pid) < 300_000, `${residentKb(daemon.pid)} KB`);
  assert.ok(
    residentKb(follower.child.pid ?? 0) < 400_000,
    `${residentKb(follower.child.pid ?? 0)} KB`,
  );
  await follower.interrupt();
  const { out, errors } = follower;
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
