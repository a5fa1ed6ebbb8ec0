// Trees of real files that are watched: what is reported, and what is not.

import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { countsFor } from "../../../../src/core/watch/ignored.ts";
import type { WatchReport } from "../../../../src/core/watch/request.ts";
import { WatchedTree } from "../../../../src/host/files/watched-tree.ts";
import { until } from "../../../rig/wait.ts";
import { scratchDirectory } from "../processes/rig.ts";

class Watched {
  readonly directory: string;
  readonly reports: WatchReport[] = [];
  delayMs = 1;
  readonly #context: TestContext;

  constructor(t: TestContext, ...files: readonly string[]) {
    this.#context = t;
    this.directory = scratchDirectory(t);
    for (const file of files) this.write(file);
  }

  async watch(names: readonly string[], most = 1000, ignored: readonly string[] = []) {
    const paths = names.map((name) => join(this.directory, name));
    const counts = countsFor({ ignored }, { ownFiles: [] });
    const tell = (report: WatchReport): void => void this.reports.push(report);
    const { delayMs } = this;
    const tree = new WatchedTree({ paths, ignored, delayMs }, { index: 0, counts, tell, most });
    this.#context.after(() => tree.close());
    await tree.begin();
    return this;
  }

  write(name: string): void {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "x");
  }

  /** Each path that was reported, without those before. */
  take(): readonly string[] {
    const paths = this.reports.splice(0).flatMap((each) => {
      return each.kind === "changed" ? [each.path.slice(this.directory.length + 1)] : [];
    });
    return [...new Set(paths)];
  }

  /** Does something until a change of this path is reported, and nothing else was. */
  async sees(name: string, act: () => void): Promise<void> {
    const seen = new Set<string>();
    const has = (): boolean => {
      act();
      for (const path of this.take()) seen.add(path);
      return seen.has(name);
    };
    await until(has, { what: `a change of ${name}`, left: () => [...seen].join("\n") });
    assert.deepEqual([...seen], [name]);
  }
}

const isDirectories = (report: WatchReport | undefined): number =>
  report?.kind === "watching" ? report.directories : -1;

test("a change at any depth is reported, and none of what does not count", async (t) => {
  const files = await new Watched(t, "src/a/b/c.js", "src/node_modules/x/y.js").watch(["src"]);
  // src, a, b, and the directory that src is in.
  assert.equal(isDirectories(files.reports[0]), 4);
  files.write("src/node_modules/x/z.js");
  files.write("src/a/b/c.js~");
  files.write("beside");
  await files.sees("src/a/b/c.js", () => files.write("src/a/b/c.js"));
  await files.sees("src/new.js", () => files.write("src/new.js"));
});

test("a file is watched alone, also when an editor replaces it", async (t) => {
  const files = await new Watched(t, "a.yml", "b.yml").watch(["a.yml"]);
  files.write("b.yml");
  await files.sees("a.yml", () => files.write("a.yml"));
  const replace = (): void => {
    files.write("new");
    renameSync(join(files.directory, "new"), join(files.directory, "a.yml"));
  };
  await files.sees("a.yml", replace);
  await files.sees("a.yml", () => files.write("a.yml"));
});

test("directories that are new, moved in or replaced are watched, and those removed are not", async (t) => {
  const files = await new Watched(t, "src/old/f", "away/deep/f").watch(["src"]);
  const at = (name: string): string => join(files.directory, name);
  renameSync(at("away"), at("src/away"));
  await until(() => files.take().includes("src/away"), { what: "the directory" });
  await files.sees("src/away/deep/f", () => files.write("src/away/deep/f"));
  renameSync(at("src"), at("gone"));
  mkdirSync(at("src/fresh"), { recursive: true });
  await until(() => files.take().includes("src"), { what: "the other directory" });
  const isSeen = (): boolean => {
    files.write("gone/old/f");
    files.write("src/fresh/f");
    return files.take().includes("src/fresh/f");
  };
  await until(isSeen, { what: "a change in the other directory" });
  files.write("gone/old/f");
  await files.sees("src/fresh/f", () => files.write("src/fresh/f"));
});

