// Logs that cannot be written: the program runs, and the message names the cause and the user that needs access.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
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

e2e(
  "log-links: a program's link to root's file in the place of its log is not followed, and the program runs",
  withoutRoot(),
  async (rig) => {
    const secret = rig.write("secret", "root's\n");
    mkdirSync(rig.path("theirs"));
    chownSync(rig.path("theirs"), 65534, 65534);
    symlinkSync(secret, rig.path("theirs/up.out"));
    lchownSync(rig.path("theirs/up.out"), 65534, 65534);
    const daemon = await rig.startWith(program("%(here)s/theirs/up.out"));
    await daemon.logged(/success: up/);
    const [line] = await daemon.logged(/^.*theirs\/up\.out.*$/m);
    for (const part of [/is a symlink to '[^']*secret'/, /65534/, /does not follow/])
      assert.match(line, part);
    await daemon.ask("sendProcessStdin", "up", "echo lost; echo done > ok\n");
    await waitForText(rig.path("ok"), /done/);
    assert.equal((await daemon.info("up"))["statename"], "RUNNING");
    await assert.rejects(daemon.ask("readProcessStdoutLog", "up", 0, 0), /does not follow/);
    assert.equal(readFileSync(secret, "utf8"), "root's\n");
  },
);

const withoutFullDisk = existsSync("/dev/full") ? false : "needs /dev/full";
const noFullDisk = withoutRoot() || withoutFullDisk;

e2e("a full disk loses output, not the program", noFullDisk, async (rig) => {
  const daemon = await rig.startWith(`${program("/dev/full")}stdout_logfile_maxbytes=0\n`);
  await daemon.logged(/success: up/);
  await daemon.ask("sendProcessStdin", "up", "echo lost; echo done > ok\n");
  await waitForText(rig.path("ok"), /done/);
  await daemon.logged(/ENOSPC|[Nn]o space/);
  assert.equal((await daemon.info("up"))["statename"], "RUNNING");
  // The list of states looks healthy, so status says it in addition.
  const { stdout } = await rig.verb("status", "--json");
  const { results, hints } = JSON.parse(stdout);
  assert.equal(results[0].logError.errno, "ENOSPC");
  assert.match(hints[0].text, /^the output of up is lost: ENOSPC on \/dev\/full$/);
});

e2e("a log removed by hand is written again by its name after USR2", async (rig) => {
  const daemon = await rig.startWith(program("%(here)s/up.out"));
  await daemon.logged(/success: up/);
  await daemon.ask("sendProcessStdin", "up", "echo one\n");
  await waitForText(rig.path("up.out"), /one/);
  rmSync(rig.path("up.out"));
  daemon.signal("SIGUSR2");
  await daemon.logged(/supervisord logreopen/);
  await waitForText(rig.path("up.out"), /^$/);
  await daemon.ask("sendProcessStdin", "up", "echo two\n");
  await waitForText(rig.path("up.out"), /^two\n$/);
});

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
