// Whole configurations, read by tsv and by Supervisor's own ServerOptions: same result, or same first error.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import {
  parseCtlArguments,
  parseDaemonArguments,
} from "../../../src/core/command-line/arguments.ts";
import { sampleConfig } from "../../../src/core/config/options/reference.ts";
import { readCtlConfig, readDaemonConfig } from "../../../src/core/config/read.ts";
import type { ConfigWorld } from "../../../src/core/config/world.ts";
import { fc } from "../../property.ts";
import { recordComparison } from "../../rig/comparisons.ts";
import { concernsPython, differsOnPurpose, WIDE_FILES } from "./generate-wide.ts";
import { laidOut } from "./layout.ts";
import { type Answer, ask, missingOracle, realWorld } from "./oracle.ts";
import { alike, show } from "./show.ts";

const missing = missingOracle();
const skip = missing === null ? false : `compared with nothing: ${missing}`;
/** More of other kinds: `TSV_CONFIG_SEED=7 TSV_CONFIG_RUNS=20000`. */
const SEED = Number(process.env["TSV_CONFIG_SEED"] ?? 20_241_122);
const RUNS = Number(process.env["TSV_CONFIG_RUNS"] ?? 5000);
const root = mkdtempSync(join(tmpdir(), "tsv-config-"));
after(() => rmSync(root, { recursive: true, force: true }));

function ours(args: readonly string[], world: ConfigWorld): Answer {
  const parsed = parseDaemonArguments(["supervisord", ...args], world);
  if (!parsed.ok) return { error: parsed.error };
  if (parsed.value.kind !== "run") return { error: parsed.value.kind };
  const config = readDaemonConfig(parsed.value.args, world);
  return config.ok ? { value: show(config.value) } : { error: config.error.text };
}

function write(files: Readonly<Record<string, string>>, directory: string): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

function compare(what: string, questions: readonly object[], mine: readonly Answer[]): void {
  const theirs = ask(questions);
  const pairs = mine.flatMap((answer, index) => {
    const their = theirs[index] ?? { error: "no answer" };
    if (concernsPython(their, answer)) return [];
    return [{ question: questions[index], ours: alike(answer), theirs: alike(their) }];
  });
  const different = pairs.filter((pair) => !isEqual(pair.ours, pair.theirs));
  const refused = theirs.filter((answer) => "error" in answer).length;
  console.log(
    `${what}: ${pairs.length} compared (${refused} of them refused), ${pairs.length - different.length} equal`,
  );
  const equal = pairs.length - different.length;
  recordComparison("config", what, { compared: pairs.length, equal });
  const [first] = different;
  if (first !== undefined)
    assert.deepEqual(first.ours, first.theirs, JSON.stringify(first.question));
}

function compareFiles(what: string, documents: readonly Readonly<Record<string, string>>[]): void {
  const questions = documents.map((files, index) => {
    const cwd = join(root, what.replaceAll(" ", "-"), String(index));
    write(files, cwd);
    const config = index % 3 === 0 ? join(cwd, "main.conf") : "main.conf";
    return { op: "whole", cwd, args: ["-c", config] };
  });
  const mine = questions.map(({ cwd, args }) => ours(args, realWorld(cwd)));
  compare(what, questions, mine);
}

