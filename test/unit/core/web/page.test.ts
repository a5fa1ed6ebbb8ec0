// Contents of the pages: actions and their messages, forms, ends of logs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { renderHtml } from "../../../../src/core/base/template.ts";
import {
  actionWord,
  allMessage,
  ctime,
  doneMessage,
  failedProgram,
  faultMessage,
  groupMessage,
  isFailure,
  isSupervisors,
  MOST_SELECTED,
  noSuchMessage,
  questionFor,
  readAction,
  readForm,
  signalFaultMessage,
} from "../../../../src/core/web/actions.ts";
import {
  endOfLog,
  endText,
  fromCharacterStart,
  LEAST_TAIL,
  MOST_TAIL,
  plainText,
  tailLimit,
} from "../../../../src/core/web/tail.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { pageName } from "../../../../src/services/web/paths.ts";
import { fc } from "../../../property.ts";

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

void test("actions are read from forms, and no action differs from an unknown one", () => {
  const read = (query: string) => readAction(readForm(`/?${query}`));
  assert.equal(read("message=hi"), null);
  assert.deepEqual(read("action=refresh"), { kind: "refresh" });
  assert.deepEqual(read("action=stopall"), { kind: "all", verb: "stop" });
  assert.deepEqual(read("action=clearlog&processname=a:b"), {
    kind: "program",
    verb: "clearlog",
    name: "a:b",
  });
  assert.deepEqual(read("action=startall"), { kind: "all", verb: "start" });
  assert.deepEqual(read("action=signal&processname=a:b&signal=HUP"), {
    ...{ kind: "signal", verb: "signal", name: "a:b", signal: "HUP" },
  });
  for (const query of ["action=signal&processname=a", "action=signal&signal=HUP"]) {
    assert.equal(read(query), "unknown", query);
  }
  for (const query of ["action=start", "action=shutdown&processname=x", "action=toString"]) {
    assert.equal(read(query), "unknown", query);
  }
});

void test("buttons of rows and selected programs are read from forms, each program once", () => {
  const read = (query: string, body = "") => readAction(readForm(`/?${query}`, body));
  assert.deepEqual(read("", "stop=pool:a"), { kind: "program", verb: "stop", name: "pool:a" });
  assert.deepEqual(read("restart=web"), { kind: "program", verb: "restart", name: "web" });
  assert.deepEqual(read("", "kill=web"), {
    ...{ kind: "signal", verb: "signal", name: "web", signal: "KILL" },
  });
  const some = read("action=stopselected&program=b&program=a", "program=c&program=b&program=");
  assert.deepEqual(some, { kind: "some", verb: "stop", names: ["b", "a", "c"] });
  const most = (count: number) =>
    read("action=startselected", Array.from({ length: count }, (_, i) => `program=${i}`).join("&"));
  assert.notEqual(most(MOST_SELECTED), "unknown");
  for (const wrong of [most(MOST_SELECTED + 1), read("action=stopselected"), most(0)]) {
    assert.equal(wrong, "unknown");
  }
});

void test("a question about selected programs names some, and the message counts them", () => {
  const some = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `p${i}`);
    return { kind: "some", verb: "stop", names } as const;
  };
  assert.equal(questionFor(some(1)), "Stop p0?");
  assert.equal(questionFor(some(2)), "Stop 2 programs: p0, p1?");
  assert.equal(questionFor(some(7)), "Stop 7 programs: p0, p1, p2, p3, p4 and 2 more?");
  assert.equal(doneMessage(some(1), AT), `1 program stopped at ${ctime(AT)}`);
  assert.equal(doneMessage(some(3), AT), `3 programs stopped at ${ctime(AT)}`);
  assert.deepEqual([some(1), { kind: "all", verb: "stop" } as const].map(actionWord), [
    ...["stopselected", "stopall"],
  ]);
});

void test("old links know no action that Supervisor lacks", () => {
  const known = ["stop&processname=a", "clearlog&processname=a", "stopall", "restartall"];
  for (const [queries, is] of [
    [known, true],
    [["startall", "signal&processname=a&signal=9"], false],
  ] as const) {
    for (const query of queries) {
      const action = readAction(readForm(`/?action=${query}`));
      assert.ok(action !== null && action !== "unknown" && action.kind !== "refresh");
      assert.equal(isSupervisors(action), is, query);
    }
  }
});

