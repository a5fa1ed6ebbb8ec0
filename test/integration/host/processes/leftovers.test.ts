// What is remembered of processes before they are stopped: a bounded number of reads in one turn, and one look for the rest.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { type HostSample, parseProcessStat } from "../../../../src/core/usage/program-usage.ts";
import { createLeftovers } from "../../../../src/host/processes/leftovers.ts";
import { createUnrelatedProcesses } from "../../../../src/host/processes/unrelated-processes.ts";
import { readProc } from "../../../../src/host/procfs.ts";
import { event, until } from "../../../rig/wait.ts";
import { pipes } from "./rig.ts";

/** No process has it. */
const MAIN = 2 ** 22 + 1;

test("a thousand processes that are stopped at once share one look, and what it shows is ended", async (t) => {
  const child = spawn("/bin/sleep", ["1000"], { detached: true, env: {}, stdio: "ignore" });
  const exit = event(child, "exit");
  t.after(() => child.kill("SIGKILL"));
  const { pid = 0 } = child;
  let looks = 0;
  let parent = MAIN;
  const stats = {
    sample: async (): Promise<HostSample> => {
      looks += 1;
      const [own, stat] = [process.pid, pid].map((id) => parseProcessStat(readProc(`${id}/stat`)));
      const processes = own && stat ? [own, { ...stat, parent }] : [];
      return { at: 0, ticksPerSecond: 100, pageBytes: 4096, processes };
    },
  };
  const leftovers = createLeftovers({ stats, unrelated: createUnrelatedProcesses(pipes) });
  for (let n = 0; n < 1000; n += 1) leftovers.remember(processKey("g", String(n)), process.pid);
  const key = processKey("g", "main");
  leftovers.remember(key, MAIN);
  assert.equal(looks, 0);
  await until(() => looks > 0, { what: "a look" });
  assert.equal(looks, 1);
  // Its parent has exited.
  parent = process.pid;
  const program = {
    key,
    pid: MAIN,
    killMode: "tree",
    mayFinish: false,
    isMain: () => false,
  } as const;
  const left = await new Promise((resolve) => leftovers.endLeft(program, resolve));
  assert.deepEqual(left, { ended: 1, running: 0 });
  await exit;
});
