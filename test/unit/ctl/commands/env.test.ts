// `tsv env`: its lines on terminals and in pipes, its data, its exit status.

import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import { environmentItem } from "../../../../src/ctl/commands/env.ts";

function variable(name: string, value: string | null, source: string, place: string | null = null) {
  return { name, value, isSecret: value === null, source, place };
}

const WEB = {
  ...{ group: "web", name: "web", pid: 7, problem: "", command: "" },
  variables: [
    variable("EMPTY", "", "daemon"),
    variable("HOME", "/srv", "user"),
    variable("MOTTO", "two words\nand a line", "environment", "/etc/tsv/conf.d/web.conf:12"),
    variable("PORT", "8080", "supervisor"),
    variable("TOKEN", null, "env_file", "/etc/app.env:2"),
  ],
};

function lines(columns: number | null, over: Partial<typeof WEB> = {}): readonly string[] {
  return environmentItem({ ...WEB, ...over }, columns).line.split("\n");
}

test("a pipe gets what a shell reads", () => {
  assert.deepEqual(lines(null), [
    "# web: pid 7",
    "EMPTY=  # daemon",
    "HOME=/srv  # user_env",
    "MOTTO='two words",
    "and a line'  # /etc/tsv/conf.d/web.conf:12",
    "PORT=8080  # supervisor",
    "TOKEN=<redacted>  # /etc/app.env:2",
  ]);
});

test("a terminal gets one line for each, which fits it", () => {
  assert.deepEqual(lines(80), [
    "# web: pid 7",
    "EMPTY=                           # daemon",
    "HOME=/srv                        # user_env",
    "MOTTO='two words\\x0aand a line'  # /etc/tsv/conf.d/web.conf:12",
    "PORT=8080                        # supervisor",
    "TOKEN=<redacted>                 # /etc/app.env:2",
  ]);
  const long = [
    variable("LONG", "x".repeat(100_000), "environment", `/etc/${"y".repeat(200)}.conf:12`),
    variable("WIDE", "漢字".repeat(50), "daemon"),
  ];
  for (const columns of [200, 80, 60, 48]) {
    for (const line of lines(columns, { variables: long })) {
      assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
    }
  }
});

test("the next start has no LISTEN_PID yet, and says so", () => {
  const variables = [variable("LISTEN_FDS", "1", "socket")];
  const said = "# at the start, LISTEN_PID is added: the pid of the process";
  assert.equal(lines(80, { pid: 0, variables }).at(-1), said);
  assert.ok(!lines(80, { variables }).includes(said));
});

test("the next start says what it is, what is missing, and what a command adds", () => {
  const next = lines(80, { pid: 0, problem: "env_file /a.env:1:1: x", command: "vault read" });
  assert.equal(next[0], "# web: its next start");
  assert.deepEqual(next.slice(-2), [
    "# at the start, env_command adds its output: vault read",
    "# the start will fail: env_file /a.env:1:1: x",
  ]);
});

test("data has everything", () => {
  const { data } = environmentItem(WEB, null);
  const { variables, ...others } = data;
  assert.deepEqual(others, { group: "web", name: "web", pid: 7, problem: null, command: null });
  assert.deepEqual((variables as readonly unknown[]).at(-1), {
    ...{ name: "TOKEN", value: null, secret: true, source: "env_file", place: "/etc/app.env:2" },
  });
});
