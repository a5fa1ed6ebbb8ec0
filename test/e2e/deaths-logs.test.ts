// A log that the next daemon cannot open: programs continue, and what is missing in the log is counted to the byte.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { Deaths, pidsOf } from "./deaths/deaths.ts";
import type { Daemon } from "./rig/daemon.ts";
import { withoutRoot } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

/** Writes 200 numbered lines a second. */
const WRITER = `import os, time
number = 0
while True:
    number += 1
    os.write(1, b"line %09d\\n" % number)
    time.sleep(0.005)
`;
const LINE_BYTES = "line 000000001\n".length;
const NAMES = ["raw", "auto", "prefix"] as const;
type Name = (typeof NAMES)[number];

function sections(rig: Rig): string {
  const command = `command=python3 ${rig.write("writer.py", WRITER)}\nstderr_logfile=NONE\n`;
  const log = (name: Name): string => `stdout_logfile=%(here)s/logs/${name}.out\n`;
  return (
    `[program:raw]\n${command}${log("raw")}[program:auto]\n${command}` +
    `[program:prefix]\n${command}${log("prefix")}log_format=prefix\n`
  );
}

/** Starts a daemon whose logs are below `logs`. @param activity where its own log is */
async function started(rig: Rig, activity: string): Promise<Daemon> {
  mkdirSync(rig.path("logs"));
  const base = BASE.replace("childlogdir=%(here)s", "childlogdir=%(here)s/logs");
  rig.write("d.conf", base.replace("%(here)s/d.log", activity) + sections(rig));
  const daemon = rig.launch();
  const answers = new Deaths(daemon).answers();
  for (const name of NAMES) await waitForText(logOf(rig, name), /line 000000050\n/);
  await answers;
  return daemon;
}

/** The log of a program, in the directory `in`. */
function logOf(rig: Rig, name: Name, directory = "logs"): string {
  if (name !== "auto") return rig.path(`${directory}/${name}.out`);
  const file = readdirSync(rig.path(directory)).find((each) => each.startsWith("auto-stdout-"));
  return rig.path(`${directory}/${file ?? "auto.out"}`);
}

function numbersIn(path: string): readonly number[] {
  const text = readFileSync(path, "utf8");
  return Array.from(text.matchAll(/line (\d{9})\n/g), ([, number]) => Number(number));
}

/** Waits until the logs are written again, and compares what is missing with what was reported. */
async function assertCounted(rig: Rig, log: string): Promise<void> {
  for (const name of NAMES) {
    const path = logOf(rig, name);
    const pattern = new RegExp(`'${path}' .* can be written again; (\\d+) bytes were lost`);
    const [, lost] = await waitForText(log, pattern);
    await waitForText(path, /line \d{9}\n/);
    const text = readFileSync(log, "utf8");
    const staged = new RegExp(`WARN (\\d+) bytes of output cannot be written to ${path}`).exec(
      text,
    );
    const unwritten = new RegExp(`WARN ${name} \\(stdout\\): at most (\\d+) bytes`).exec(text);
    const numbers = [...new Set([...numbersIn(logOf(rig, name, "before")), ...numbersIn(path)])];
    const missing = ((numbers.at(-1) ?? 0) - numbers.length) * LINE_BYTES;
    const known = Number(lost) + Number(staged?.[1] ?? 0);
    const most = known + Number(unwritten?.[1] ?? 0);
    const what = `${name}: ${missing} bytes are missing, ${known} to ${most} are known`;
    // What cannot be written has a prefix in the count of the log.
    if (name === "prefix") assert.ok(missing > 0 && missing <= most, what);
    else assert.equal(missing, known, what);
  }
}

/** Makes the logs impossible to open, and possible again. */
const WAYS: Readonly<
  Record<string, { readonly errno: string; readonly end: string; readonly again: string }>
> = {
  removed: { errno: "ENOENT", end: "mv logs before", again: "mkdir logs" },
  "read-only": {
    errno: "EROFS",
    end: "mount --bind logs logs && mount -o remount,bind,ro logs",
    again: "umount -l logs && ln -s logs before",
  },
};

async function shell(rig: Rig, command: string): Promise<void> {
  const { status, stderr } = await rig.command(["sh", "-c", command]);
  assert.equal(status, 0, stderr);
}

for (const [way, { errno, end, again }] of Object.entries(WAYS)) {
  e2e(`programs continue when their logs are ${way} after a death`, withoutRoot(), async (rig) => {
    const daemon = await started(rig, "%(here)s/d.log");
    const pids = await pidsOf(daemon, NAMES);
    await shell(rig, end);
    new Deaths(daemon).kill();
    for (const name of NAMES) {
      await daemon.logged(new RegExp(`ERRO cannot open log '.*/logs/${name}[^ ]*' .*${errno}`));
    }
    assert.deepEqual(await pidsOf(daemon, NAMES), pids);
    await shell(rig, again);
    for (const name of NAMES) await daemon.call("tsv.reopenLogs", name);
    await assertCounted(rig, daemon.log);
    assert.deepEqual(await pidsOf(daemon, NAMES), pids);
  });

  e2e(`a daemon continues when its log is ${way} after a death`, withoutRoot(), async (rig) => {
    const daemon = await started(rig, "%(here)s/logs/d.log");
    const pids = await pidsOf(daemon, NAMES);
    await shell(rig, end);
    const deaths = new Deaths(daemon);
    deaths.kill();
    await deaths.answers();
    assert.deepEqual(await pidsOf(daemon, NAMES), pids);
    await shell(rig, again);
    daemon.signal("SIGUSR2");
    await waitForText(rig.path("logs/d.log"), /d\.log' of supervisord can be written again; \d+ b/);
  });
}
