// What the pages say: sections and rows, actions and their messages, forms, ends of logs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { renderHtml } from "../../../../src/core/base/template.ts";
import type { ProcessStateName } from "../../../../src/core/process/states.ts";
import {
  ctime,
  doneMessage,
  faultMessage,
  groupMessage,
  isFailure,
  noSuchMessage,
  questionFor,
  readAction,
} from "../../../../src/core/web/actions.ts";
import { pageName, readForm } from "../../../../src/core/web/form.ts";
import {
  countViews,
  type ProgramFacts,
  rowView,
  sectionViews,
  summaryText,
} from "../../../../src/core/web/status-view.ts";
import {
  fromCharacterStart,
  LEAST_TAIL,
  MOST_TAIL,
  plainText,
  tailLimit,
} from "../../../../src/core/web/tail-view.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { fc } from "../../../property.ts";

function facts(group: string, name: string, over: Partial<ProgramFacts> = {}): ProgramFacts {
  return {
    key: processKey(group, name),
    group,
    name,
    state: "RUNNING",
    pid: 42,
    start: 1000,
    now: 1062,
    description: "pid 42, uptime 0:01:02",
    exitStatus: 0,
    exitCodes: [0],
    hasStdout: true,
    hasStderr: true,
    usage: null,
    ...over,
  };
}

const ACTIONS: Readonly<Record<ProcessStateName, readonly string[]>> = {
  RUNNING: ["restart", "stop"],
  STARTING: ["stop"],
  BACKOFF: ["stop"],
  STOPPED: ["start"],
  EXITED: ["start"],
  FATAL: ["start"],
  STOPPING: [],
  UNKNOWN: [],
};

for (const [state, actions] of Object.entries(ACTIONS)) {
  void test(`a program that is ${state} can be told to ${actions.join(" or ") || "do nothing"}`, () => {
    const row = rowView(facts("web", "web", { state: state as ProcessStateName }));
    assert.deepEqual(
      row.actions.map(({ action }) => action),
      actions,
    );
    assert.equal(row.state, state.toLowerCase());
  });
}

void test("a row tells how long a program has run, or why it does not", () => {
  assert.equal(rowView(facts("web", "web")).uptime, "0:01:02");
  assert.equal(rowView(facts("web", "web")).detail, "");
  const gone = { state: "EXITED", pid: 0, exitStatus: 3, description: "Nov 21 08:12 AM" } as const;
  const exited = rowView(facts("web", "web", gone));
  assert.equal(exited.detail, "exit code 3 (unexpected), Nov 21 08:12 AM");
  assert.equal(exited.uptime, "");
  assert.equal(exited.pid, "–");
  const expected = rowView(facts("web", "web", { ...gone, exitCodes: [0, 3] }));
  assert.equal(expected.detail, "exit code 3, Nov 21 08:12 AM");
  const killed = rowView(facts("web", "web", { ...gone, exitStatus: -1 }));
  assert.equal(killed.detail, "ended by a signal, Nov 21 08:12 AM");
  const failed = { state: "FATAL", pid: 0, description: "can't find command 'x'" } as const;
  assert.equal(rowView(facts("web", "web", failed)).detail, "can't find command 'x'");
  assert.equal(rowView(facts("web", "web", failed)).stateClass, "statuserror");
});

void test("programs stand first, then groups, all by name; addresses are quoted", () => {
  const sections = sectionViews([
    facts("zoo", "zoo"),
    facts("pool", "b"),
    facts("pool", "a b&c"),
    facts("ant", "ant"),
    facts("duo", "other"),
  ]);
  assert.deepEqual(
    sections.map(({ title, spec, rows }) => [title, spec, rows.map((row) => row.label)]),
    [
      ["Programs", "", ["ant", "zoo"]],
      ["duo", "duo:*", ["duo:other"]],
      ["pool", "pool:*", ["pool:a b&c", "pool:b"]],
    ],
  );
  assert.equal(sections[2]?.rows[0]?.quoted, "pool%3Aa%20b%26c");
  assert.deepEqual(sectionViews([]), []);
});

void test("states are counted, running first, and summed up in words", () => {
  const all = [
    facts("a", "a", { state: "FATAL" }),
    facts("b", "b"),
    facts("c", "c", { state: "STOPPED" }),
    facts("d", "d"),
  ];
  assert.deepEqual(
    countViews(all).map(({ count, state }) => `${count} ${state}`),
    ["2 running", "1 fatal", "1 stopped"],
  );
  assert.equal(summaryText(all), "2 of 4 running, 1 failing");
  assert.equal(summaryText(all.slice(1)), "2 of 3 running");
});

