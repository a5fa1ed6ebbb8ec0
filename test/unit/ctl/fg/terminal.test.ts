// fg of a program on a terminal: the window sizes that the program gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { CommandContext } from "../../../../src/ctl/context.ts";
import { attachTerminal } from "../../../../src/ctl/fg/terminal.ts";
import { createLineReporter } from "../../../../src/ctl/report.ts";
import type { StreamEnd } from "../../../../src/ports/http-client.ts";
import { createFakeClient, createFakeTerminal } from "../../../fakes/ctl-client.ts";

void test("a window that changes before anybody listens to changes has its last size all the same", async () => {
  let size = { rows: 24, columns: 80 };
  let end: (how: StreamEnd) => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    end = resolve;
  });
  const client = createFakeClient({
    "tsv.setWindowSize": (params) => {
      // The second time is the one after which nothing is left to be told.
      if (params[2] !== 79) end({ kind: "end" });
      return ok(true);
    },
  });
  const terminal = {
    ...createFakeTerminal(),
    size: () => size,
    openKeys: async () => {
      size = { rows: 40, columns: 120 };
      return { close: () => undefined };
    },
  };
  const context = new CommandContext({
    client: { ...client, follow: () => ok({ ended, close: () => undefined }) },
    terminal,
    report: createLineReporter(terminal, false),
    interactive: false,
    access: () => ({ serverUrl: "unix:///s", username: null, password: null }),
    openServer: () => undefined,
    startPause: () => ({ over: Promise.resolve(), cancel: () => undefined }),
    explainer: null,
  });
  assert.equal(await attachTerminal(context, "a", 1), "done");
  const sizes = client.calls.filter((call) => call.startsWith("tsv.setWindowSize"));
  assert.deepEqual(sizes, ["tsv.setWindowSize(a, 24, 79)", "tsv.setWindowSize(a, 40, 120)"]);
});
