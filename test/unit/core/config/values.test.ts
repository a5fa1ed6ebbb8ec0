// Value types, expansions, signals and the small pieces below them, as tables.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closest } from "../../../../src/core/base/edit-distance.ts";
import { pyAscii, pyRepr } from "../../../../src/core/base/py-repr.ts";
import { ok } from "../../../../src/core/base/result.ts";
import { healthActionText, parseHealthAction } from "../../../../src/core/config/check-target.ts";
import { expand } from "../../../../src/core/config/expand.ts";
import { globMatch } from "../../../../src/core/config/glob.ts";
import { expandUser, normalizePath } from "../../../../src/core/config/paths.ts";
import { decodeUtf8, strip } from "../../../../src/core/config/py-text.ts";
import { durationText, parseDuration, sizeText } from "../../../../src/core/config/quantities.ts";
import type { ValueKind } from "../../../../src/core/config/value-types.ts";
import { parseValue } from "../../../../src/core/config/values.ts";
import { parseSignal, signalName, signalNames } from "../../../../src/core/process/signals.ts";
import { fc } from "../../../property.ts";
import { fakeWorld } from "./fake-world.ts";

const world = fakeWorld({ "/etc/s.conf": "" });

describe("values", () => {
  const good: readonly (readonly [ValueKind, string, unknown])[] = [
    ["absolute paths", "/a b, /c,\n /d \n", ["/a b", "/c", "/d"]],
    ["absolute paths", "", []],
    ["duration", "90", 90],
    ["duration", "0", 0],
    ["duration", "90s", 90],
    ["duration", "1h30m", 5400],
    ["duration", "2d", 172_800],
    ["duration", "500ms", 0.5],
    ["rate", "5/1m", { count: 5, seconds: 60 }],
    ["line rate", "1000/s", { count: 1000, seconds: 1 }],
    ["line rate", "50000/10s", { count: 50_000, seconds: 10 }],
    ["fraction", "0.1", 0.1],
    ["backoff", "LINEAR", "linear"],
    ["health action", "Restart", { kind: "restart" }],
    ["health action", "report", { kind: "report" }],
    ["health action", "signal:USR1", { kind: "signal", signal: 10 }],
    ["health action", "signal: usr1", { kind: "signal", signal: 10 }],
    ["health action", "SIGNAL:10", { kind: "signal", signal: 10 }],
    [
      "dependencies",
      "db, cache:ready,a:b, a:b:completed, g:*",
      [
        { name: "db", condition: "running" },
        { name: "cache", condition: "ready" },
        { name: "a:b", condition: "running" },
        { name: "a:b", condition: "completed" },
        { name: "g:*", condition: "running" },
      ],
    ],
    ...(
      [
        ["400", 400],
        ["64k", 64 * 1024],
        ["64 KB", 64 * 1024],
        // size-forms: Supervisor takes only whole numbers with KB, MB or GB.
        ["-1", -1],
        ["1_0 kB", 10 * 1024],
        ["400M", 400 * 1024 ** 2],
        ["400mb", 400 * 1024 ** 2],
        ["400 MiB", 400 * 1024 ** 2],
        ["1g", 1024 ** 3],
        ["1.5GB", 1.5 * 1024 ** 3],
      ] as const
    ).map(([text, bytes]) => ["size", text, bytes] as const),
    ["logfile", "Auto", { kind: "auto" }],
    ["logfile", "SYSLOG", { kind: "syslog" }],
    ["user", "web", 1000],
    ["user", "0", 0],
    ["user and group", "web:staff", { uid: 1000, gid: 50, text: "web:staff" }],
    ["user and group", "web", { uid: 1000, gid: -1, text: "web" }],
    // environment-posix: Supervisor 4.2.5 strips quotes instead of reading them.
    ["environment", `A="b \\"c\\"",B='d'e`, { A: 'b "c"', B: "de" }],
  ];
  for (const [kind, text, value] of good) {
    test(`${kind} takes ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseValue(kind, text, world), { ok: true, value });
    });
  }

  const bad: readonly (readonly [ValueKind, string, string])[] = [
    // ascii-digits: Python reads the digits of every script.
    ["integer", "\u0663", "invalid literal for int() with base 10: '\u0663'"],
    ["absolute paths", "/a,b", "not an absolute path: 'b'"],
    ["logfile", "/nosuch/x", "The directory named as part of the path /nosuch/x does not exist"],
    ["directory", "/nosuch", "/nosuch is not an existing directory"],
    ["user", "nobody", "Invalid user name nobody"],
    ["user", "7", "Invalid user id 7"],
  ];
  for (const [kind, text, error] of bad) {
    test(`${kind} refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseValue(kind, text, world), { ok: false, error });
    });
  }
});