describe("compared with Supervisor", { skip }, () => {
  test("configurations with every option, expansion, include and layout there is read the same", () => {
    const documents = fc.sample(WIDE_FILES, { numRuns: RUNS, seed: SEED });
    compareFiles(
      "configurations",
      documents.filter((files) => differsOnPurpose(files) === null),
    );
  });

  test("the sample configuration reads the same, as it is and with everything in it switched on", () => {
    const sample = sampleConfig();
    const whole = sample
      .replaceAll(/^;(?=[a-z_.]+=|\[)/gm, "")
      .replace(/^(\[group:\w+\]\n)programs=\S+/m, "$1programs=theprogramname,thefcgiprogramname")
      .replace(/^((?:depends_on|restart_with)=)[^;\n]+/gm, "$1thefcgiprogramname ")
      .replace(/^((?:password|token)=)\{[^;\n]+/gm, "$1sixteen-characters ")
      .replace(/^read_group=[^;\n]+/gm, "read_group=daemon ")
      // A receiver has one address; the file of a secret must be there.
      .replace(
        /^(?=(?:url_file|chat|token_file|command=\/usr\/local\/bin\/page|user=nobody|mail)\b)/gm,
        ";",
      )
      // start_on excludes a schedule; kill_mode changes what Supervisor's options mean.
      .replace(/^(?=(?:start_on|kill_mode)=)/gm, ";");
    assert.match(whole, /^\[include\]$/m);
    const questions = [sample, whole].map((text, index) => {
      const cwd = join(root, `sample${index}`);
      write({ "main.conf": text }, cwd);
      return { op: "whole", cwd, args: ["-c", "main.conf"] };
    });
    const mine = questions.map(({ cwd, args }) => ours(args, realWorld(cwd)));
    for (const answer of mine) assert.ok("value" in answer, JSON.stringify(answer));
    compare("sample configurations", questions, mine);
  });

  test("command lines set the same options over the file and meet the same errors", () => {
    const cwd = join(root, "arguments");
    write(
      { "main.conf": "[supervisord]\nlogfile=/tmp/f.log\nidentifier=file\nuser=nobody\n" },
      cwd,
    );
    const words = fc.constantFrom(
      "-n",
      "-ns",
      "-u",
      "root",
      "-unobody",
      "-m",
      "077",
      "-m9",
      "-d/tmp",
      "-d",
      "/nosuch",
      "-l/tmp/a.log",
      "-l",
      "-y1MB",
      "-z3",
      "--logfile_backups=x",
      "-edebug",
      "-e",
      "loud",
      "-jx.pid",
      "-ime",
      "-q/tmp",
      "-k",
      "-t",
      "-a100",
      "--minfds",
      "50",
      "--minprocs=7",
      "--nodaemon",
      "--no",
      "--log=1",
      "--child=/tmp",
      "-Q",
      "extra",
      "--silent=1",
      "-i",
      "",
    );
    const lines = fc.sample(fc.array(words, { maxLength: 4 }), { numRuns: 3000, seed: SEED });
    const questions = lines.map((line) => ({
      op: "whole",
      cwd,
      args: ["-c", "main.conf", ...line],
    }));
    const world = realWorld(cwd);
    compare(
      "command lines of supervisord",
      questions,
      questions.map(({ args }) => ours(args, world)),
    );
  });

  test("ctl finds the same server, user and history", () => {
    const values = [
      "serverurl=unix://~/s.sock",
      "serverurl=http://h:1",
      "serverurl=%(here)s",
      "username=u",
      "password=%(here)s",
      "password=%(ENV_COLOUR)s",
      "prompt=me",
      "history_file=~/h",
      "history_file=%(here)s/../h",
      "history_file=",
      "prompt=%(ENV_COLOUR)s-%%",
      "prompt=%(here)s",
      "serverurl=unix:///a/../b.sock",
      "serverurl=%(ENV_PCT)s",
      "x=1",
    ];
    const header = fc.constantFrom(
      ...Array.from({ length: 9 }, () => "[supervisorctl]"),
      "[other]",
      "[DEFAULT]\nusername=d\n[supervisorctl]",
      "[include]\nfiles=%(nope)s\n[supervisorctl]",
    );
    const text = fc
      .tuple(header, fc.subarray(values, { maxLength: 4 }))
      .map(([first, lines]) => `${[first, ...lines].join("\n")}\n`);
    const texts = fc.sample(fc.oneof(text, laidOut(text)), { numRuns: 1500, seed: SEED });
    const extra = [
      [],
      ["-s", "http://x"],
      ["-s", "nourl"],
      ["-uu", "-p", "q"],
      ["-i", "status"],
      ["-Z"],
      ["--server", "unix:///x"],
    ];
    const questions = texts.map((main, index) => {
      const cwd = join(root, `ctl${index}`);
      write({ "main.conf": main }, cwd);
      return { op: "ctl", cwd, args: ["-c", "main.conf", ...(extra[index % extra.length] ?? [])] };
    });
    const mine = questions.map(({ cwd, args }): Answer => {
      const world = realWorld(cwd);
      const parsed = parseCtlArguments(["supervisorctl", ...args], world);
      if (!parsed.ok) return { error: parsed.error };
      if (parsed.value.kind !== "run") return { error: parsed.value.kind };
      const read = readCtlConfig(parsed.value.args, world);
      if (!read.ok) return { error: read.error.text };
      const { serverUrl, username, password, prompt, historyFile } = read.value;
      return {
        value: { serverurl: serverUrl, username, password, prompt, history_file: historyFile },
      };
    });
    compare("configurations of ctl", questions, mine);
  });
});
