// Decisions of operators: where they are, what they change, and what is ignored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import {
  decisionsPath,
  decisionsText,
  defaultStateDirectory,
  planDecision,
  scaleOf,
  sinceText,
} from "../../../../src/core/config/decisions.ts";
import type { Config } from "../../../../src/core/config/model.ts";
import { historyPath } from "../../../../src/core/config/state-directory.ts";
import { fakeWorld, readText } from "./fake-world.ts";

const WEB =
  "[program:web]\ncommand=w\nprocess_name=%(process_num)d\nnumprocs=2\nnumprocs_max=5\n[program:one]\ncommand=o\n";
const PATH = "/var/lib/tsv/etc-s.conf";

/** A configuration with this layer. */
const withLayer = (layer: string, sections = WEB): Config =>
  readText(sections, {}, { readDecisions: (path) => ok(path === PATH ? layer : null) });

const counts = ({ groups }: Config) =>
  groups.map(({ name, processes }) => `${name} ${processes.length} ${processes[0]?.enabled}`);

const warnings = ({ notices }: Config) =>
  notices.filter(({ rule }) => rule?.endsWith("-decision")).map(({ text }) => text);

test("a program is scaled if the number of an operator is in force and not that of the file", () => {
  for (const [numprocs, scale] of [
    ["4", { to: 4, filed: 2 }],
    ["2", null],
    ["99", null],
  ] as const) {
    const { groups, decisions } = withLayer(`[program:web]\nnumprocs = ${numprocs}\n`);
    const of = (name: string) => {
      const [process] = groups.find((group) => group.name === name)?.processes ?? [];
      return process === undefined ? "absent" : scaleOf(process, decisions);
    };
    assert.deepEqual([of("web"), of("one")], [scale, null]);
  }
});

test("a decision overrides the files, and nothing else changes", () => {
  const config = withLayer(
    "[program:web]\nnumprocs = 4 ; since 2026-11-26T19:30:12Z\n[program:one]\nenabled = false\n",
  );
  assert.deepEqual(counts(config), ["one 1 false", "web 4 true"]);
  assert.deepEqual(config.decisions, [
    {
      ...{ section: "program:web", key: "numprocs", value: "4", filed: "2", problem: null },
      since: "2026-11-26T19:30:12Z",
    },
    {
      ...{ section: "program:one", key: "enabled", value: "false", filed: "true", problem: null },
      since: "",
    },
  ]);
  assert.deepEqual(warnings(config), []);
});

const IGNORED: readonly (readonly [layer: string, warning: RegExp])[] = [
  ["[program:web]\nnumprocs=6\n", /^\/var\/lib\/tsv\/etc-s\.conf:2: .*more than numprocs_max=5$/],
  ["[program:web]\nnumprocs=0\n", /must be a number from 1/],
  ["[program:web]\nnumprocs=1e1\n", /must be a number from 1/],
  ["[program:one]\nnumprocs=2\n", /add process_name=.* to \[program:one\]$/],
  ["[program:one]\nenabled=perhaps\n", /not a valid boolean value/],
  ["[program:gone]\nenabled=false\n", /is kept, but there is no \[program:gone\]$/],
  ["[program:web]\ncommand=id\n", /^\/var.*:2 \(command\) is no decision/],
  ["[supervisord]\nenabled=false\n", /\(enabled\) is no decision/],
  ["[program:web]\nnumprocs\n", /decisions of operators are ignored: .*:2 is no line/],
  ["numprocs=3\n", /decisions of operators are ignored: .*:1 is no line/],
];

for (const [layer, warning] of IGNORED) {
  test(`ignores ${JSON.stringify(layer)} with a warning`, () => {
    const config = withLayer(layer);
    assert.deepEqual(counts(config), ["one 1 true", "web 2 true"]);
    const [text = "", ...more] = warnings(config);
    assert.match(text, warning);
    assert.deepEqual(more, []);
  });
}

test("a file that is not trusted is ignored with a warning", () => {
  const config = readText(WEB, {}, { readDecisions: () => err("it is open") });
  assert.deepEqual(warnings(config), ["decisions of operators are ignored: it is open"]);
});

test("an empty state_directory means none", () => {
  const config = readText(
    `[supervisord]\nstate_directory=\n${WEB}`,
    {},
    { readDecisions: () => err("read") },
  );
  assert.deepEqual(warnings(config), []);
});