const AT = { year: 2026, month: 11, day: 1, hour: 8, minute: 7, second: 6, millisecond: 0 };

void test("messages are Supervisor's, and failures are distinguished from successes", () => {
  assert.equal(ctime(AT), "Sun Nov  1 08:07:06 2026");
  assert.equal(ctime({ ...AT, month: 2, day: 29, year: 2024 }), "Thu Feb 29 08:07:06 2024");
  const start = { kind: "program", verb: "start", name: "web" } as const;
  assert.equal(doneMessage(start, AT), "Process web started");
  assert.equal(doneMessage({ ...start, verb: "clearlog" }, AT), "Log for web cleared");
  assert.equal(doneMessage({ kind: "all", verb: "restart" }, AT), `All restarted at ${ctime(AT)}`);
  assert.equal(questionFor({ ...start, verb: "clearlog" }), "Clear both logs of web?");
  const failures = [
    faultMessage("start", "web", fault("NO_FILE", "/x")),
    faultMessage("start", "web", fault("SHUTDOWN_STATE")),
    faultMessage("stop", "web", fault("NOT_RUNNING", "web")),
    noSuchMessage("web"),
    groupMessage("pool:*", ["a: NO_FILE", "b: SPAWN_ERROR"]),
    groupMessage("pool:*", ["a", "b", "c", "d", "e", "f", "g"]),
    allMessage("restart", ["pool:a: NO_FILE: /x"]),
    signalFaultMessage("web", "HUP", fault("NOT_RUNNING", "web")),
    signalFaultMessage("web", "HUMP", fault("BAD_SIGNAL", "HUMP")),
    signalFaultMessage("web", "HUP", fault("BAD_NAME", "web")),
  ];
  assert.deepEqual(failures, [
    "ERROR: Process web: no such file",
    "ERROR: Process web: unexpected rpc fault [6] SHUTDOWN_STATE",
    "unexpected rpc fault [70] NOT_RUNNING: web",
    "No such process named web",
    "ERROR: Group pool:*: a: NO_FILE; b: SPAWN_ERROR",
    "ERROR: Group pool:*: a; b; c; d; e; and 2 more",
    "ERROR: Not all restarted: pool:a: NO_FILE: /x",
    "ERROR: Process web: it is not running",
    "ERROR: Process web: there is no signal HUMP",
    "No such process named web",
  ]);
  for (const text of failures) assert.equal(isFailure(text), true, text);
  assert.equal(isFailure("Process ERROR started"), false);
  assert.equal(failedProgram("ERROR: Process pool:a b: spawn error"), "pool:a b");
  assert.equal(failedProgram("ERROR: Group pool:*: b: SPAWN_ERROR"), null);
  const signal = { kind: "signal", verb: "signal", name: "web", signal: "HUP" } as const;
  assert.equal(questionFor(signal), "Send HUP to web?");
  assert.equal(doneMessage(signal, AT), "HUP sent to web");
});

void test("the end of a log: its size, its first byte, and no terminal sequences", () => {
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

void test("the end of a log begins with a whole line, if it has more than one (web-tail-start)", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  // A limit of one byte less than is there: the log has more.
  const cut = (of: Uint8Array) => endText(of, of.length - 1);
  assert.equal(cut(bytes("lf\nwhole\n")), "whole\n");
  assert.equal(cut(bytes("\nfirst\nsecond\n")), "first\nsecond\n");
  assert.equal(cut(bytes("x€ alone\n").subarray(1)), " alone\n");
  assert.equal(cut(bytes("alone")), "lone");
  // All of a log, of exactly the limit, or of fewer bytes than its text has where they cannot be decoded.
  assert.equal(endText(bytes("lf\nwhole\n"), 9), "lf\nwhole\n");
  assert.equal(endText(Uint8Array.of(0xff, 0x80, 0x0a, 0x61, 0x0a), 5), "\uFFFD\uFFFD\na\n");
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(50), (log, limit) => {
      const end = endOfLog(log.slice(-(limit + 1)), limit);
      assert.ok(end.length <= limit || end.length === 0);
      assert.deepEqual(end, log.slice(log.length - end.length));
    }),
  );
});
