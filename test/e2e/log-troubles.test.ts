// Logs that cannot be written: the program runs, and the message names the cause and the user that needs access.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { event } from "../rig/wait.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { CHILD, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const program = (log: string): string =>
  `[program:up]\ncommand=${CHILD}\nstartsecs=0\nstdout_logfile=${log}\nstderr_logfile=NONE\n`;

e2e("a log directory that vanished: the program runs, the message names it", async (rig) => {
  mkdirSync(rig.path("logs"));
  const daemon = await rig.startWith(program("%(here)s/logs/up.out"));
  await daemon.logged(/success: up/);
  await daemon.ask("stopProcess", "up");
  rmSync(rig.path("logs"), { recursive: true });
  await daemon.ask("startProcess", "up");
  assert.equal((await daemon.info("up"))["statename"], "RUNNING");
  await daemon.ask("sendProcessStdin", "up", "echo lost; echo done > ok\n");
  await waitForText(rig.path("ok"), /done/);
  const [line] = await daemon.logged(/^.*logs\/up\.out.*$/m);
  assert.match(line, new RegExp(`${rig.directory}/logs`));
  assert.match(line, /ENOENT|does not exist/);
});

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

e2e("output that is no UTF-8 can be read", async (rig) => {
  const daemon = await rig.startWith(program("%(here)s/up.out"));
  await daemon.logged(/success: up/);
  await daemon.ask("sendProcessStdin", "up", "printf '\\303(\\001 end\\n'\n");
  await waitForText(rig.path("up.out"), /end/);
  const text = String(await daemon.ask("readProcessStdoutLog", "up", 0, 0));
  assert.match(text, /end\n$/);
  const { status, stdout } = await rig.ctl(TSV_BY_NAME, "tail", "up");
  assert.equal(status, 0);
  assert.match(stdout, /end/);
});