test("each configuration has a file of its own, whose name can be read", () => {
  const pathOf = (configFile: string) => {
    const here = configFile.slice(0, configFile.lastIndexOf("/")) || "/";
    return decisionsPath("/s", { here, configFile });
  };
  assert.equal(pathOf("/etc/supervisor/supervisord.conf"), "/s/etc-supervisor-supervisord.conf");
  const similar = ["/a/b-c.conf", "/a-b/c.conf", "/a/b/c.conf", "/a/b%2dc.conf", "/a%2Fb/c.conf"];
  assert.equal(new Set(similar.map(pathOf)).size, similar.length);
});

test("the default directory is that of the daemon's user", () => {
  const root = fakeWorld({});
  const user = fakeWorld({}, { uid: 1000, home: "/home/web", env: {} });
  const session = { ...user, env: { XDG_STATE_HOME: "/x" } };
  const web = { uid: 1000, home: "/home/web" };
  assert.equal(defaultStateDirectory(null, root), "/var/lib/tsv");
  assert.equal(defaultStateDirectory(web, root), "/home/web/.local/state/tsv");
  assert.equal(defaultStateDirectory(null, user), "/home/web/.local/state/tsv");
  assert.equal(defaultStateDirectory(null, session), "/x/tsv");
  assert.equal(defaultStateDirectory(web, session), "/home/web/.local/state/tsv");
});

const since = "2026-11-26T19:30:12Z";
const wanted = (name: string, key: "numprocs" | "enabled", value: string) => ({
  ...{ name, key, value, since },
});

test("what is written is read again", () => {
  const plan = planDecision(withLayer(""), wanted("web", "numprocs", "3"));
  assert.ok(plan.ok);
  const text = decisionsText(plan.value.decisions, "/etc/s.conf");
  assert.deepEqual(withLayer(text).decisions, plan.value.decisions);
  assert.deepEqual(plan.value.programs, [
    { section: "program:web", before: "2", after: "3", filed: "2" },
  ]);
});

test("a decision that says what the files say is dropped, one about a program that is gone is kept", () => {
  const layer = `[program:web]\nnumprocs = 4\n[program:gone]\nenabled = false\n`;
  const plan = planDecision(withLayer(layer), wanted("web", "numprocs", "2"));
  assert.ok(plan.ok);
  assert.deepEqual(
    plan.value.decisions.map(({ section }) => section),
    ["program:gone"],
  );
  const reset = planDecision(withLayer(layer), wanted("gone", "enabled", "true"));
  assert.ok(reset.ok);
  assert.deepEqual(
    reset.value.decisions.map(({ section }) => section),
    ["program:web"],
  );
});

test("a decision that is made already keeps its time", () => {
  const config = withLayer("[program:one]\nenabled = false ; since 2020-01-01T00:00:00Z\n");
  const plan = planDecision(config, wanted("one", "enabled", "false"));
  assert.ok(plan.ok);
  assert.equal(plan.value.decisions, config.decisions);
});

test("names are programs and groups", () => {
  const config = withLayer("", `${WEB}[group:g]\nprograms=web,one\n`);
  const sections = (name: string) => {
    const plan = planDecision(config, wanted(name, "enabled", "false"));
    return plan.ok
      ? plan.value.programs.map(({ section }) => section)
      : `${plan.error.fault}: ${plan.error.text}`;
  };
  assert.deepEqual(sections("web"), ["program:web"]);
  assert.deepEqual(sections("g:one"), ["program:one"]);
  assert.deepEqual(sections("g"), ["program:web", "program:one"]);
  assert.deepEqual(sections("g:*"), ["program:web", "program:one"]);
  assert.equal(
    sections("g:0"),
    "INCORRECT_PARAMETERS: it is one of 2 processes of web: use tsv disable web",
  );
  assert.equal(sections("nosuch"), "BAD_NAME: nosuch");
});

test("times are in UTC", () => {
  assert.equal(sinceText(Date.UTC(2026, 10, 26, 19, 30, 12)), since);
});

test("history=disk is kept beside the decisions; a place that cannot be written is reported", () => {
  const place = (section: string, problem: string | null = null) => {
    const text = `[supervisord]\n${section}\n${WEB}`;
    const { daemon, notices } = readText(text, {}, { unwritable: () => problem });
    return [historyPath(daemon), notices.find(({ rule }) => rule === "unkept-history")?.text];
  };
  assert.deepEqual(place("history=disk"), [`${PATH}+history`, undefined]);
  assert.deepEqual(place("history=memory", "it is read-only"), [null, undefined]);
  assert.deepEqual(place("history=disk", "/var/lib/tsv cannot be written: read-only"), [
    `${PATH}+history`,
    "history=disk is kept in memory only: /var/lib/tsv cannot be written: read-only",
  ]);
  assert.deepEqual(place("history=disk\nstate_directory="), [
    null,
    "history=disk is kept in memory only: state_directory is empty",
  ]);
});
