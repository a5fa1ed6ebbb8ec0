// Logs that cannot be written: the program runs, and the message names the cause and the user that needs access.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { event } from "../rig/wait.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { CHILD, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const program = (log: string): string =>
  `[program:up]\ncommand=${CHILD}\nstartsecs=0\nstdout_logfile=${log}\nstderr_logfile=NONE\n`;

e2e(
  "log-unwritable: an unwritable log names path, component, owner, mode and the user who needs it",
  withoutRoot(),
  async (rig) => {
    mkdirSync(rig.path("mine"));
    chownSync(rig.path("mine"), 65534, 65534);
    mkdirSync(rig.path("mine/closed"));
    chmodSync(rig.path("mine/closed"), 0o750);
    const base = (await import("./rig/rig.ts")).BASE.replaceAll("%(here)s", "%(here)s/mine");
    rig.write("d.conf", `${base}\n${program("%(here)s/mine/closed/up.out")}`);
    const command = [
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      TSV_BY_NAME.path("supervisord"),
      "-n",
      "-c",
      rig.path("d.conf"),
    ];
    const { spawn } = await import("node:child_process");
    const { plainEnvironment } = await import("./rig/command.ts");
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      cwd: rig.directory,
      env: plainEnvironment(rig.mark),
      detached: true,
      stdio: "ignore",
    });
    try {
      await waitForText(rig.path("mine/d.log"), /success: up/);
      const [line] = await waitForText(rig.path("mine/d.log"), /^.*closed\/up\.out.*$/m);
      assert.match(line, new RegExp(`${rig.directory}/mine/closed\\b`));
      for (const part of [/EACCES|permission/i, /root|uid 0/, /0?750/, /65534|nobody/])
        assert.match(line, part);
    } finally {
      child.kill("SIGTERM");
      await event(child, "exit");
    }
  },
);
