// The same inputs through Debian's Supervisor and through tsv: offsets of reading, terminal sequences, rotation.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stripAnsi, strippedCapacity } from "../../../src/core/logs/ansi.ts";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { processTo, stdoutOf, WEB, worldOn } from "../../fakes/logs-world.ts";
import { FakePipes } from "../../fakes/pipes.ts";

const PYTHON = "/usr/bin/python3";
const hasSupervisor = spawnSync(PYTHON, ["-c", "import supervisor.options"]).status === 0;
const options = { skip: hasSupervisor ? false : `${PYTHON} has no supervisor package` };
const base = fs.mkdtempSync(join(tmpdir(), "tsv-logs-"));
after(() => fs.rmSync(base, { recursive: true }));

/** Runs a script that prints JSON. @param input what the script finds in `given` */
function python(script: string, input: unknown): unknown {
  const program = `import json, sys\ngiven = json.load(sys.stdin)\n${script}`;
  const output = execFileSync(PYTHON, ["-c", program], { input: JSON.stringify(input) });
  return JSON.parse(output.toString());
}

test("reading and tailing select the bytes that Supervisor selects", options, async () => {
  const path = join(base, "read.log");
  const world = worldOn(createLogFiles(), new FakePipes(), { mainLog: join(base, "main.log") });
  world.logs.addProcess(processTo(path));
  for (const size of [0, 1, 6, 20]) {
    fs.writeFileSync(path, "abcdefghijklmnopqrst".slice(0, size));
    const values = [-30, -6, -1, 0, 1, 3, 6, 10, 19, 20, 25];
    const pairs = values.flatMap((offset) => values.map((length) => [offset, length] as const));
    const script = `
from supervisor.options import readFile, tailFile
def read(o, l):
    try: return readFile(given["path"], o, l).decode()
    except ValueError as e: return "fault " + e.args[0]
print(json.dumps([[read(o, l), tailFile(given["path"], o, l)] for o, l in given["pairs"]]))`;
    const expected = python(script, { path, pairs });
    const actual: unknown[] = [];
    for (const [offset, length] of pairs) {
      const read = await world.logs.read(stdoutOf(WEB), offset, length);
      const tail = await world.logs.tail(stdoutOf(WEB), offset, length);
      assert.ok(tail.ok);
      actual.push([
        read.ok ? Buffer.from(read.value).toString() : `fault ${read.error.name}`,
        [Buffer.from(tail.value.bytes).toString(), tail.value.offset, tail.value.overflow],
      ]);
    }
    assert.deepEqual(actual, expected);
  }
});

test("well-formed sequences with Supervisor's final bytes are stripped alike", options, () => {
  const finals = [..."HfABCDRsuJKhlpm"];
  const texts = finals.flatMap((final) =>
    ["", "1", "31;1", "?25"].map((parameters) => `left\x1b[${parameters}${final}right\n`),
  );
  const script = `
from supervisor.dispatchers import stripEscapes
print(json.dumps([stripEscapes(t.encode("latin1")).decode("latin1") for t in given]))`;
  const stripped = texts.map((text) => {
    const bytes = Buffer.from(text, "latin1");
    const output = Buffer.alloc(strippedCapacity(bytes.length));
    return output.toString("latin1", 0, stripAnsi("ground", bytes, output).written);
  });
  assert.deepEqual(stripped, python(script, texts));
});

test("the same chunks leave the same files behind", options, async () => {
  const sizes = Array.from({ length: 60 }, (_, n) => 1 + ((n * 37) % 50));
  for (const [maxBytes, backups] of [
    [100, 3],
    [100, 1],
    [64, 0],
    [1, 2],
    [0, 5],
  ] as const) {
    const theirs = fs.mkdtempSync(join(base, "theirs-"));
    const ours = fs.mkdtempSync(join(base, "ours-"));
    const script = `
from supervisor import loggers
log = loggers.getLogger()
loggers.handle_file(log, given["path"], "%(message)s", bool(given["max"]), given["max"], given["backups"])
for n, size in enumerate(given["sizes"]): log.info(bytes([97 + n % 26]) * size)
print("null")`;
    python(script, { path: join(theirs, "l"), max: maxBytes, backups, sizes });
    const mainLog = join(base, "main.log");
    const { logs, pipes } = worldOn(createLogFiles(), new FakePipes(), { mainLog });
    logs.addProcess(processTo(join(ours, "l"), { maxBytes, backups }));
    logs.attach(WEB, 1, { stdout: 1007, stderr: null });
    for (const [n, size] of sizes.entries()) pipes.feed(1007, Buffer.alloc(size, 97 + (n % 26)));
    await logs.flush();
    assert.deepEqual(contents(ours), contents(theirs), `${maxBytes} x ${backups}`);
  }
});

function contents(directory: string): Record<string, string> {
  const names = fs.readdirSync(directory).sort();
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(join(directory, name), "utf8")]),
  );
}
