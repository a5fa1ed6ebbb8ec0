// The five lines that many configurations for containers have run as they are: supervisor_stdout is built in.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { until } from "../rig/wait.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const SECTIONS = `[eventlistener:stdout]
command = supervisor_stdout
buffer_size = 100
events = PROCESS_LOG
result_handler = supervisor_stdout:event_handler

[program:web]
command=sh -c 'while ! [ -e go ]; do sleep 0.05; done; echo out-of-web; echo err-of-web >&2; exec sleep 1000'
directory=%(here)s
stdout_events_enabled=true
stderr_events_enabled=true
`;

e2e(
  "built-in-commands: supervisor_stdout prints the output of programs with their names",
  async (rig, t) => {
    const config = rig.configure(SECTIONS);
    const daemon = spawn(TSV, ["daemon", "-n", "-c", config], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => daemon.kill("SIGTERM"));
    let text = "";
    const has = (what: RegExp) =>
      until(() => what.test(text), { what: String(what), left: () => text });
    daemon.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await has(/success: stdout entered RUNNING/);
    rig.write("go", "");
    await has(/^web stdout \| out-of-web$/m);
    await has(/^web stderr \| err-of-web$/m);
    assert.doesNotMatch(text, /UNKNOWN|can't find command/);
  },
);
