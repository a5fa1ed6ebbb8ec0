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
  readonly #root: string;

  constructor(t: TestContext, files: Readonly<Record<string, string>>, parent = tmpdir()) {
    this.#root = mkdtempSync(join(parent, "tsv-runner-"));
    t.after(() => rmSync(this.#root, { recursive: true }));
    cpSync(join(RUNNER, "run.mjs"), this.path("test/run.mjs"));
    cpSync(join(RUNNER, "run"), this.path("test/run"), { recursive: true });
    this.write("build/js/package.json", '{"type":"module"}');
    for (const [name, text] of Object.entries(files)) this.add(name, text);
    this.write("build/js/.stamp", "");
  }

  /** Adds a file of tests. */
  add(name: string, text: string): void {
    this.write(`test/${name}.test.ts`, "");
    this.write(`build/js/test/${name}.test.js`, text);
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
    const { TSV_STAGES: _, ...env } = process.env;
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
    assert.match(said, /^ +skipped: waits # no moon$/m);
    assert.match(said, /\n1 passed, 0 failed, 1 skipped\n$/);
  });

  void test(`${folder}: a file that fails is named`, (t) => {
    const files = { [`${folder}/a`]: FAILING, [`${folder}/b`]: PASSING };
    const { status, said } = new Checkout(t, files).run(folder);
    assert.equal(status, 1);
    assert.match(said, new RegExp(`^# failed: test/${folder}/a.test.ts: breaks\n#   x$`, "m"));
    assert.doesNotMatch(said, new RegExp(`^# failed: test/${folder}/b`, "m"));
    assert.match(said, /\n1 passed, 1 failed, 0 skipped\n$/);
  });

  for (const [what, text] of Object.entries({
    "without tests": "",
    "that ends before its tests": `process.exit(0);\n${PASSING}`,
    "that ends within its tests": `${PASSING}\ntest("ends", () => process.exit(0));`,
    "whose test never ends": `${PASSING}\ntest("hangs", () => new Promise(() => {}));`,
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

/** Fails when it runs for the first time; `at` is the directory in which it remembers that. */
const flaky = (at: string): string => `
  import { existsSync, writeFileSync } from "node:fs";
  import { test } from "node:test";
  test("breaks once", () => {
    if (existsSync(${JSON.stringify(at)})) return;
    writeFileSync(${JSON.stringify(at)}, "");
    throw new Error("lost the race, seed 7");
  });`;

/** One that is known to be flaky. @param days from now until it expires */
function known(file: string, test: string, days: number) {
  const expires = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return { file, test, first: "2026-01-01", seed: null, output: "x", expires };
}

for (const folder of ["integration", "unit"]) {
  void test(`${folder}: a file that fails once is flaky, and the last line and an entry say so`, (t) => {
    const checkout = new Checkout(t, { [`${folder}/b`]: PASSING });
    checkout.add(`${folder}/a`, flaky(checkout.path("ran")));
    const { status, said } = checkout.run(folder);
    assert.equal(status, 0, said);
    const reason = "lost the race, seed 7 (passed alone)";
    assert.ok(said.endsWith(`FLAKY test/${folder}/a.test.ts: breaks once: ${reason}\n`), said);
    assert.match(said, /^ {2}"seed": "7",$/m);
  });
}

void test("a test that is listed as flaky does not fail the run, until it expires", (t) => {
  const checkout = new Checkout(t, { "e2e/a": FAILING, "e2e/b": PASSING });
  checkout.write("test/flaky.json", JSON.stringify([known("test/e2e/a.test.ts", "breaks", 3)]));
  const { status, said } = checkout.run("e2e");
  assert.equal(status, 0, said);
  assert.match(said, /\nFLAKY test\/e2e\/a\.test\.ts: breaks: x \(listed, failed twice\)\n$/);
  checkout.write("test/flaky.json", JSON.stringify([known("test/e2e/a.test.ts", "breaks", -1)]));
  const expired = checkout.run("e2e/b");
  assert.equal(expired.status, 1, expired.said);
  assert.match(expired.said, /^# failed: test\/flaky\.json: .*: expired on /m);
  assert.equal(checkout.run("e2e").status, 1);
});

void test("more than ten entries of flaky tests fail the run", (t) => {
  const checkout = new Checkout(t, { "e2e/a": PASSING });
  const entries = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, at) => known("x", `test ${at}`, 3)));
  checkout.write("test/flaky.json", entries(10));
  assert.equal(checkout.run("e2e").status, 0);
  checkout.write("test/flaky.json", entries(11));
  assert.equal(checkout.run("e2e").status, 1);
});

void test("if many files fail, none runs again", (t) => {
  const names = Array.from({ length: 11 }, (_, at) => `e2e/${at}`);
  const checkout = new Checkout(t, {});
  for (const name of names) checkout.add(name, flaky(checkout.path(name.replace("/", "-"))));
  const { status, said } = checkout.run("e2e");
  assert.equal(status, 1, said);
  assert.match(said, /\n0 passed, 11 failed, 0 skipped\n$/);
});

void test("slow tests run only when asked for", (t) => {
  const checkout = new Checkout(t, {
    "e2e/a": PASSING,
    "e2e/b.slow": PASSING,
    "e2e/c.slow": PASSING,
  });
  const counts = (words: readonly string[]) =>
    /^\d+ passed/m.exec(checkout.run(...words).said)?.[0];
  assert.equal(counts(["e2e"]), "1 passed");
  assert.equal(counts(["--slow", "e2e"]), "2 passed");
  assert.equal(counts(["--all", "e2e"]), "3 passed");
  assert.equal(counts(["e2e/b.slow"]), "1 passed");
});

void test("each process of e2e has /tmp, /run and /dev/shm of its own", (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root");
  const text = `
    import { existsSync, writeFileSync } from "node:fs";
    import { test } from "node:test";
    for (const place of ["/tmp", "/run", "/dev/shm"]) {
      test(place, () => {
        if (existsSync(place + "/tsv-view-test")) throw new Error("is not mine");
        writeFileSync(place + "/tsv-view-test", "");
      });
    }`;
  const checkout = new Checkout(t, { "e2e/a": text, "e2e/b": text }, "/var/tmp");
  const { status, said } = checkout.run("e2e");
  assert.equal(status, 0, said);
  assert.match(said, /\n6 passed, 0 failed, 0 skipped\n$/);
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
