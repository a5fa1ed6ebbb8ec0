// The pure parts of ctl: command lines, URLs, exit statuses, failures, columns, patterns, lines.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCommandLine, parseInteger } from "../../../src/ctl/command-line.ts";
import { fitColumns } from "../../../src/ctl/commands/shell.ts";
import { versionProblem } from "../../../src/ctl/context.ts";
import { errorLine, failureText } from "../../../src/ctl/failure.ts";
import { expandPatterns, isPattern } from "../../../src/ctl/run-verb.ts";
import { parseVerbArguments } from "../../../src/ctl/verb-arguments.ts";
import { findVerb } from "../../../src/ctl/verbs.ts";
import { createFakeClient, createFakeContext } from "../../fakes/ctl-client.ts";
import { fc } from "../../property.ts";

describe("a command line", () => {
  it("is an action and its argument", () => {
    const action = (name: string, argument: string, line: string): unknown => ({
      kind: "action",
      name,
      argument,
      line,
    });
    assert.deepEqual(parseCommandLine("  start  a b "), action("start", "a b", "start  a b"));
    assert.deepEqual(parseCommandLine("status-x"), action("status", "-x", "status-x"));
    assert.deepEqual(parseCommandLine("?start"), action("help", "start", "help start"));
    assert.deepEqual(parseCommandLine("?"), action("help", "", "help "));
    assert.deepEqual(parseCommandLine("!ls"), { kind: "unknown", line: "!ls" });
    assert.deepEqual(parseCommandLine("-x"), { kind: "unknown", line: "-x" });
    assert.deepEqual(parseCommandLine("   "), { kind: "empty" });
  });

  it("counts in Python's notation", () => {
    assert.deepEqual(["10", "+7", "-3", "1_000", "", "x", "1__0", "0x1"].map(parseInteger), [
      10,
      7,
      -3,
      1000,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("exit statuses", () => {
  it("are overwritten by later failures and kept by successes", () => {
    const { context } = createFakeContext(createFakeClient({}));
    const statuses = [80, 10, 80, 50, 80, 11, 40, 30, 70].map((fault) => {
      context.fold(fault, 60);
      return context.exitStatus;
    });
    assert.deepEqual(statuses, [0, 1, 1, 7, 7, 1, 7, 1, 7]);
    context.exitStatus = 0;
    context.fold(60, 60);
    assert.equal(context.exitStatus, 0);
  });

  it("report the errors of a server", () => {
    const [line = "", status] = versionProblem({ ok: true, value: "2.0" }, "u") ?? [];
    assert.equal(status, 5);
    assert.match(line, /API version 3\.0, but the remote version is 2\.0\.$/);
    const unknown = {
      ok: false,
      error: { kind: "fault", code: 1, text: "UNKNOWN_METHOD" },
    } as const;
    assert.equal(versionProblem(unknown, "u")?.[1], 3);
    assert.equal(versionProblem({ ok: true, value: "3.0" }, "u"), null);
  });
});

describe("error lines", () => {
  it("are those of Python up to the place (ctl-error-place)", () => {
    assert.equal(
      errorLine({ kind: "fault", code: 6, text: "SHUTDOWN_STATE" }),
      "error: <class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>: file: tsv-ctl line: 0",
    );
    assert.equal(
      failureText({ kind: "http", status: 401, reason: "Unauthorized" }),
      "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>",
    );
    const failed = (code: string): string =>
      failureText({ kind: "connection", failure: { code, message: "m" } });
    assert.equal(
      failed("ECONNREFUSED"),
      "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused",
    );
    assert.equal(failed("EACCES"), "<class 'PermissionError'>, [Errno 13] Permission denied");
    assert.equal(
      failed("ENOTFOUND"),
      "<class 'socket.gaierror'>, [Errno -2] Name or service not known",
    );
    assert.equal(failed("EWHATEVER"), "<class 'OSError'>, m");
  });
});

describe("columns", () => {
  it("fit the width, are complete and run downwards", () => {
    assert.deepEqual(
      fitColumns(["a", "bb", "c", "d", "e"], 6),
      ["a   d", "bb  e", "c "].map((line) => line),
    );
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (names) => {
        const lines = fitColumns(names, 79);
        assert.ok(lines.every((line) => line.length <= 79));
        assert.deepEqual(
          lines.flatMap((line) => line.trim().split(/ +/)).sort(),
          [...names].sort(),
        );
      }),
    );
  });
});

describe("patterns", () => {
  const processes = ["web1", "web2", "db"].map((name) => ({ group: name, name }));
  const group = { group: "g", name: "p" };

  it("are distinguished from names and from the group form", () => {
    assert.deepEqual(["web*", "g:*", "g*:*", "a?", "[ab]", "web", "g:"].map(isPattern), [
      true,
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("match in the server's order, each process once", () => {
    assert.deepEqual(expandPatterns(["web*", "web2", "x*"], processes), ["web1", "web2", "x*"]);
    assert.deepEqual(expandPatterns(["g*"], [...processes, group]), ["g:p"]);
    assert.deepEqual(expandPatterns(["[!d]*", "d?"], processes), ["web1", "web2", "db"]);
  });

  it("support sets as Python does, and the additional forms of a shell", () => {
    const named = (...names: string[]) => names.map((name) => ({ group: name, name }));
    const known = named("web1", "db", "[web]", "wez");
    const found = (pattern: string): readonly string[] => expandPatterns([pattern], known);
    assert.deepEqual(found("[^wd]*"), ["[web]"]);
    assert.deepEqual(found("[!]w]*"), ["db", "[web]"]);
    assert.deepEqual(found("*[]z]"), ["[web]", "wez"]);
    assert.deepEqual(found("we[z-a]*"), ["we[z-a]*"]);
    assert.deepEqual(found("[[]*"), ["[web]"]);
    assert.deepEqual(found("we[b"), ["we[b"]);
  });

  it("never break, whatever is typed, and match themselves when plain", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const found = expandPatterns([text], [{ group: text, name: text }]);
        assert.equal(found.length, 1);
      }),
    );
  });
});

describe("the arguments of tsv's verbs", () => {
  const parse = (verb: string, argv: readonly string[]) =>
    parseVerbArguments(verb, findVerb(verb) ?? {}, argv);

  it("may hold options anywhere", () => {
    const parsed = parse("start", ["a", "--json", "-cF", "--serverurl=U", "-u", "me", "--", "-b"]);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.words, ["a", "-b"]);
    assert.deepEqual(parsed.value.ctlArguments, [
      "--configuration",
      "F",
      "--serverurl",
      "U",
      "--username",
      "me",
    ]);
    assert.equal(parsed.value.json, true);
  });

  it("keep the modifier of tail in front", () => {
    const parsed = parse("tail", ["web", "-100"]);
    assert.deepEqual(parsed.ok && parsed.value.words, ["-100", "web"]);
    const logs = parse("logs", ["a", "-n", "1", "-c", "F", "--grep=x", "-f", "b"]);
    assert.deepEqual(logs.ok && logs.value.options, ["-n", "1", "--grep=x", "-f"]);
  });

  it("name the error", () => {
    const problem = (verb: string, ...argv: string[]): string => {
      const parsed = parse(verb, argv);
      return parsed.ok ? "" : parsed.error;
    };
    assert.equal(problem("start", "-n", "3"), "start has no option -n");
    assert.equal(problem("start", "--constructor", "3"), "start has no option --constructor");
    assert.equal(
      problem("logs", "-n", "many"),
      "option -n takes a number of lines or all, not 'many'",
    );
    assert.equal(problem("status", "-c"), "option -c requires an argument");
    assert.equal(problem("fg", "--json", "a"), "fg needs a terminal, so it has no --json");
  });
});
