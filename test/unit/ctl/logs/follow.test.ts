// Following logs on streams that break, come back, are refused; with a fake client and no time passing.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { LOG_MISSING_HEADER, LOG_PLACE_HEADER } from "../../../../src/core/logs/positions.ts";
import type { CtlClient } from "../../../../src/ctl/client.ts";
import { type Following, followLogs, waitBefore } from "../../../../src/ctl/logs/follow.ts";
import type { StreamEnd } from "../../../../src/ports/http-client.ts";
import {
  createFakeClient,
  createFakeContext,
  createFakeTerminal,
  fakeStream,
} from "../../../fakes/ctl-client.ts";

/** What one connection brings, and how it ends; "open" stays until it is closed. */
interface Turn {
  /** Bytes in front of it that are missing; null for a server that knows no places. */
  readonly missing?: number;
  readonly pieces?: readonly string[];
  readonly end: StreamEnd | "open";
}

interface Followed {
  readonly out: string;
  readonly errors: string;
  readonly status: number;
  readonly waits: readonly number[];
}

const END = { kind: "end" } as const;
const refused = {
  kind: "failed",
  failure: { code: "ECONNREFUSED", message: "connect ECONNREFUSED" },
} as const;

/**
 * Follows a log through these connections; Ctrl-C when the last one is open.
 * @param around what else is known of the log; gets what Ctrl-C does
 */
async function follow(
  turns: readonly Turn[],
  around: (interrupt: () => void) => Partial<Following> = () => ({}),
): Promise<Followed> {
  const queue = [...turns];
  const waits: number[] = [];
  const terminal = createFakeTerminal();
  const client: CtlClient = {
    ...createFakeClient({}),
    follow: (_path, onBytes, onHead) => {
      const turn = queue.shift() ?? { end: "open" };
      return ok(
        fakeStream(() => {
          if (turn.pieces !== undefined || turn.end === "open") onHead?.(headOf(turn));
          for (const piece of turn.pieces ?? []) onBytes(new TextEncoder().encode(piece));
          if (turn.end === "open" && queue.length === 0) terminal.interrupt();
          return turn.end;
        }),
      );
    },
  };
  const { context } = createFakeContext(client, {
    terminal,
    startPause: (milliseconds) => {
      waits.push(milliseconds);
      return { over: Promise.resolve(), cancel: () => undefined };
    },
  });
  const path = "/logtail/a/stdout";
  const onBytes = (bytes: Uint8Array): void => terminal.write(bytes);
  await followLogs(context, [{ path, shownPath: path, onBytes, ...around(terminal.interrupt) }]);
  const { exitStatus: status } = context;
  return { out: terminal.written(), errors: terminal.errors(), status, waits };
}

function headOf({ missing }: Turn): ReadonlyMap<string, string> {
  if (missing === undefined) return new Map();
  return new Map([
    [LOG_PLACE_HEADER.toLowerCase(), `epoch:${missing}`],
    [LOG_MISSING_HEADER.toLowerCase(), String(missing)],
  ]);
}

const LOST = "==> Lost unix:///s, waiting for it to come back <==\n";
const BACK = "==> Connected again <==\n";
/** After a server that reports no positions was away. */
const UNSURE = "==> output may be missing or repeated: the daemon was restarted <==\n";

