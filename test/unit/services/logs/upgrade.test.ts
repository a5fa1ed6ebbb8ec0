// Logs that one daemon begins and others continue with are the logs that one alone would have written, whatever is half-way
// when they change.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelConfig } from "../../../../src/core/config/model.ts";
import type { LogsState } from "../../../../src/core/snapshot/snapshot.ts";
import type { LineOptions, LoggedProcess } from "../../../../src/services/logs/api.ts";
import type { Logs } from "../../../../src/services/logs/logs.ts";
import { AS_WRITTEN } from "../../../../src/services/logs/output/output-pipeline.ts";
import { FakeClock } from "../../../fakes/clock.ts";
import { FakeJournal } from "../../../fakes/journal.ts";
import { FakeLogFiles } from "../../../fakes/log-files.ts";
import { type LogsWorld, processTo, stdoutOf, WEB, worldOn } from "../../../fakes/logs-world.ts";
import { FakePipes } from "../../../fakes/pipes.ts";
import { fakeSnapshot, throughJson } from "../../../fakes/snapshot.ts";
import { fc } from "../../../property.ts";

const FD = 10;
const LOG = "/log/web";

interface Kind {
  readonly lines: LineOptions;
  readonly channel: Partial<ChannelConfig>;
  readonly stripAnsi: boolean;
}

/** A host on which daemons come and go; what they write stays. */
class Host {
  readonly files = new FakeLogFiles();
  readonly pipes = new FakePipes();
  readonly clock = new FakeClock();
  readonly journal = new FakeJournal();
  readonly #worlds: LogsWorld<FakeLogFiles, FakePipes>[] = [];
  readonly #kind: Kind;
  logs: Logs;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.files.pipes = this.pipes;
    this.logs = this.#daemon(null);
    this.logs.addProcess(this.#process);
    this.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  }

  get #process(): LoggedProcess {
    return { ...processTo(LOG, this.#kind.channel), lines: this.#kind.lines };
  }

  #daemon(snapshot: LogsState | null): Logs {
    const { files, pipes, clock, journal } = this;
    const { stripAnsi } = this.#kind;
    const world = worldOn(files, pipes, { clock, journal, snapshot, stripAnsi });
    this.#worlds.push(world);
    return world.logs;
  }

  async upgrade(): Promise<void> {
    const { upgrade } = this.logs;
    upgrade.halt();
    const never = new AbortController().signal;
    assert.deepEqual(await upgrade.settle(never, never), []);
    const { logs: snapshot } = throughJson(fakeSnapshot({ logs: upgrade.state() }));
    const opened = this.files.calls.length;
    this.logs = this.#daemon(snapshot);
    this.logs.addProcess(this.#process);
    this.logs.reattach(WEB, () => {});
    assert.ok(!this.pipes.watched.has(FD), "nothing is read before it is certain");
    this.logs.upgrade.resume();
    await this.logs.flush();
    assert.ok(!this.files.calls.slice(opened).includes(`open ${LOG}`), "it was open already");
  }

  async end(): Promise<unknown> {
    this.logs.detach(WEB);
    await this.logs.flush();
    const files = await this.logs.files(stdoutOf(WEB));
    const disk = [...this.files.disk].filter(([path]) => path.startsWith(LOG));
    const tail = await this.logs.tail(stdoutOf(WEB), 3, 200);
    return {
      tail: tail.ok && { ...tail.value, bytes: Buffer.from(tail.value.bytes).toString("latin1") },
      changed: files.ok && files.value.changed,
      disk: disk.map(([path, { bytes }]) => [path, bytes.toString("latin1")]),
      complaints: this.#worlds.flatMap(({ complaints }) => complaints),
      syslog: this.#worlds.flatMap(({ syslog }) => syslog),
      events: this.#worlds.flatMap(({ events }) => events),
      journal: this.journal.texts,
    };
  }
}

const FILE = { kind: "file", path: LOG } as const;
const kind: fc.Arbitrary<Kind> = fc.record({
  lines: fc.record({
    format: fc.constantFrom("raw" as const, "raw" as const, "prefix" as const, "json" as const),
    time: fc.constantFrom(null, "unix" as const),
    limit: fc.constantFrom(null, { count: 2, seconds: 1 }),
  }),
  channel: fc.record({
    captureMaxBytes: fc.constantFrom(0, 5, 1000),
    eventsEnabled: fc.boolean(),
    syslog: fc.boolean(),
    logfile: fc.constantFrom(FILE, FILE, FILE, { kind: "journal" as const }),
    maxBytes: fc.constantFrom(0, 40),
    backups: fc.constantFrom(0, 3),
    flushSecs: fc.constantFrom(null, 0, 60),
  }),
  stripAnsi: fc.boolean(),
});
const piece = fc.constantFrom(
  ...[
    "a line\n",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b",
    "<",
    "\u00e4\u20ac\u{1f600}",
    "\n",
    "0123456789",
  ],
  ...[
    "<!--XSUPERVISOR:BEGIN-->",
    "captured",
    "<!--XSUPERVISOR:END-->",
    "<!--XSUPERVISOR:EN",
    "x<!--",
  ],
);
/** Bytes as a program writes them: cut anywhere. */
const chunks = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 8 }))
  .map(([pieces, cuts]) => {
    const bytes = Buffer.from(pieces.join(""));
    const at = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length)])].sort((a, b) => a - b);
    return at.map((start, index) => bytes.subarray(start, at[index + 1] ?? bytes.length));
  });

