// tsv logs -f of one log across a restart of the daemon: files are recognized by their IDs, and contents are never compared.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import { parseMark } from "../../../../src/core/logs/positions.ts";
import type { CtlClient } from "../../../../src/ctl/client.ts";
import { runLogs } from "../../../../src/ctl/commands/logs.ts";
import type { LogsRequest } from "../../../../src/ctl/logs/request.ts";
import type { StreamEnd } from "../../../../src/ports/http-client.ts";
import {
  createFakeClient,
  createFakeContext,
  createFakeTerminal,
  fakeStream,
} from "../../../fakes/ctl-client.ts";
import { FakeLog } from "./fake-log.ts";

const WINDOW = 1024;
const PROCESS = {
  ...{ group: "web", name: "web", state: 20, statename: "RUNNING", description: "", pid: 1 },
  ...{ start: 0, stop: 0, now: 0, exitstatus: 0, spawnerr: "" },
  ...{ stdout_logfile: "/log", stderr_logfile: "" },
};
const ALL: LogsRequest = {
  ...{ names: ["web"], follow: true, channel: null, raw: false, prefix: null, asText: false },
  ...{ lines: null, since: null, until: null, grep: null },
};

/** One log of a daemon; each step changes it before a stream begins, and says whether that stream stays open. */
class Daemon extends FakeLog {
  override start = 0;
  override isFormatted = false;
  /** Bytes from the end that a stream can resume from. */
  reach = Number.POSITIVE_INFINITY;

  get all(): string {
    return this.files.map(({ text }) => text).reduceRight((all, text) => all + text, "");
  }

  /** The first byte that a stream sends, in the count. */
  streamFrom(path: string): number {
    const after = parseMark(/after=(.*)/.exec(path)?.[1] ?? "");
    const live = Math.max(this.start, this.written - WINDOW);
    const isOwn = after !== null && after.epoch === this.epoch && after.offset <= this.written;
    return isOwn ? Math.max(after.offset, this.kept, this.written - this.reach) : live;
  }
}

type Step = (daemon: Daemon) => StreamEnd | "open" | undefined;

/** Follows the log. A step without a result ends its stream; Ctrl-C comes when the last stream is open. */
async function follow(begin: Partial<Daemon>, steps: readonly Step[]) {
  const daemon = Object.assign(new Daemon([]), begin);
  const queue = [...steps];
  const terminal = createFakeTerminal();
  const client: CtlClient = {
    ...createFakeClient({ ...daemon.answers, getAllProcessInfo: ok([PROCESS]) }),
    follow: (path, onBytes, onHead) => {
      const step = queue.shift();
      if (step === undefined) return err({ kind: "other", exception: "E", text: "end" } as const);
      const result = step(daemon);
      return ok(
        fakeStream((isClosed) => {
          if (typeof result === "object") return result;
          const from = daemon.streamFrom(path);
          onHead?.(new Map([["tsv-log-place", `${daemon.epoch}:${from}`]]));
          const text = daemon.all.slice(daemon.all.length - (daemon.written - from));
          if (!isClosed() && text !== "") onBytes(Buffer.from(text));
          if (result !== "open") return { kind: "end" };
          if (!isClosed() && queue.length === 0) setImmediate(terminal.interrupt);
          return "open";
        }),
      );
    },
  };
  const { context } = createFakeContext(client, { terminal });
  await runLogs(context, ALL);
  assert.deepEqual(queue, []);
  const notes = terminal.errors().match(/(?:\d+ bytes?|output may be) .*/g) ?? [];
  return { out: terminal.written(), notes: [...notes] };
}

const BANNER = Array.from({ length: 60 }, (_, n) => `banner line ${n} that is always the same\n`);
const TEXT = BANNER.join("");

const restart =
  (changes: Partial<Daemon>): Step =>
  (daemon) => {
    Object.assign(daemon, { epoch: "e2", start: 0 }, changes);
    return "open";
  };
const change =
  (changes: Partial<Daemon>): Step =>
  (daemon) => {
    Object.assign(daemon, changes);
    return "open";
  };
