// Options before the verb, words instead of it, and the answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allVerbs, everydayVerbs } from "../../../../src/cli/help.ts";
import { termLines, wrapWords } from "../../../../src/core/base/printable.ts";
import { VERBS } from "../../../../src/core/base/verbs.ts";
import { withInstalled } from "../../../../src/core/command-line/arguments.ts";
import { behindVerb } from "../../../../src/core/command-line/face.ts";
import { suggestVerb } from "../../../../src/core/command-line/help.ts";
import {
  nearestReference,
  optionReference,
} from "../../../../src/core/config/options/reference.ts";

test("options before the verb go behind it", () => {
  for (const [args, verb, words] of [
    [["-c", "f", "status", "web"], "status", ["-c", "f", "web"]],
    [["-cf", "status"], "status", ["-c", "f"]],
    [
      ["--configuration=f", "-s", "http://h", "stop", "-c", "g"],
      "stop",
      ["-c", "f", "-s", "http://h", "-c", "g"],
    ],
    [["--config", "f", "why", "x"], "why", ["-c", "f", "x"]],
    [["-c", "f", "check", "-v"], "check", ["-c", "f", "-v"]],
    [["-c", "f", "install", "--boot"], "install", ["--config", "f", "--boot"]],
    [["-s", "u", "ctl", "status"], "ctl", ["-s", "u", "status"]],
    [["-c", "f", "nosuch"], "nosuch", ["-c", "f"]],
    [["-x", "status"], "-x", ["status"]],
    [["status", "-c", "f"], "status", ["-c", "f"]],
    [[], null, []],
  ] as const) {
    assert.deepEqual(behindVerb(args), { ok: true, value: { verb, words } });
  }
  for (const [args, says] of [
    [["-c"], /-c requires an argument/],
    [["-c", "f"], /missing command/],
    [["-c", "f", "version"], /version has no option -c/],
    [["-s", "u", "daemon"], /daemon has no option -s/],
  ] as const) {
    const given = behindVerb(args);
    assert.match(given.ok ? "" : given.error, says);
  }
});

test("verbs of other tools and slips of the fingers lead to a verb that exists", () => {
  const names = VERBS.map(({ name }) => name);
  for (const [word, meant] of [
    ["ps", "status"],
    ["ls", "status"],
    ["top", "status"],
    ["show", "status"],
    ["describe", "why"],
    ["kill", "signal"],
    ["validate", "check"],
    ["attach", "fg"],
    ["enable", "install --boot"],
    ["statsu", "status"],
    ["restrat", "restart"],
    ["constructor", null],
    ["xyzzy", null],
  ] as const) {
    const found = suggestVerb(word);
    assert.equal(found, meant, word);
    if (found !== null) assert.ok(names.includes(found.replace(/ .*/, "")), found);
  }
});

test("help fits any terminal and names every verb", () => {
  for (const columns of [null, 80, 60, 40]) {
    const [short, long] = [everydayVerbs(columns), allVerbs(columns)];
    for (const { name, usage } of VERBS) {
      assert.ok(long.includes(`  ${usage}`), usage);
      assert.match(short, new RegExp(`[ \\n]${name}[ \\n]`));
    }
    for (const line of `${short}${long}`.split("\n")) {
      assert.ok(line.length <= (columns ?? 80), line);
    }
  }
});

test("help leaves room for the prompt on a terminal of 24 lines", () => {
  assert.ok(everydayVerbs(80).split("\n").length <= 24);
});

test("words are wrapped whole, and terms stand beside their meanings where there is room", () => {
  assert.deepEqual(wrapWords("one two three four", 9, "  "), ["one two", "  three", "  four"]);
  assert.deepEqual(wrapWords("averylongword x", 5), ["averylongword", "x"]);
  const rows = [
    ["-a", "first of all comes this one"],
    ["--a-very-long-one X", "second"],
  ] as const;
  assert.deepEqual(termLines(rows, 40), [
    "  -a  first of all comes this one",
    "  --a-very-long-one X",
    "      second",
  ]);
});

test("help conf knows an option of a section, and the nearest name", () => {
  assert.match(
    optionReference("unix_http_server", "chmod") ?? "",
    /^\[unix_http_server\]\n {2}chmod=/,
  );
  assert.match(optionReference("eventlistener", "command") ?? "", /^\[eventlistener:NAME\]\n/);
  assert.equal(optionReference("supervisord", "chmod"), null);
  assert.equal(nearestReference("stopsig"), "stopsignal");
  assert.equal(nearestReference("comand"), "command");
});

test("the configuration that tsv install has recorded comes before the usual one", () => {
  const usual = "/etc/tsv/tsv.conf";
  assert.deepEqual(withInstalled(["a", usual, "b"], "/srv/x"), ["a", "/srv/x", usual, "b"]);
  assert.deepEqual(withInstalled(["a", usual, "b"], "b"), ["a", "b", usual]);
  assert.deepEqual(withInstalled(["b", "a", usual], "b"), ["b", "a", usual]);
  assert.deepEqual(withInstalled(["a", usual], null), ["a", usual]);
});