describe("own values", () => {
  const refused: readonly (readonly [ValueKind, readonly string[], RegExp])[] = [
    [
      "duration",
      ["", "-1", "1.5s", "5 m", "5x", "m", "1h30", "9999999999", "999999999d"],
      /^not a valid duration: '.*': write 90s, 5m/,
    ],
    ["rate", ["5", "0/1m", "5/0s", "5/", "/1m", "1001/1m", "5/1x"], /^not a valid limit: /],
    [
      "line rate",
      ["1000", "0/s", "5/0s"],
      /^not a valid limit of lines: '.*': write 1000\/s .* 5000\/10s/,
    ],
    [
      "size",
      ["", "lots", "M", "1.5", "5T", "5 5", "-5M", "5MM"],
      /^not a valid size: '.*': write 400M, 64K, 1G or a number of bytes$/,
    ],
    ["fraction", ["10", "1.1", "-0.1", "10%", "", "."], /^not a number from 0 to 1: /],
    [
      "health action",
      ["", "kill", "signal", "signal:", "signal:NO", "restart now"],
      /it is restart, report or signal:NAME/,
    ],
    ["overlap", ["maybe"], /^not a valid overlap: 'maybe': it is skip, queue or restart$/],
    ["catch up", ["all", ""], /^not a valid catch up: '.*': it is none or once$/],
    ["program type", ["forking"], /'forking': it is simple or oneshot$/],
    [
      "dependencies",
      ["db,", "a b", ":ready", "db:", "a:b:c", "a:b:c:ready", "a/b", ","],
      /^'.*' is not NAME\[:CONDITION\], with running/,
    ],
  ];
  for (const [kind, texts, error] of refused) {
    test(`no ${kind} is ${texts.map((text) => JSON.stringify(text)).join(", ")}`, () => {
      for (const text of texts) {
        const parsed = parseValue(kind, text, world);
        assert.match(parsed.ok ? "" : parsed.error, error, text);
      }
    });
  }

  test("durations, sizes and actions are shown as they are read", () => {
    fc.assert(
      fc.property(fc.nat(10 * 365 * 86_400), fc.nat(999), (seconds, ms) => {
        const value = Math.min(seconds + ms / 1000, 10 * 365 * 86_400);
        const back = parseDuration(durationText(value));
        assert.ok(back.ok && Math.abs(back.value - value) < 0.0005, durationText(value));
      }),
    );
    assert.deepEqual([durationText(5400), durationText(0)], ["1h30m", "0s"]);
    const sizes = [512 * 1024 ** 2, 1.5 * 1024 ** 3, 12].map(sizeText);
    assert.deepEqual(sizes, ["512MB", "1.5GB", "12 bytes"]);
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        assert.ok(sizeText(bytes).length <= 14, sizeText(bytes));
      }),
    );
    for (let signal = 1; signal <= 31; signal += 1) {
      const action = { kind: "signal", signal } as const;
      assert.deepEqual(parseHealthAction(healthActionText(action)), ok(action));
    }
  });
});

describe("expansions", () => {
  const names = new Map<string, string | number>([
    ["n", 7],
    ["x", "val"],
  ]);
  const rows: readonly (readonly [string, string])[] = [
    ["100%%", "100%"],
    // bare-percent-s
    ["date +%s", "date +%s"],
  ];
  for (const [text, expanded] of rows) {
    test(`${text} becomes ${expanded}`, () => {
      assert.deepEqual(expand(text, names, "w"), { ok: true, value: expanded });
    });
  }

  test("an unknown name is refused with the names there are", () => {
    const error =
      "Format string '%(y)s' for 'program:a.command' contains names ('y') which cannot be expanded. " +
      "Available names: n, x";
    assert.deepEqual(expand("%(y)s", names, "program:a.command"), { ok: false, error });
  });

  const broken: readonly (readonly [string, string])[] = [
    // expansion-width: Python would make that many megabytes.
    ["%(x)1000000s", "width too big"],
  ];
  for (const [text, reason] of broken) {
    test(`${text} is badly formatted`, () => {
      const error = `Format string '${text}' for 'w' is badly formatted: ${reason}`;
      assert.deepEqual(expand(text, names, "w"), { ok: false, error });
    });
  }
});