/** The stream ends, and nothing has changed. */
const end: Step = () => undefined;

const UNSURE = "output may be missing or repeated: the daemon was restarted <==";

describe("a log that is followed across a restart of the daemon", () => {
  it("shows a new log that ends like the former one, even if it is opened late", async () => {
    const seen = await follow({ files: [{ id: "a", text: TEXT }] }, [
      end,
      restart({ files: [] }),
      change({ files: [{ id: "b", text: TEXT }] }),
    ]);
    assert.deepEqual(seen, { out: TEXT + TEXT, notes: [UNSURE] });
  });

  for (const [what, before, after, steps] of [
    ["the same file", [{ id: "a", text: "one\n" }], [{ id: "a", text: "one\ntwo\n" }], 1],
    [
      "the same file under another name, and newer ones",
      [{ id: "a", text: "one\n" }],
      [
        { id: "c", text: "four\n" },
        { id: "b", text: "three\n", gzip: true },
        { id: "a", text: "one\ntwo\n" },
      ],
      1,
    ],
    [
      "the same file that was not opened before",
      [{ id: "a", text: "one\n" }],
      [{ id: "a", text: "one\ntwo\n" }],
      0,
    ],
  ] as const) {
    it(`continues in ${what}`, async () => {
      const all = after.map(({ text }) => text).reduceRight((text, each) => text + each, "");
      const ends = Array.from({ length: steps }, () => end);
      const seen = await follow({ files: before, epoch: steps === 0 ? null : "e1" }, [
        ...ends,
        restart({ files: after, start: 500 }),
        change({}),
      ]);
      assert.deepEqual(seen, { out: all, notes: [] });
    });
  }

  for (const [what, after] of [
    ["another file", { id: "b", text: "new\n" }],
    ["a file that is shorter now", { id: "a", text: "new\n" }],
  ] as const) {
    it(`begins again with ${what}, and reports it`, async () => {
      const seen = await follow({ files: [{ id: "a", text: "one\ntwo\nthr" }] }, [
        end,
        restart({ files: [after] }),
        change({}),
      ]);
      assert.deepEqual(seen, { out: "one\ntwo\nthr\nnew\n", notes: [UNSURE] });
    });
  }

  it("continues after a second restart", async () => {
    const grown = (text: string) => ({ files: [{ id: "a", text }] });
    const seen = await follow(grown("one\n"), [
      end,
      restart(grown("one\ntwo\n")),
      () => undefined,
      restart({ epoch: "e3", start: 70, ...grown("one\ntwo\nthree\n") }),
      change({}),
    ]);
    assert.deepEqual(seen, { out: "one\ntwo\nthree\n", notes: [] });
  });
});

describe("a log that is followed by one daemon", () => {
  it("is shown from its beginning when its file is made", async () => {
    const made = change({ files: [{ id: "a", text: TEXT }], start: 0 });
    const seen = await follow({ files: [] }, [made, change({})]);
    assert.deepEqual(seen, { out: TEXT, notes: [] });
  });

  it("continues with backups where a stream begins too late", async () => {
    const files = [
      { id: "c", text: "three\n" },
      { id: "b", text: "two\n", gzip: true },
      { id: "a2", text: "one\n", gzip: true },
    ];
    const rotated = change({ files, start: 8, reach: 2 });
    const seen = await follow({ files: [{ id: "a", text: "one\n" }] }, [end, rotated, change({})]);
    assert.deepEqual(seen, { out: "one\ntwo\nthree\n", notes: [] });
  });

  it("reports how many bytes are gone", async () => {
    const cleared = change({ files: [{ id: "a", text: "new\n" }], start: 9, kept: 9 });
    const seen = await follow({ files: [{ id: "a", text: "one\n" }] }, [end, cleared, change({})]);
    const notes = ["5 bytes are missing: the log was cleared or grew too fast <=="];
    assert.deepEqual(seen, { out: "one\nnew\n", notes });
  });
});
