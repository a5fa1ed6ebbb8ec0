// Every action, given to two equal supervisords: one driven by Debian's supervisorctl, one by tsv's. Standard output
// and exit status must be equal, row by row, except where a row says why not.

import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { recordComparison } from "../../rig/comparisons.ts";
import { programs, ROWS, type Row, SHUTDOWN_ROWS } from "./against-debian-rows.ts";
import {
  type Daemon,
  debianCtl,
  missingDebian,
  type Ran,
  startDebian,
  tsvCtl,
} from "./debian-rig.ts";

/** Hides what differs between any two runs. */
function normalised(text: string, daemon: Daemon): string {
  return text
    .replaceAll(daemon.directory, "DIR")
    .replace(/pid \d+, uptime \d+:\d\d:\d\d/g, "pid N, uptime T")
    .replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/g, "DATE")
    .replace(/^[1-9]\d*$/gm, "N")
    .replace(/: file: .* line: \d+/g, ": file: F line: L");
}

function firstLineOf(text: string): string {
  return text.slice(0, text.indexOf("\n") + 1);
}

/** Lets whoever waits at the gate of a daemon's programs continue, now or when it comes there. @returns what closes it */
function openGate(daemon: Daemon): () => void {
  // For reading too: that waits for nobody, and what is written stays until it is read.
  const gate = openSync(join(daemon.directory, "gate"), "r+");
  writeSync(gate, "go\n");
  return () => closeSync(gate);
}

function shown(ran: Ran, daemon: Daemon, one: Row): { stdout: string; status: number | null } {
  const stdout = normalised(ran.stdout, daemon);
  const compared = one.firstLine ? firstLineOf(stdout) : stdout;
  if (!one.unordered) return { stdout: compared, status: ran.status };
  const status = ran.status === 0 ? 0 : 1;
  return { stdout: compared.split("\n").sort().join("\n"), status };
}

/** Supervisor may need ten seconds to end a program that it had just begun to start. */
const ROW_GUARD_MS = 120_000;

describe("ctl beside Debian's supervisorctl", { skip: missingDebian ?? false }, () => {
  let theirs: Daemon;
  let ours: Daemon;

  before(async () => {
    [theirs, ours] = await Promise.all([startDebian(programs), startDebian(programs)]);
  });

  after(async () => {
    await Promise.all([theirs.stop(), ours.stop()]);
  });

  it("prints the same and exits alike for every action", async (test) => {
    let lastReread = "";
    let equal = 0;
    const differences: string[] = [];
    for (const one of [...ROWS, ...SHUTDOWN_ROWS]) {
      for (const daemon of [theirs, ours]) one.prepare?.(daemon);
      const options = { guardMs: ROW_GUARD_MS, input: one.input ?? "" };
      const [debian, tsv] = await Promise.all([
        debianCtl(["-c", theirs.config, ...one.argv], options).ended,
        tsvCtl(["-c", ours.config, ...one.argv], options).ended,
      ]);
      const closeGates = one.opensGate ? [theirs, ours].map(openGate) : [];
      if (one.until !== undefined) {
        await Promise.all([theirs.logged(one.until), ours.logged(one.until)]);
      }
      for (const [log, text] of Object.entries(one.prints ?? {})) {
        await Promise.all([theirs.printed(log, text), ours.printed(log, text)]);
      }
      for (const close of closeGates) close();
      const expected = shown(debian, theirs, one);
      const actual = shown(tsv, ours, one);
      if (one.argv[0] === "reread") lastReread = actual.stdout;
      if (one.differs !== undefined) {
        const stdout = one.differs.stdout === "<as reread>" ? lastReread : one.differs.stdout;
        const wanted = { stdout, status: one.differs.status };
        assert.deepEqual(actual, wanted, one.argv.join(" "));
        assert.notDeepEqual(expected, wanted, `${one.argv.join(" ")} does not differ any more`);
      } else if (JSON.stringify(actual) === JSON.stringify(expected)) equal += 1;
      else
        differences.push(
          `${JSON.stringify(one.argv)}\n  debian ${JSON.stringify(expected)}\n  tsv    ${JSON.stringify(actual)}`,
        );
    }
    const compared = [...ROWS, ...SHUTDOWN_ROWS].filter((one) => one.differs === undefined).length;
    const onPurpose = ROWS.length + SHUTDOWN_ROWS.length - compared;
    recordComparison("ctl output", "actions", {
      compared: compared + onPurpose,
      equal,
      deliberateRows: onPurpose,
    });
    test.diagnostic(
      `${compared} rows compared, ${equal} equal, ${ROWS.length + 1 - compared} differ on purpose`,
    );
    assert.deepEqual(differences, []);
  });
});
