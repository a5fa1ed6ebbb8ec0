// The runner of tests itself: nothing passes because nothing ran.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const RUNNER = fileURLToPath(new URL("../../../../../test/", import.meta.url));
const PASSING = 'import { test } from "node:test"; test("holds", () => {});';
const FAILING =
  'import { test } from "node:test"; test("breaks", () => { throw new Error("x"); });';
const SKIPPED = 'import { test } from "node:test"; test("waits", { skip: "no moon" }, () => {});';

/** A checkout with these tests, compiled. */
class Checkout {
  readonly #root = mkdtempSync(join(tmpdir(), "tsv-runner-"));

  constructor(t: TestContext, files: Readonly<Record<string, string>>) {
    t.after(() => rmSync(this.#root, { recursive: true }));
    cpSync(join(RUNNER, "run.mjs"), this.path("test/run.mjs"));
    cpSync(join(RUNNER, "run"), this.path("test/run"), { recursive: true });
    this.write("build/js/package.json", '{"type":"module"}');
    for (const [name, text] of Object.entries(files)) {
      this.write(`test/${name}.test.ts`, "");
      this.write(`build/js/test/${name}.test.js`, text);
    }
    this.write("build/js/.stamp", "");
  }

  path(name: string): string {
    return join(this.#root, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  run(...words: readonly string[]) {
    // Node refuses to run tests in tests.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const options = { env, encoding: "utf8" } as const;
    const argv = [this.path("test/run.mjs"), ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, options);
    return { status, said: `${stdout}${stderr}` };
  }
}

// Of one folder each file is a process, of the other they share one.
for (const folder of ["integration", "unit"]) {
  void test(`${folder}: what passes and what is skipped is counted`, (t) => {
    const files = { [`${folder}/a`]: PASSING, [`${folder}/b`]: SKIPPED };
    const { status, said } = new Checkout(t, files).run(folder);
    assert.equal(status, 0, said);
    assert.match(said, new RegExp(`test/${folder}: 2 files, 2 tests, 1 skipped, `));
  });

  void test(`${folder}: a file that fails is named`, (t) => {
    const files = { [`${folder}/a`]: FAILING, [`${folder}/b`]: PASSING };
    const { status, said } = new Checkout(t, files).run(folder);
    assert.equal(status, 1);
    assert.match(said, new RegExp(`^# failed: test/${folder}/a.test.ts$`, "m"));
    assert.doesNotMatch(said, new RegExp(`^# failed: test/${folder}/b.test.ts$`, "m"));
  });

  for (const [what, text] of Object.entries({
    "without tests": "",
    "that ends before its tests": `process.exit(0);\n${PASSING}`,
    "that cannot be loaded": 'import "./not-there.js";',
  })) {
    void test(`${folder}: a file ${what} fails`, (t) => {
      const files = { [`${folder}/a`]: PASSING, [`${folder}/b`]: text };
      const { status, said } = new Checkout(t, files).run(folder);
      assert.equal(status, 1, said);
    });
  }
}

void test("a folder that is mistyped, or holds no tests, is refused", (t) => {
  const checkout = new Checkout(t, { "unit/a": PASSING });
  checkout.write("build/js/test/sim/help.js", "");
  for (const name of ["unti", "sim", "unit/b"]) {
    const { status, said } = checkout.run("unit", name);
    assert.equal(status, 2, `${name}: ${said}`);
  }
  assert.equal(checkout.run().status, 2);
  assert.equal(checkout.run("--serial", "unit").status, 2);
});

void test("a file is run by its name", (t) => {
  const checkout = new Checkout(t, { "e2e/a": PASSING, "e2e/b": FAILING });
  assert.equal(checkout.run("e2e/a").status, 0);
  assert.equal(checkout.run("e2e/b.test.ts").status, 1);
});

void test("a test that did not compile, has changed, or is missing is not run", (t) => {
  const checkout = new Checkout(t, { "unit/a": PASSING });
  utimesSync(checkout.path("test/unit/a.test.ts"), new Date(), new Date(Date.now() + 60_000));
  assert.equal(checkout.run("unit").status, 2);
  rmSync(checkout.path("test/unit/a.test.ts"));
  assert.equal(checkout.run("unit").status, 2);
  checkout.write("test/unit/a.test.ts", "");
  utimesSync(checkout.path("test/unit/a.test.ts"), new Date(0), new Date(0));
  assert.equal(checkout.run("unit").status, 0);
  rmSync(checkout.path("build/js/.stamp"));
  assert.equal(checkout.run("unit").status, 2);
});
