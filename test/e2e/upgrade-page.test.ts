// The stream of a log's page while the daemon is replaced: each line once.

import assert from "node:assert/strict";
import { RawEventSource, type ServerEvent } from "./rig/event-source.ts";
import { withoutPython } from "./rig/fcgi.ts";
import type { Endpoint } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext() || withoutPython();
const UPGRADES = 4;
const WAIT = { timeoutMs: 60_000 };

/** Three hundred lines a second until there is a file `stop`, cut within characters and sequences; then how many. */
const COUNT = `import os, sys, time
n = 0
while not os.path.exists("stop"):
    for _ in range(6):
        n += 1
        line = "\\x1b[1;32m%s\\x1b[0m gr\\u00fcn \\u20ac \\U0001f600 line %d\\n" % (sys.argv[1], n)
        line = line.encode()
        cut = n % len(line)
        os.write(1, line[:cut])
        if n % 6 == 0: time.sleep(0.02)
        os.write(1, line[cut:])
os.write(1, b"end %d\\n" % n)
time.sleep(1000)
`;

const program = (name: string, more: string): string => `
[program:${name}]
command=python3 count.py ${name}
directory=%(here)s
stdout_logfile=%(here)s/${name}.log
${more}
`;

class Page {
  text = "";
  readonly starts: { readonly isFresh: boolean; readonly missing: number }[] = [];
  readonly source: RawEventSource;

  constructor(to: Endpoint, name: string) {
    const take = ({ event, data }: ServerEvent): void => {
      if (event === "start") this.starts.push(JSON.parse(data));
      else this.text += JSON.parse(data);
    };
    this.source = new RawEventSource(to, `/events/tail?processname=${name}&limit=2000`, take);
  }
}

/** Each line of a program once, in order and whole, from the first whole one on that was shown. */
function assertEachOnce(text: string, name: string): void {
  const lines = text.slice(text.indexOf("\n") + 1).split("\n");
  assert.equal(lines.pop(), "");
  const end = lines.pop();
  const first = Number(/line (\d+)$/.exec(lines[0] ?? "")?.[1]);
  const wrong = lines.findIndex((line, at) => line !== `${name} grün € 😀 line ${first + at}`);
  assert.equal(wrong, -1, `after ${lines[wrong - 1]} comes ${lines[wrong]}`);
  assert.equal(end, `end ${first + lines.length - 1}`);
  assert.ok(lines.length > 600, `${lines.length} lines of ${name}`);
}

e2e(
  "a log's page shows each line once over upgrades and rotations, however it is cut",
  absent,
  async (rig, t) => {
    rig.write("count.py", COUNT);
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const daemon = await host.start(
      program("plain", "stdout_logfile_maxbytes=0") +
        program("rotated", "stdout_logfile_maxbytes=9KB\nstdout_logfile_backups=50"),
    );
    const names = ["plain", "rotated"] as const;
    for (const name of names) await waitForText(rig.path(`${name}.log`), /line/, WAIT);
    const pages = names.map((name) => new Page(daemon.endpoint, name));
    t.after(() => {
      for (const { source } of pages) source.close();
    });
    for (let n = 1; n <= UPGRADES; n += 1) {
      for (const { source } of pages) {
        await source.until(() => source.streams >= n || undefined, `stream ${n}`);
      }
      host.turn();
      await host.replaced();
    }
    for (const { source } of pages) {
      await source.until(() => source.streams > UPGRADES || undefined, "the last stream");
    }
    rig.write("stop", "");
    for (const [at, page] of pages.entries()) {
      await page.source.until(() => page.text.match(/end \d+\n/) ?? undefined, "the end");
      assertEachOnce(page.text, names[at] ?? "");
      assert.deepEqual(page.starts, [
        { isFresh: true, missing: 0 },
        ...Array.from({ length: UPGRADES }, () => ({ isFresh: false, missing: 0 })),
      ]);
    }
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e(
  "a reader gets the number of missing bytes, and starts over from an invalid place",
  absent,
  async (rig, t) => {
    const daemon = await rig.startWith(`
[program:cat]
command=cat
stdout_logfile=%(here)s/cat.log
startsecs=0
`);
    await daemon.logged(/success: cat/);
    const say = (text: string) => daemon.ask("sendProcessStdin", "cat", text);
    const first = new Page(daemon.endpoint, "cat");
    t.after(() => first.source.close());
    await first.source.until(() => first.starts[0], "the start");
    await say("shown\n");
    await first.source.until(() => first.text === "shown\n" || undefined, "the line");
    first.source.close();
    const [epoch = "", offset = ""] = first.source.lastId.split(":");
    assert.equal(offset, "6");
    await say("lost\n");
    await waitForText(rig.path("cat.log"), /lost/);
    await daemon.ask("clearProcessLogs", "cat");
    await say("kept\n");
    await waitForText(rig.path("cat.log"), /kept/);
    const ask = async (query: string, lastId = "") => {
      const seen: ServerEvent[] = [];
      const path = `/events/tail?processname=cat${query}`;
      const source = new RawEventSource(daemon.endpoint, path, (event) => seen.push(event), lastId);
      await source.until(() => seen[1], "the first text");
      source.close();
      return seen.map(({ event, id, data }) => [event, id.replace(epoch, "E"), JSON.parse(data)]);
    };
    const gap = [
      ["start", "E:11", { isFresh: false, missing: 5 }],
      ["message", "E:16", "kept\n"],
    ];
    assert.deepEqual(await ask(`&after=${epoch}:6`), gap);
    // What the browser says by itself is newer than what the page said.
    assert.deepEqual(await ask(`&after=${epoch}:13`, `${epoch}:6`), gap);
    assert.deepEqual(await ask(`&after=${epoch}:13`), [
      ["start", "E:13", { isFresh: false, missing: 0 }],
      ["message", "E:16", "pt\n"],
    ]);
    for (const wrong of [`${epoch}:999`, "another:3", "%00", "x".repeat(3000)]) {
      const [start] = await ask(`&after=${wrong}`);
      assert.deepEqual(start, ["start", "E:11", { isFresh: true, missing: 0 }], wrong);
    }
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);