describe("small pieces", () => {
  test("signals have names and numbers", () => {
    for (const name of ["TERM", "SIGTERM", " term ", "15"]) {
      assert.deepEqual(parseSignal(name), { ok: true, value: 15 });
    }
    assert.deepEqual(parseSignal("35"), {
      ok: false,
      error: "value '35' is not a valid signal number",
    });
    assert.deepEqual(parseSignal("NOPE"), {
      ok: false,
      error: "value 'NOPE' is not a valid signal name",
    });
    assert.equal(signalName(9), "SIGKILL");
    for (const name of signalNames()) {
      const number = parseSignal(name);
      assert.ok(number.ok);
      const canonical = parseSignal(signalName(number.value));
      assert.deepEqual(canonical, number);
    }
  });

  test("Python literals choose their quotes and escapes", () => {
    assert.equal(pyRepr(`it's`), `"it's"`);
    assert.equal(pyRepr(`'"`), `'\\'"'`);
    assert.equal(pyRepr("a\n\x01é\u200b"), "'a\\n\\x01é\\u200b'");
    assert.equal(pyAscii("é"), "'\\xe9'");
  });

  test("white space is Python's", () => {
    assert.equal(strip("\x1c\u00a0a\ufeff "), "a\ufeff");
  });

  test("paths normalise as Python's do", () => {
    assert.equal(normalizePath("/a/./b/../c//"), "/a/c");
    assert.equal(normalizePath("../a/.."), "..");
    assert.equal(expandUser("~/x", world), "/root/x");
    assert.equal(expandUser("~web/x", world), "/home/web/x");
    assert.equal(expandUser("~nobody/x", world), "~nobody/x");
  });

  test("file name patterns leave hidden files and braces alone", () => {
    assert.ok(globMatch("*.conf", "a.conf"));
    assert.ok(globMatch("[!a]?[]x]", "bz]"));
    assert.ok(globMatch("[^a]", "a") && globMatch("[^a]", "^"));
    assert.ok(!globMatch("[^a]", "a", "!^") && globMatch("[^a]", "b", "!^"));
    assert.ok(globMatch("[a^]", "^", "!^") && globMatch("[!^]", "a", "!^"));
    assert.ok(!globMatch("{a,b}", "a"));
    const files = fakeWorld({
      "/c/b.conf": "",
      "/c/a.conf": "",
      "/c/.h.conf": "",
      "/c/d/e.conf": "",
    });
    assert.deepEqual(files.glob("/c/*.conf"), ok(["/c/a.conf", "/c/b.conf"]));
    assert.deepEqual(files.glob("/c/**/*.conf"), ok(["/c/d/e.conf"]));
    assert.deepEqual(files.glob("/c/.*"), ok(["/c/.h.conf"]));
  });

  test("bytes that are not UTF-8 are named with their position", () => {
    const reason = "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte";
    assert.deepEqual(decodeUtf8(Uint8Array.of(97, 255)), { ok: false, error: reason });
    assert.deepEqual(decodeUtf8(Uint8Array.of(0xe4, 0xb8, 0xad)), { ok: true, value: "中" });
    assert.ok(!decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)).ok);
  });

  test("a near word is offered, a far one is not", () => {
    assert.equal(closest("autorestrat", ["autostart", "autorestart"]), "autorestart");
    assert.equal(closest("00", ["user", "umask"]), null);
  });
});

test("an error about a format shows no password, and any other text as it is", () => {
  const none = { get: () => undefined, keys: () => [] };
  const said = (text: string): string => {
    const expanded = expand(text, none, "command");
    return expanded.ok ? "" : expanded.error;
  };
  const text = said("/bin/app --password=zebra100%sure --db postgres://u:giraffe%@h/x %(ENV_NO)s");
  assert.doesNotMatch(text, /zebra|giraffe/);
  for (const written of [
    "/bin/app --name=zebra %(ENV_NO)s",
    "/bin/app --password=%(ENV_NO)s --token '%(ENV_NO)s' -x",
    "/bin/app postgres://u:%(ENV_NO)s@h/x PGPASSWORD=%(ENV_NO)s",
  ]) {
    assert.ok(said(written).startsWith(`Format string ${pyRepr(written)} for 'command'`), written);
  }
  assert.doesNotMatch(said("/bin/app --password=%(ENV_NO)szebra -x"), /zebra/);
});
