// The pure parts of ctl: command lines, URLs, exit statuses, failures, columns, patterns, lines.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCommandLine, parseInteger } from "../../../src/ctl/command-line.ts";
import { fitColumns } from "../../../src/ctl/commands/shell.ts";
import { versionProblem } from "../../../src/ctl/context.ts";
import { errorLine } from "../../../src/ctl/failure.ts";
import { expandPatterns, isPattern } from "../../../src/ctl/run-verb.ts";
import { parseVerbArguments } from "../../../src/ctl/verb-arguments.ts";
import { findVerb } from "../../../src/ctl/verbs.ts";
import { createFakeClient, createFakeContext } from "../../fakes/ctl-client.ts";
import { fc } from "../../property.ts";

describe("a command line", () => {
  const unknown = { kind: "unknown" } as const;
  const action = (name: string, argument: string) => ({ kind: "action", name, argument }) as const;

  for (const [typed, expected, line] of [
    ["  start  a b ", action("start", "a b"), "start  a b"],
    ["status-x", action("status", "-x"), "status-x"],
    ["?start", action("help", "start"), "help start"],
    ["?", action("help", ""), "help "],
    ["!ls", unknown, "!ls"],
    ["-x", unknown, "-x"],
  ] as const) {
    it(`"${typed}" is ${expected.kind}`, () => {
      assert.deepEqual(parseCommandLine(typed), { ...expected, line });
    });
  }

  it("may be empty", () => assert.deepEqual(parseCommandLine("   "), { kind: "empty" }));

  it("counts in Python's notation", () => {
    const numbers = ["10", "+7", "-3", "1_000", "", "x", "1__0", "0x1"].map(parseInteger);
    assert.deepEqual(numbers, [10, 7, -3, 1000, null, null, null, null]);
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
  const failed = (code: string) =>
    ({ kind: "connection", failure: { code, message: "m" } }) as const;

  for (const [failure, expected] of [
    [
      { kind: "fault", code: 6, text: "SHUTDOWN_STATE" },
      "<class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>",
    ],
    [
      { kind: "http", status: 500, reason: "Internal Server Error" },
      "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 500 Internal Server Error>",
    ],
    [failed("EACCES"), "<class 'PermissionError'>, [Errno 13] Permission denied"],
    [
      failed("EAI_AGAIN"),
      "<class 'socket.gaierror'>, [Errno -3] Temporary failure in name resolution",
    ],
    [failed("EWHATEVER"), "<class 'OSError'>, m"],
  ] as const) {
    it(`are those of Python up to the file: ${expected} (ctl-error-place)`, () => {
      assert.equal(errorLine(failure), `error: ${expected}: file: tsv-ctl line: 0`);
    });
  }
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
    const words = ["web*", "g:*", "g*:*", "a?", "[ab]", "web", "g:"];
    assert.deepEqual(words.filter(isPattern), ["web*", "g*:*", "a?", "[ab]"]);
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
    const words = ["a", "--json", "-cF", "--serverurl=U", "-u", "me", "--", "-b"];
    const parsed = parse("start", words);
    assert.ok(parsed.ok);
    assert.deepEqual([parsed.value.words, parsed.value.json], [["a", "-b"], true]);
    const expected = "--configuration F --serverurl U --username me";
    assert.equal(parsed.value.ctlArguments.join(" "), expected);
  });

  it("keep the modifier of tail in front", () => {
    const parsed = parse("tail", ["web", "-100"]);
    assert.deepEqual(parsed.ok && parsed.value.words, ["-100", "web"]);
    const logs = parse("logs", ["a", "-n", "1", "-c", "F", "--grep=x", "-f", "b"]);
    assert.deepEqual(logs.ok && logs.value.options, ["-n", "1", "--grep=x", "-f"]);
  });

  for (const [line, problem] of [
    ["start -n 3", "start has no option -n"],
    ["start --constructor 3", "start has no option --constructor"],
    ["logs -n many", "option -n takes a number of lines or all, not 'many'"],
    ["status -c", "option -c requires an argument"],
    ["fg --json a", "fg needs a terminal, so it has no --json"],
  ] as const) {
    it(`are refused: ${line}`, () => {
      const [verb = "", ...words] = line.split(" ");
      const parsed = parse(verb, words);
      assert.deepEqual(parsed.ok ? null : parsed.error, { message: problem, steps: [] });
    });
  }

  for (const [line, meant] of [
    ["logs --folow web", "logs --follow web"],
    ["logs --sinse=1h", "logs --since 1h"],
    ["logs --tail=5", "logs -n 5"],
    ["logs web --tail 5 -f -c a/b.conf", "logs -f -n 5 web -c a/b.conf"],
    ["logs -20 web", "logs -n 20 web"],
    ["logs --err -s unix:///s -u me -p secret", "logs --stderr -s unix:///s"],
    ["logs -t", "logs --prefix"],
    ["logs -e web", "logs web"],
    ["logs --level error", "logs -i --grep error"],
    ["status -l", "status --long"],
    ["status web -w -c d.conf", "status --watch web -c d.conf"],
    ["status --fialed", "status --failed"],
    ["start --wait a b:*", "start a 'b:*'"],
    ["start --all", "start all"],
    ["stop --force web", "signal KILL web"],
    ["update --dry-run web -c d.conf", "update --plan web -c d.conf"],
    ["apply -n", "apply --plan"],
  ] as const) {
    it(`have a suggestion for: ${line}`, () => {
      const [verb = "", ...words] = line.split(" ");
      const parsed = parse(verb, words);
      assert.deepEqual(parsed.ok ? null : parsed.error.steps, [["Did you mean", `tsv ${meant}`]]);
    });
  }

  for (const [line, problem] of [
    ["-i", "-i needs --grep"],
    ["-f --ignore-case", "-i needs --grep"],
    ["-i --grep x", null],
  ] as const) {
    it(`of logs ${line}: ${problem ?? "no problem"}`, async () => {
      const parsed = parse("logs", line.split(" "));
      assert.ok(parsed.ok);
      const found = (await findVerb("logs")?.problem?.(parsed.value)) ?? null;
      assert.equal(found?.message ?? null, problem);
    });
  }
});
