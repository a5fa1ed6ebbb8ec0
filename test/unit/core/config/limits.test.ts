// Limits of a configuration: exceeding one is an ordinary error, found before it takes memory or time.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import { expand } from "../../../../src/core/config/expand.ts";
import { globPaths } from "../../../../src/core/config/glob.ts";
import {
  LONGEST_VALUE,
  MOST_COPIES,
  MOST_FILES,
  MOST_NAMES,
} from "../../../../src/core/config/limits.ts";
import { checkConfig, formatProblem } from "../../../../src/core/config/lint/check.ts";
import type { ConfigWorld } from "../../../../src/core/config/world.ts";
import { fc } from "../../../property.ts";
import { fakeWorld } from "./fake-world.ts";

const HEAD = "[supervisord]\n";

function problems(files: Readonly<Record<string, string>>, changes: Partial<ConfigWorld> = {}) {
  const world = { ...fakeWorld(files), ...changes };
  return checkConfig("/c/d.conf", world)
    .filter(({ severity }) => severity === "error")
    .map(formatProblem);
}

describe("limits of a configuration (config-limits)", () => {
  it("numprocs has a limit, and all programs together have one", () => {
    const one = `[program:x]\ncommand=cat\nprocess_name=%(process_num)d\nnumprocs=`;
    assert.deepEqual(problems({ "/c/d.conf": `${HEAD}${one}${MOST_COPIES}` }), []);
    assert.deepEqual(problems({ "/c/d.conf": `${HEAD}${one}1000000000` }), [
      "/c/d.conf:5: error: [program:x] numprocs: must be at most 10000, not 1000000000",
    ]);
    const six = [1, 2, 3, 4, 5, 6].map((n) => `${one}${MOST_COPIES}\n`.replace("x]", `x${n}]`));
    assert.deepEqual(problems({ "/c/d.conf": `${HEAD}${six.join("")}` }), [
      "/c/d.conf:22: error: a configuration has at most 50000 processes, and this program exceeds that",
    ]);
  });

  it("an expansion that gets too long is a bad format, also where JavaScript has no string of that size", () => {
    const names = new Map([["here", "/c"]]);
    for (const count of [2, 2000]) {
      const expanded = expand("%(here)999999s".repeat(count), names, "x");
      assert.match(
        expanded.ok ? "" : expanded.error,
        /badly formatted: the result has more than 1 MB$/,
      );
      assert.ok(expanded.ok || expanded.error.length < 2000, "nor is the message long");
    }
    assert.ok(expand("%(here)999999s", names, "x").ok);
  });

  it("no format string makes more than that, or throws", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("%", "(", ")", "here", "%(here)s", "%(n)d", "*", ".", "999999", "s", "x"),
        fc.tuple(fc.nat(9_999_999), fc.nat(9_999_999)).map(([w, p]) => `%(here)${w}.${p}s`),
        fc.nat(9_999_999).map((w) => `%(n)0${w}d`),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const expanded = expand(
          parts.join(""),
          new Map<string, string | number>([
            ["here", "/c"],
            ["n", 7],
          ]),
          "x",
        );
        assert.ok(!expanded.ok || expanded.value.length <= 2 * LONGEST_VALUE);
      }),
      { numRuns: 200 },
    );
  });

  it("%(here)s in an included file makes no value longer than that either", () => {
    const long = `command=${"%(here)s".repeat(LONGEST_VALUE / 16)}`;
    const files = {
      "/c/d.conf": `${HEAD}[include]\nfiles=/${"d".repeat(50)}/x.conf`,
      [`/${"d".repeat(50)}/x.conf`]: `[program:x]\n${long}`,
    };
    assert.deepEqual(problems(files), [
      `/${"d".repeat(50)}/x.conf:2: error: [program:x] command: %(here)s makes command longer than 1 MB`,
    ]);
  });

  it("a path that is not a file, or is too large, is an error of its include", () => {
    const main = { "/c/d.conf": `${HEAD}[include]\nfiles=/c/*.d` };
    const readText: ConfigWorld["readText"] = (path) =>
      path === "/c/d.conf"
        ? ok(main["/c/d.conf"])
        : err({ code: "EFTYPE", detail: "it is a named pipe, not a plain file" });
    assert.deepEqual(problems({ ...main, "/c/p.d": "" }, { readText }), [
      '/c/d.conf:3: error: [include] files: included file "/c/p.d" cannot be read: it is a named pipe, not a plain file',
    ]);
  });

  it("nor is the main file read then", () => {
    const readText = () => err({ code: "EFBIG", detail: "it is larger than 4 MB" });
    assert.deepEqual(problems({ "/c/d.conf": "" }, { readText }), [
      "/c/d.conf: error: could not read config file /c/d.conf: it is larger than 4 MB",
    ]);
  });

  it("there may be so many files and no more, and so many names to look at", () => {
    const main = { "/c/d.conf": `${HEAD}[include]\nfiles=/c/*.d` };
    const paths = Array.from({ length: MOST_FILES + 1 }, (_, n) => `/c/${n}.d`);
    assert.deepEqual(problems(main, { glob: () => ok(paths) }), [
      '/c/d.conf:3: error: [include] files: the files of "/c/*.d" cannot be included: more than 10000 files to include',
    ]);
    const asked: number[] = [];
    const found = globPaths("/*/*", {
      list(directory, most) {
        asked.push(most);
        const length = directory === "/" ? 3 : 60_000;
        return Array.from({ length: Math.min(length, most + 1) }, (_, n) => `${n}`);
      },
      exists: () => true,
      isDirectory: () => true,
    });
    assert.deepEqual(found, err(`there are more than ${MOST_NAMES} files to look at`));
    assert.deepEqual(asked, [MOST_NAMES, MOST_NAMES - 3, MOST_NAMES - 60_003]);
  });
});
