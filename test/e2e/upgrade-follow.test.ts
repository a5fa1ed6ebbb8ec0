// Logs that are followed while the daemon is replaced, rotated and cleared: every line once. (log-place)

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { plainEnvironment } from "./rig/command.ts";
import { withoutPython } from "./rig/fcgi.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext() || withoutPython();
const UPGRADES = 8;
const WAIT = { timeoutMs: 60_000 };

/** Five hundred lines a second until there is a file `stop`; then how many they were. */
const COUNT = `import os, sys, time
n = 0
while not os.path.exists("stop"):
    for _ in range(10):
        n += 1
        os.write(1, b"%s line %d\\n" % (sys.argv[1].encode(), n))
    time.sleep(0.02)
os.write(1, b"%s end %d\\n" % (sys.argv[1].encode(), n))
time.sleep(1000)
`;

const program = (name: string, more: string): string => `
[program:${name}]
command=python3 count.py ${name}
directory=%(here)s
stdout_logfile=%(here)s/${name}.log
${more}
`;

/** Runs a command of tsv with its output in files, until the test ends. */
function follow(rig: Rig, t: TestContext, out: string, ...words: readonly string[]): string {
  const command = `exec ${TSV} ${words.join(" ")} -c ${rig.path("d.conf")} >${out} 2>${out}.err`;
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: rig.directory,
    env: plainEnvironment(rig.mark),
    stdio: "ignore",
  });
  t.after(() => void child.kill("SIGKILL"));
  return rig.path(out);
}

/** Each line of a program once and in order, from the first one on that was shown. */
function assertEachOnce(text: string, name: string): void {
  const numbers = [...text.matchAll(new RegExp(`${name} line (\\d+)$`, "gm"))].map(([, n]) =>
    Number(n),
  );
  const [first = 0] = numbers;
  const wrong = numbers.findIndex((n, at) => n !== first + at);
  assert.equal(wrong, -1, `after ${numbers[wrong - 1]} of ${name} comes ${numbers[wrong]}`);
  const [, last = ""] = new RegExp(`${name} end (\\d+)$`, "m").exec(text) ?? [];
  assert.equal(numbers.at(-1), Number(last));
  assert.ok(numbers.length > 1000, `${numbers.length} lines of ${name}`);
}

e2e(
  "a followed log is shown once and completely across upgrades, rotations and clearing (follow-upgrade)",
  absent,
  async (rig, t) => {
    rig.write("count.py", COUNT);
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const daemon = await host.start(
      [
        program("plain", "stdout_logfile_maxbytes=0"),
        program("rotated", "stdout_logfile_maxbytes=9KB\nstdout_logfile_backups=50"),
        program("cleared", "stdout_logfile_maxbytes=0"),
      ].join(""),
    );
    await waitForText(rig.path("cleared.log"), /line 10/);
    const outs = {
      plain: follow(rig, t, "plain.out", "tail", "-f", "plain"),
      rotated: follow(rig, t, "rotated.out", "tail", "-f", "rotated"),
      cleared: follow(rig, t, "cleared.out", "tail", "-f", "cleared"),
      both: follow(rig, t, "both.out", "logs", "-f", "plain", "rotated"),
      main: follow(rig, t, "main.out", "maintail", "-f"),
    };
    for (const name of ["plain", "rotated", "cleared"] as const) {
      await waitForText(outs[name], /line \d+/, WAIT);
    }
    await waitForText(outs.both, /rotated line/, WAIT);
    await waitForText(outs.main, /success: /, WAIT);
    for (let n = 1; n <= UPGRADES; n += 1) {
      host.turn();
      await host.replaced();
      await waitForText(rig.path("plain.out.err"), /Connected again/, { ...WAIT, times: n });
      if (n === 3 || n === 6) {
        await waitForText(rig.path("cleared.out.err"), /Connected again/, { ...WAIT, times: n });
        await daemon.ask("clearProcessLogs", "cleared");
      }
    }
    rig.write("stop", "");
    for (const name of ["plain", "rotated", "cleared"] as const) {
      await waitForText(outs[name], new RegExp(`${name} end \\d+\n`), WAIT);
      assertEachOnce(readFileSync(outs[name], "utf8"), name);
      assert.doesNotMatch(textOf(rig.path(`${name}.out.err`)), /missing/);
    }
    await waitForText(outs.both, /(?:end \d+\n[\s\S]*){2}/, WAIT);
    for (const name of ["plain", "rotated"]) assertEachOnce(readFileSync(outs.both, "utf8"), name);
    await daemon.ask("stopProcess", "plain");
    const [stopped] = await waitForText(outs.main, /.*stopped: plain.*\n/, WAIT);
    const shown = textOf(outs.main).slice(0, textOf(outs.main).indexOf(stopped));
    const log = textOf(daemon.log).slice(0, textOf(daemon.log).indexOf(stopped));
    // The first line may be cut, and a line of ctl's stands before it.
    const [start = ""] = shown.split("\n").slice(2, 3);
    assert.equal(shown.slice(shown.indexOf(start)), log.slice(log.indexOf(start)));
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e("of what was cleared before it was shown, ctl says how much it was", absent, async (rig, t) => {
  const host = new UpgradeHost(rig);
  host.takeTurns();
  const daemon = await host.start(`
[program:cat]
command=cat
stdout_logfile=%(here)s/cat.log
startsecs=0
`);
  await daemon.logged(/success: cat/);
  const out = follow(rig, t, "cat.out", "tail", "-f", "cat");
  await daemon.ask("sendProcessStdin", "cat", "shown\n");
  await waitForText(out, /shown\n/, WAIT);
  const response = await fetchPlace(daemon.endpoint.socketPath);
  assert.match(response, /^Tsv-Log-Place: \w+:0\r$/im);
  await daemon.ask("sendProcessStdin", "cat", "lost\n");
  await waitForText(rig.path("cat.log"), /lost/);
  await daemon.ask("clearProcessLogs", "cat");
  await daemon.ask("sendProcessStdin", "cat", "kept\n");
  await waitForText(rig.path("cat.log"), /kept/);
  const [, epoch = ""] = /^Tsv-Log-Place: (\w+):/im.exec(response) ?? [];
  const later = await fetchPlace(daemon.endpoint.socketPath, `?after=${epoch}:6`);
  assert.match(later, new RegExp(`^Tsv-Log-Place: ${epoch}:11\r$`, "im"));
  assert.match(later, /^Tsv-Log-Missing: 5\r$/im);
  assert.match(later, /kept/);
  host.turn();
  await host.replaced();
  const after = await fetchPlace(daemon.endpoint.socketPath, `?after=${epoch}:11`);
  assert.match(after, new RegExp(`^Tsv-Log-Place: ${epoch}:11\r$`, "im"));
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
});

/** The head of a stream and its first bytes. */
async function fetchPlace(socketPath: string, query = "?after="): Promise<string> {
  const { connect } = await import("node:net");
  const socket = connect(socketPath);
  socket.write(`GET /logtail/cat/stdout${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (/\r\n\r\n[\s\S]/.test(text)) break;
  }
  socket.destroy();
  return text;
}
