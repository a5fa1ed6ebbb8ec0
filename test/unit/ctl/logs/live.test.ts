// tsv logs -f of one log across a restart of the daemon: files are recognized by their IDs, and contents are never compared.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { err, ok } from "../../../../src/core/base/result.ts";
import { parseMark } from "../../../../src/core/logs/positions.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { runLogs } from "../../../../src/ctl/commands/logs.ts";
import type { LogsRequest } from "../../../../src/ctl/logs/request.ts";
import type { StreamEnd } from "../../../../src/ports/http-client.ts";
import {
  createFakeClient,
  createFakeContext,
  createFakeTerminal,
  faultAnswer,
} from "../../../fakes/ctl-client.ts";

/** A file of the log, and whether it is compressed. */
interface File {
  readonly id: string;
  readonly text: string;
  readonly gzip?: boolean;
}

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
class Daemon {
  /** Newest first. */
  files: readonly File[] = [];
  /** Null while the log is not counted. */
  epoch: string | null = "e1";
  /** The count at the first byte of the newest file. */
  start = 0;
  kept = 0;
  /** Bytes from the end that a stream can resume from. */
  reach = Number.POSITIVE_INFINITY;

  get text(): string {
    return this.files.map(({ text }) => text).reduceRight((all, text) => all + text, "");
  }

  get written(): number {
    return this.start + (this.files[0]?.text.length ?? 0);
  }

  list(): XmlRpcValue {
    const double = (value: number) => ({ kind: "double", value }) as const;
    const files = this.files.map((file, index) => ({
      ...{ id: file.id, index, size: double(stored(file).length), changed_ms: double(0) },
      compression: file.gzip === true ? "gzip" : "none",
    }));
    if (this.epoch === null || files.length === 0) return { files, formatted: false };
    const counts = { start: double(this.start), kept: double(this.kept) };
    return { files, formatted: false, epoch: this.epoch, written: double(this.written), ...counts };
  }

  read([, , id, , offset, length]: readonly XmlRpcValue[]) {
    const file = this.files.find((each) => each.id === id);
    if (file === undefined) return faultAnswer("NO_FILE");
    const at = Number((offset as { readonly value: number }).value);
    return ok(stored(file).subarray(at, at + Number(length)));
  }

  /** The first byte that a stream sends, in the count. */
  streamFrom(path: string): number {
    const after = parseMark(/after=(.*)/.exec(path)?.[1] ?? "");
    const live = Math.max(this.start, this.written - WINDOW);
    const isOwn = after !== null && after.epoch === this.epoch && after.offset <= this.written;
    return isOwn ? Math.max(after.offset, this.kept, this.written - this.reach) : live;
  }
}

function stored({ text, gzip }: File): Uint8Array {
  return gzip === true ? gzipSync(text) : Buffer.from(text);
}

type Step = (daemon: Daemon) => StreamEnd | "open" | undefined;

/** Follows the log. A step without a result ends its stream; Ctrl-C comes when the last stream is open. */
async function follow(begin: Partial<Daemon>, steps: readonly Step[]) {
  const daemon = Object.assign(new Daemon(), begin);
  const queue = [...steps];
  let interrupt: () => void = () => undefined;
  const terminal = {
    ...createFakeTerminal(),
    onInterrupt: (callback: () => void) => {
      interrupt = callback;
      return () => undefined;
    },
  };
  const client = {
    ...createFakeClient({
      getAllProcessInfo: ok([PROCESS]),
      "tsv.getLogFiles": () => ok(daemon.list()),
      "tsv.readLogFile": (params: readonly XmlRpcValue[]) => daemon.read(params),
      readProcessStdoutLog: () => (daemon.files.length > 0 ? ok("") : faultAnswer("NO_FILE")),
    }),
    follow: (
      path: string,
      onBytes: (bytes: Uint8Array) => void,
      onHead?: (headers: ReadonlyMap<string, string>) => void,
    ) => {
      const step = queue.shift();
      if (step === undefined) return err({ kind: "other", exception: "E", text: "end" } as const);
      const result = step(daemon);
      let isClosed = false;
      let close: () => void = () => undefined;
      const ended = new Promise<StreamEnd>((resolve) => {
        close = () => {
          isClosed = true;
          resolve({ kind: "closed" });
        };
        queueMicrotask(() => {
          if (typeof result === "object") return resolve(result);
          const from = daemon.streamFrom(path);
          onHead?.(new Map([["tsv-log-place", `${daemon.epoch}:${from}`]]));
          const text = daemon.text.slice(daemon.text.length - (daemon.written - from));
          if (!isClosed && text !== "") onBytes(Buffer.from(text));
          if (result !== "open") resolve({ kind: "end" });
          else if (!isClosed && queue.length === 0) setImmediate(() => interrupt());
        });
      });
      return ok({ ended, close: () => close() });
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
