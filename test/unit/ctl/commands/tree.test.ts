// tree: which programs need which.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { runTree } from "../../../../src/ctl/commands/tree.ts";
import type { TreeFormat } from "../../../../src/ctl/verb-arguments.ts";
import { createFakeClient, createFakeContext, faultAnswer } from "../../../fakes/ctl-client.ts";

const row = (
  id: string,
  statename: string,
  needs: readonly (readonly [name: string, condition: string])[] = [],
): XmlRpcValue => {
  const [group = "", name = group, program = name] = id.split(":");
  return {
    ...{ group, program, name, statename },
    needs: needs.map(([needed, condition]) => ({ name: needed, condition })),
  };
};

const ROWS = [
  row("web:web_0:web", "RUNNING", [
    ["api", "ready"],
    ["cache:*", "running"],
  ]),
  row("web:web_1:web", "FATAL", [
    ["api", "ready"],
    ["cache:*", "running"],
  ]),
  row("api", "RUNNING", [["db", "completed"]]),
  row("db", "EXITED"),
  row("cache:a", "RUNNING", [["api", "running"]]),
  row("cache:b", "STOPPED"),
  row("alone", "RUNNING", [["gone", "running"]]),
];

async function tree(names: readonly string[], format: TreeFormat = "tree", rows = ROWS) {
  const client = createFakeClient({ "tsv.getDependencies": ok(rows), getState: ok({}) });
  const { context, terminal } = createFakeContext(client, { isOwn: true });
  await runTree(context, names, format);
  return { text: terminal.written() + terminal.errors(), status: context.exitStatus };
}

test("a tree has each program below those that need it, and what it needs once", async () => {
  const { text, status } = await tree([]);
  assert.equal(
    text,
    `web         1 RUNNING, 1 FATAL
├─ api      RUNNING    ready
│  └─ db    EXITED     completed
├─ cache:a  RUNNING    running
│  └─ api   RUNNING    running (above)
└─ cache:b  STOPPED    running
alone       RUNNING
└─ gone                not found
`,
  );
  assert.equal(status, 0);
});

test("a tree may begin with a program, and an unknown one is an error", async () => {
  const { text } = await tree(["api"]);
  assert.equal(text, "api    RUNNING\n└─ db  EXITED     completed\n");
  const unknown = await tree(["nope"]);
  assert.match(unknown.text, /^nope: ERROR \(no such program\)\n$/);
  assert.equal(unknown.status, 1);
});

test("graphs are for Graphviz and Mermaid, with quoted names", async () => {
  const rows = [row('a"b', "RUNNING", [["c", "ready"]]), row("c", "RUNNING"), row("d", "RUNNING")];
  assert.equal(
    (await tree([], "dot", rows)).text,
    'digraph programs {\n  "a\\"b" -> "c" [label="ready"];\n  "d";\n  "c";\n}\n',
  );
  assert.equal(
    (await tree([], "mermaid", rows)).text,
    'flowchart TD\n  p1["a#quot;b"] -->|ready| p2["c"]\n  p3["d"]\n  p2\n',
  );
});

test("another daemon cannot tell", async () => {
  const client = createFakeClient({ "tsv.getDependencies": faultAnswer("UNKNOWN_METHOD") });
  const { context, terminal } = createFakeContext(client, { isOwn: true });
  await runTree(context, [], "tree");
  assert.match(terminal.written() + terminal.errors(), /does not report/);
  assert.equal(context.exitStatus, 1);
});