async function life(what: Kind, output: readonly Buffer[], replace: boolean): Promise<unknown> {
  const host = new Host(what);
  for (const chunk of output) {
    host.pipes.feed(FD, chunk);
    // Also what waits for more to come before it is written.
    if (replace) await host.upgrade();
    else await host.logs.flush();
  }
  return await host.end();
}

test("a daemon after each chunk writes what one daemon writes", async () => {
  await fc.assert(
    fc.asyncProperty(kind, chunks, async (what, output) => {
      assert.deepEqual(await life(what, output, true), await life(what, output, false));
    }),
    { numRuns: 150 },
  );
});

test("output that arrives during an upgrade is read by the successor", async () => {
  const host = new Host({ lines: AS_WRITTEN, channel: {}, stripAnsi: false });
  host.logs.upgrade.halt();
  host.pipes.feed(FD, "early ");
  assert.equal(host.pipes.pendingIn(FD), 6);
  await host.upgrade();
  host.pipes.announce(FD);
  host.pipes.feed(FD, "late");
  await host.logs.flush();
  assert.equal(host.files.text(LOG), "early late");
});

test("a daemon that is not replaced after all reads on", async () => {
  const host = new Host({ lines: AS_WRITTEN, channel: {}, stripAnsi: false });
  host.logs.upgrade.halt();
  host.pipes.feed(FD, "held");
  host.logs.upgrade.resume();
  host.pipes.announce(FD);
  await host.logs.flush();
  assert.equal(host.files.text(LOG), "held");
});

test("a program that dies in between loses nothing", async () => {
  const host = new Host({ lines: AS_WRITTEN, channel: { captureMaxBytes: 100 }, stripAnsi: false });
  host.pipes.feed(FD, "one <!--XSUPER");
  host.logs.upgrade.halt();
  host.pipes.feed(FD, "and two");
  host.logs.detach(WEB);
  await host.logs.flush();
  assert.equal(host.files.text(LOG), "one <!--XSUPERand two");
});

test("a disk that accepts nothing is named, and its output is written later", async () => {
  const host = new Host({ lines: AS_WRITTEN, channel: {}, stripAnsi: false });
  await host.logs.flush();
  host.files.hold();
  host.pipes.feed(FD, "slow");
  host.logs.upgrade.halt();
  const over = AbortSignal.abort();
  assert.deepEqual(await host.logs.upgrade.settle(over, over), [LOG]);
  host.files.release();
  host.logs.upgrade.resume();
  await host.logs.flush();
  assert.equal(host.files.text(LOG), "slow");
});
