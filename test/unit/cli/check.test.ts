// `tsv check`: which files, in which environment, and what the last line of each counts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runCheck } from "../../../src/cli/check.ts";
import type { CheckOptions } from "../../../src/cli/options.ts";
import { fakeWorld } from "../core/config/fake-world.ts";

const GOOD = "[supervisord]\nuser=root\n";
const BAD = `${GOOD}[program:a]\nstartsecs=x\ncommand=/bin/a\n`;

function check(
  files: readonly string[],
  options: CheckOptions = {},
  input = "",
): { readonly status: number; readonly out: string; readonly errors: string } {
  const world = fakeWorld({
    "/etc/good.conf": GOOD,
    "/etc/bad.conf": BAD,
    "/etc/part.conf": "[program:a]\ncommand=/bin/a\n",
    "/etc/env.conf": `${GOOD}[program:a]\ncommand=/bin/a %(ENV_TOKEN)s\n`,
    "/etc/vars": '# a comment\nexport TOKEN="x"\n',
  });
  let out = "";
  let errors = "";
  const status = runCheck(files, options, {
    world,
    readInput: () => input,
    searchPaths: ["/etc/none.conf", "/etc/good.conf"],
    print: (text) => {
      out += text;
    },
    printError: (text) => {
      errors += text;
    },
  });
  return { status, out, errors };
}

describe("tsv check", () => {
  test("takes several files, and fails where one has errors", () => {
    const { status, out } = check(["/etc/good.conf", "/etc/bad.conf"]);
    assert.equal(status, 1);
    assert.match(
      out,
      /^\/etc\/good\.conf: ok\n\/etc\/bad\.conf:4: error: .*\n\/etc\/bad\.conf: 1 error, 0 warnings\n$/,
    );
  });

  test("without a file takes the installed configuration, and says where it looked for one", () => {
    assert.equal(check([]).out, "/etc/good.conf: ok\n");
  });

  test("reads standard input for -", () => {
    const { status, out } = check(["-"], {}, BAD);
    assert.equal(status, 1);
    assert.match(out, /^<stdin>:4: error: [^\n]*\n<stdin>: 1 error, 0 warnings\n$/);
  });

  test("counts notes that it does not show", () => {
    assert.equal(check(["/etc/part.conf"]).out, "/etc/part.conf: ok, 1 note (-v shows it)\n");
    assert.match(
      check(["/etc/part.conf"], { verbose: true }).out,
      /: note: [^\n]*\n.*: ok, 1 note\n$/,
    );
  });

  test("takes variables of the environment, one by one or from a file", () => {
    assert.equal(check(["/etc/env.conf"]).status, 1);
    assert.equal(check(["/etc/env.conf"], { env: ["TOKEN=x"] }).status, 0);
    assert.equal(check(["/etc/env.conf"], { env: ["/etc/vars"] }).status, 0);
    const gone = check(["/etc/env.conf"], { env: ["/etc/gone"] });
    assert.deepEqual([gone.status, gone.out], [2, ""]);
    assert.match(gone.errors, /^Error: --env \/etc\/gone: /);
  });

  test("prints one document for one file, and a list for several", () => {
    const one = JSON.parse(check(["/etc/bad.conf"], { json: true }).out);
    assert.deepEqual([one.file, one.problems.length], ["/etc/bad.conf", 1]);
    const two = JSON.parse(check(["/etc/bad.conf", "/etc/good.conf"], { json: true }).out);
    assert.equal(two.files.length, 2);
  });
});
