// Every descriptor that the daemon holds open stands in its table, while programs run and after they have stopped.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ok } from "../../../src/core/base/result.ts";
import { parseDaemonArguments } from "../../../src/core/command-line/arguments.ts";
import { readDaemonConfig } from "../../../src/core/config/read.ts";
import { createGeneration } from "../../../src/daemon/compose.ts";
import { createConfigWorld } from "../../../src/host/files/config-world.ts";
import { createAccounts } from "../../../src/host/system/accounts.ts";
import { createSignals } from "../../../src/host/system/signals.ts";
import type { DescriptorEntry } from "../../../src/ports/descriptors.ts";
import { closed } from "../logs/disk-rig.ts";

const CONFIG = `
[unix_http_server]
file=%(here)s/s.sock
[supervisord]
logfile=%(here)s/d.log
childlogdir=%(here)s
nodaemon=true
silent=true
[program:cat]
command=cat
numprocs=3
process_name=%(program_name)s_%(process_num)d
startsecs=0
[fcgi-program:fcgi]
command=sleep 1000
socket=unix://%(here)s/fcgi.sock
numprocs=2
process_name=%(program_name)s_%(process_num)d
startsecs=0
`;

/** Open descriptors by number, without those of Node's own loop and of the addon's spare ones. */
function open(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      if (!/^anon_inode:|^\/dev\/null$|^\/proc\//.test(target)) found.set(Number(name), target);
    } catch {
      // The directory itself, closed since it was read.
    }
  }
  return found;
}

test("only open descriptors are listed", async (t) => {
  const directory = mkdtempSync("/tmp/tsv-descriptors-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "d.conf");
  writeFileSync(file, CONFIG);
  const world = createConfigWorld(createAccounts());
  const command = parseDaemonArguments(["supervisord", "-c", file], world);
  assert.ok(command.ok && command.value.kind === "run");
  const config = readDaemonConfig(command.value.args, world);
  assert.ok(config.ok);
  const descriptors = new Map<number, DescriptorEntry>();
  const before = open();
  const generation = await createGeneration({
    config: config.value,
    descriptors,
    opening: [],
    unrecorded: null,
    record: () => {},
    recordEvent: () => {},
    recordAuto: () => {},
    configured: () => {},
    touch: () => {},
    logsFailure: false,
    claimPidfile: async () => ok([]),
    context: {
      calling: { program: "supervisord", words: [], cwd: "/", origin: process.execPath },
      snapshot: null,
      last: { state: "none" },
      pidfile: () => null,
      renewals: () => [],
      remember: () => Promise.resolve(),
      hasBegun: () => true,
      reportUp: () => {},
      complete: () => {},
      closing: () => {},
    },
  });
  assert.ok(generation.ok);
  const { supervisor, logs, eventLog, ended, begin, close } = generation.value;
  // A test that fails must not leave its programs, which would keep this process.
  t.after(() => supervisor.shutdown());
  createSignals((_signal, error) => assert.ifError(error)).on("SIGCHLD", () =>
    supervisor.childrenDied(),
  );
  const isOurs = ([fd]: [number, string]): boolean => !before.has(fd);
  const listed = (): number[] => [...descriptors.keys()].sort((a, b) => a - b);
  const opened = (): number[] =>
    [...open()]
      .filter(isOurs)
      .map(([fd]) => fd)
      .sort((a, b) => a - b);

  const isUp = (): boolean =>
    supervisor.groups().every(({ processes }) => processes.every(({ pid }) => pid !== 0));
  const up = new Promise<void>((resolve) => {
    eventLog.watch(() => {
      if (isUp()) resolve();
    });
  });
  await begin();
  if (!isUp()) await up;
  await logs.flush();
  // Three pipes and two logs for each program (FastCGI ones have two pipes, and a socket with its lock among them), the
  // activity log, the socket and its lock.
  assert.equal(listed().length, 3 * 5 + 2 * 4 + 2 + 3);
  assert.deepEqual(listed(), opened());

  supervisor.shutdown();
  assert.equal(await ended, null);
  // A busy machine must not be taken for a disk that hangs, whose log would be left open.
  t.mock.method(AbortSignal, "timeout", () => new AbortController().signal);
  await close(true);
  await closed(logs);
  assert.deepEqual(listed(), []);
  assert.deepEqual(opened(), []);
});