void test("a template escapes everything, and one that asks for raw text is refused", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const html = renderHtml('<p title="{{x}}">{{x}}</p>', { x: text });
      assert.doesNotMatch(
        html.slice('<p title="'.length, -"</p>".length).replace('">', ""),
        /[<>"]/,
      );
    }),
  );
  assert.throws(() => renderHtml("{{{x}}}", { x: "" }));
  assert.throws(() => renderHtml("{{& x}}", { x: "" }));
  assert.throws(() => renderHtml("{{> part}}", { x: "" }, { part: "{{{x}}}" }));
});

void test("forms: the first in the query, the last in the body, the body first of all", () => {
  const form = readForm("/index.html?a=1&a=2&b=%C3%A4+b&empty=&c=x#a=9", "c=y&c=z&d=%3Cb%3E&e=");
  assert.deepEqual(Object.fromEntries(form), { a: "1", b: "ä b", c: "z", d: "<b>" });
  assert.equal(readForm("/").size, 0);
  for (const target of ["/", "//", "/?a=1", "/index.html", "///index.html?x#y"]) {
    assert.equal(pageName(target), "index.html");
  }
  assert.equal(pageName("/tail.html?processname=a/b"), "tail.html");
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => void readForm(a, b)));
});

void test("actions are read from forms, and what is none is told from what is unknown", () => {
  const read = (query: string) => readAction(readForm(`/?${query}`));
  assert.equal(read("message=hi"), null);
  assert.deepEqual(read("action=refresh"), { kind: "refresh" });
  assert.deepEqual(read("action=stopall"), { kind: "all", verb: "stop" });
  assert.deepEqual(read("action=clearlog&processname=a:b"), {
    kind: "program",
    verb: "clearlog",
    name: "a:b",
  });
  for (const query of ["action=start", "action=shutdown&processname=x", "action=toString"]) {
    assert.equal(read(query), "unknown", query);
  }
});

const AT = { year: 2026, month: 11, day: 1, hour: 8, minute: 7, second: 6, millisecond: 0 };

void test("messages are Supervisor's, and failures are told from good news", () => {
  assert.equal(ctime(AT), "Sun Nov  1 08:07:06 2026");
  assert.equal(ctime({ ...AT, month: 2, day: 29, year: 2024 }), "Thu Feb 29 08:07:06 2024");
  const start = { kind: "program", verb: "start", name: "web" } as const;
  assert.equal(doneMessage(start, AT), "Process web started");
  assert.equal(doneMessage({ ...start, verb: "clearlog" }, AT), "Log for web cleared");
  assert.equal(doneMessage({ kind: "all", verb: "restart" }, AT), `All restarted at ${ctime(AT)}`);
  assert.equal(questionFor({ ...start, verb: "clearlog" }), "Clear the log of web?");
  const failures = [
    faultMessage("start", "web", fault("NO_FILE", "/x")),
    faultMessage("start", "web", fault("SHUTDOWN_STATE")),
    faultMessage("stop", "web", fault("NOT_RUNNING", "web")),
    noSuchMessage("web"),
    groupMessage("pool:*", ["a: NO_FILE", "b: SPAWN_ERROR"]),
    groupMessage("pool:*", ["a", "b", "c", "d", "e", "f", "g"]),
  ];
  assert.deepEqual(failures, [
    "ERROR: Process web: no such file",
    "ERROR: Process web: unexpected rpc fault [6] SHUTDOWN_STATE",
    "unexpected rpc fault [70] NOT_RUNNING: web",
    "No such process named web",
    "ERROR: Group pool:*: a: NO_FILE; b: SPAWN_ERROR",
    "ERROR: Group pool:*: a; b; c; d; e; and 2 more",
  ]);
  for (const text of failures) assert.equal(isFailure(text), true, text);
  assert.equal(isFailure("Process ERROR started"), false);
});

void test("the end of a log: how much, from which byte, and without what terminals act on", () => {
  assert.deepEqual([undefined, "x", "-5", "1", "5000", "9".repeat(30)].map(tailLimit), [
    LEAST_TAIL,
    LEAST_TAIL,
    LEAST_TAIL,
    LEAST_TAIL,
    5000,
    MOST_TAIL,
  ]);
  const bytes = new TextEncoder().encode("€uro");
  assert.equal(new TextDecoder().decode(fromCharacterStart(bytes.subarray(1))), "uro");
  assert.equal(fromCharacterStart(bytes).length, bytes.length);
  assert.equal(plainText("\x1b[1;31mred\x1b[0m\x1b]0;title\x07\ta\x00b\x7f\n"), "red\ta␀b␡\n");
});