describe("a log that is followed", () => {
  it("ends at Ctrl-C with an empty line and status 0", async () => {
    const seen = await follow([{ pieces: ["a\n"], end: "open" }]);
    assert.deepEqual(seen, { out: "a\n\n", errors: "", status: 0, waits: [] });
  });

  it("reconnects after its stream has ended, and reports it on stderr (tail-follow-again)", async () => {
    const seen = await follow([
      { pieces: ["a\n"], end: END },
      { pieces: ["a\nb\n"], end: "open" },
    ]);
    const expected = { out: "a\na\nb\n\n", errors: LOST + BACK + UNSURE, status: 0, waits: [250] };
    assert.deepEqual(seen, expected);
  });

  it("waits increasingly longer for an absent daemon, and reports it once", async () => {
    const turns = [{ pieces: ["a\n"], end: END }, ...Array(7).fill({ end: refused })];
    const seen = await follow([...turns, { pieces: ["a\n", "b\n"], end: END }, { end: "open" }]);
    assert.deepEqual(seen.waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 250]);
    assert.equal(seen.errors, LOST + BACK + UNSURE + LOST + BACK + UNSURE);
  });

  it("asks a server that closes at once ever more seldom", async () => {
    const seen = await follow([...Array(5).fill({ pieces: ["a\n"], end: END }), { end: "open" }]);
    assert.deepEqual(seen.waits, [250, 500, 1000, 2000, 4000]);
  });

  it("is given up when it stays away", async () => {
    const gone = { end: { kind: "status", status: 404 } } as const;
    const seen = await follow([{ pieces: ["a\n"], end: END }, ...Array(6).fill(gone)]);
    assert.equal(seen.waits.length, 6);
    assert.match(seen.errors, /unix:\/\/\/s\/logtail\/a\/stdout Cannot read, status code 404\n$/);
    assert.equal(seen.status, 1);
  });

  it("opens no stream after a Ctrl-C while missing bytes are read from files", async () => {
    let reads = 0;
    const shown = { mark: { epoch: "epoch", offset: 0 }, isMidLine: false };
    const seen = await follow([{ missing: 5, end: "open" }, { end: refused }], (interrupt) => ({
      shown,
      files: {
        async *readFrom() {
          reads += 1;
          interrupt();
          const mark = { epoch: "epoch", offset: 5 };
          yield { bytes: new TextEncoder().encode("late\n"), mark, missing: 0 };
        },
        reached: () => undefined,
      },
    }));
    assert.deepEqual([reads, seen.waits, seen.status], [1, [], 0]);
  });

  it("resumes after update has replaced its group", async () => {
    const gone = { end: { kind: "status", status: 404 } } as const;
    const seen = await follow([{ end: END }, gone, gone, { pieces: ["new\n"], end: "open" }]);
    assert.deepEqual([seen.out, seen.status], ["new\n\n", 0]);
  });

  it("is given up at once when the password is no longer right", async () => {
    const seen = await follow([{ end: END }, { end: { kind: "status", status: 401 } }]);
    assert.deepEqual([seen.status, seen.waits], [1, [250]]);
  });

  it("fails at once when the first try does", async () => {
    const seen = await follow([{ end: refused }]);
    assert.match(seen.errors, /Cannot connect, error: <class 'ConnectionRefusedError'>/);
    assert.deepEqual([seen.status, seen.waits], [1, []]);
  });

  for (const code of ["ECONNRESET", "DISCONNECTED"]) {
    it(`tries again when the first connection is closed: ${code}`, async () => {
      const reset = { end: { kind: "failed", failure: { code, message: code } } } as const;
      const seen = await follow([reset, reset, { pieces: ["a\n"], end: "open" }]);
      assert.deepEqual([seen.out, seen.errors, seen.status], ["a\n\n", "", 0]);
      assert.deepEqual(seen.waits, [250, 500]);
      const never = await follow(Array(7).fill(reset));
      assert.deepEqual([never.status, never.waits.length], [1, 6]);
    });
  }

  it("waits for a log that is not there yet, ever more seldom", async () => {
    const absent = { end: { kind: "status", status: 404 } } as const;
    const turns = [...Array(7).fill(absent), { pieces: ["a\n"], end: "open" } as const];
    const seen = await follow(turns, () => ({ mayBeAbsent: true }));
    assert.deepEqual([seen.out, seen.errors, seen.status], ["a\n\n", "", 0]);
    assert.deepEqual(seen.waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    const denied = { end: { kind: "status", status: 401 } } as const;
    assert.equal((await follow([denied], () => ({ mayBeAbsent: true }))).status, 1);
  });

  it("waits between a quarter of a second and five seconds", () => {
    assert.deepEqual([0, 1, 4, 5, 1000].map(waitBefore), [250, 500, 4000, 5000, 5000]);
  });
});
