// Shared code of the tests of actions: rows of lines, answers and outcomes, and a supervisor that answers from a table.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { findCommand } from "../../../../src/ctl/commands/table.ts";
import { runCommand } from "../../../../src/ctl/context.ts";
import { createFakeClient, createFakeContext, faultAnswer } from "../../../fakes/ctl-client.ts";

/** One line typed, and what becomes of it. */
export interface Row {
  readonly line: string;
  readonly answers: Parameters<typeof createFakeClient>[0];
  /** Standard output; help after an error is left out. */
  readonly out: string;
  readonly status: number;
  readonly calls?: readonly string[];
  /** Of a verb of tsv. */
  readonly isOwn?: boolean;
}

/** A process as getProcessInfo answers it. */
export function info(
  name: string,
  state: number,
  statename: string,
  more: { readonly pid?: number; readonly group?: string } = {},
): XmlRpcValue {
  const { pid = 0, group = name } = more;
  const rest = { description: "d", start: 0, stop: 0, now: 0, exitstatus: 0, spawnerr: "" };
  return { name, group, state, statename, pid, ...rest };
}

/** One result of a command on many processes. */
export function result(name: string, status: number, group = name): XmlRpcValue {
  return { name, group, status, description: "text" };
}

/** The answer of a method that has nothing to tell. */
export const YES = ok(true);

/** Answers by the first parameter; other names are unknown. */
export const byName =
  (answers: Readonly<Record<string, CallResult>>) =>
  (params: readonly XmlRpcValue[]): CallResult =>
    answers[String(params[0])] ?? faultAnswer("BAD_NAME", String(params[0]));

/** Three processes, up, down and in trouble. */
export const INFOS = {
  getAllProcessInfo: ok([
    info("a", 20, "RUNNING", { pid: 7 }),
    info("b", 100, "EXITED"),
    info("p", 30, "BACKOFF", { group: "g" }),
  ]),
};

/** What a daemon answers on its way down. */
export const SHUTTING = faultAnswer("SHUTDOWN_STATE");

/** Runs a line. */
export async function perform(
  row: Pick<Row, "line" | "answers" | "isOwn">,
): Promise<{ out: string; status: number; calls: readonly string[] }> {
  const client = createFakeClient(row.answers);
  const { context, terminal } = createFakeContext(client, { isOwn: row.isOwn ?? false });
  const [name = "", ...words] = row.line.split(" ");
  const command = findCommand(name);
  if (command !== null) await runCommand(command, context, words.join(" "));
  const isMisuse = /^(Error: .*(requires a|too (few|many))|ERROR: no process name)/.test(
    terminal.written(),
  );
  const out = isMisuse ? terminal.written().replace(/\n[\s\S]*/, "\n") : terminal.written();
  return { out, status: context.exitStatus, calls: client.calls };
}

/** One test for each row. */
export function testRows(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    for (const row of rows) {
      it(`${row.line}: ${row.out.trim().split("\n").join(" / ")} (${row.status})`, async () => {
        const { out, status, calls } = await perform(row);
        assert.deepEqual([out, status], [row.out, row.status]);
        if (row.calls !== undefined) assert.deepEqual(calls, row.calls);
      });
    }
  });
}