test("a symlink that is named is followed to what it leads to by now; those below are not", async (t) => {
  const files = new Watched(t, "one/f", "two/f", "beside/f");
  const at = (name: string): string => join(files.directory, name);
  symlinkSync(at("one"), at("current"));
  symlinkSync(at("beside"), at("one/link"));
  await files.watch(["current"]);
  files.write("beside/f");
  await files.sees("current/f", () => files.write("one/f"));
  symlinkSync(at("two"), at("next"));
  renameSync(at("next"), at("current"));
  await until(() => files.take().includes("current"), { what: "the symlink" });
  await until(
    () => {
      files.write("two/f");
      return files.take().includes("current/f");
    },
    { what: "a change behind the symlink" },
  );
});

test("a path is followed when a directory or symlink on the way to it is replaced", async (t) => {
  const files = new Watched(t, "r/1/app/src/f", "r/2/app/src/f", "plain/app/src/f");
  const at = (name: string): string => join(files.directory, name);
  symlinkSync(at("r/1"), at("current"));
  await files.watch(["current/app/src", "plain/app/src"]);
  await files.sees("current/app/src/f", () => files.write("r/1/app/src/f"));
  symlinkSync(at("r/2"), at("next"));
  renameSync(at("next"), at("current"));
  await until(() => files.take().includes("current"), { what: "the symlink" });
  const follows = (name: string, file: string) =>
    until(
      () => {
        files.write(file);
        return files.take().includes(name);
      },
      { what: `a change of ${name}` },
    );
  await follows("current/app/src/f", "r/2/app/src/f");
  renameSync(at("plain"), at("old"));
  await until(() => files.take().includes("plain"), { what: "the directory is away" });
  mkdirSync(at("plain"));
  await until(() => files.take().includes("plain"), { what: "the other directory" });
  await follows("plain/app/src/f", "plain/app/src/f");
  files.write("old/app/src/f");
  files.write("r/1/app/src/f");
  await files.sees("plain/app/src/f", () => files.write("plain/app/src/f"));
});

test("changes without a pause are reported", async (t) => {
  const files = new Watched(t, "src/f");
  files.delayMs = 300;
  await files.watch(["src"]);
  const writing = setInterval(() => files.write("src/f"), 5);
  t.after(() => clearInterval(writing));
  await until(() => files.take().includes("src/f"), { what: "a report of steady changes" });
});

test("a path that does not exist is reported, and watched from when it appears", async (t) => {
  const files = await new Watched(t).watch(["later", "no/where"]);
  const failed = files.reports.map((each) => each.kind === "failed" && [each.errno, each.path]);
  assert.deepEqual(failed.slice(0, 2), [
    ["ENOENT", join(files.directory, "later")],
    ["ENOENT", join(files.directory, "no/where")],
  ]);
  mkdirSync(join(files.directory, "later"));
  await until(() => files.take().includes("later"), { what: "the directory" });
  await files.sees("later/f", () => files.write("later/f"));
  mkdirSync(join(files.directory, "no"));
  await until(() => files.take().includes("no"), { what: "the directory above" });
  files.write("no/where/f");
  const isSeen = (): boolean => {
    files.write("no/where/f");
    return files.take().includes("no/where/f");
  };
  await until(isSeen, { what: "a change in the directory" });
});

test("more directories than allowed are an error, and nothing is watched then", async (t) => {
  const files = await new Watched(t, "src/a/f", "src/b/f", "src/c/f").watch(["src"], 4);
  assert.deepEqual(files.reports, [{ kind: "too-many", index: 0, most: 4 }]);
});

test("names that the user gives do not count", async (t) => {
  const files = await new Watched(t, "src/a.js", "src/tmp/f").watch(["src"], 1000, [
    "tmp",
    "*.log",
  ]);
  files.write("src/tmp/f");
  files.write("src/a.log");
  await files.sees("src/a.js", () => files.write("src/a.js"));
  unlinkSync(join(files.directory, "src/a.log"));
  rmSync(join(files.directory, "src/tmp"), { recursive: true });
  await files.sees("src/a.js", () => files.write("src/a.js"));
});
