// ready_check=fd: a program writes a line to a descriptor when it is ready, as s6 has it.

import assert from "node:assert/strict";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const until = (name: string): string => `until test -e ${name}; do sleep 0.02; done`;

function program(fd: number, script: string, ...options: readonly string[]): string {
  const lines = ["directory=%(here)s", `ready_check=fd:${fd}`, ...options];
  const app = `[program:app]\ncommand=/bin/bash -c '${script}; exec sleep 1000'\n${lines.join("\n")}\n`;
  return `${app}[program:web]\ncommand=/bin/sleep 1000\ndepends_on=app:ready\n`;
}

/** The descriptors of a process above its standard ones. */
const OPEN = 'ls /proc/self/fd | tr "\\n" " "';

e2e(
  "a line makes a program ready, and others do not get the descriptor (ready-fd)",
  async (rig) => {
    const daemon = await rig.startWith(
      `${program(3, `printf starting >&3; ${until("go")}; echo >&3; exec 3>&-`)}` +
        `[program:other]\ncommand=/bin/sh -c 'exec >%(here)s/fds; ls /proc/self/fd; exec sleep 1000'\npriority=1000\n`,
    );
    await daemon.logged(/spawned: 'app'/);
    assert.equal((await daemon.info("app"))["description"], "not ready yet");
    const why = await rig.verb("why", "app");
    assert.match(why.stdout.replaceAll(/\s+/g, " "), /fd:3: no line yet/);
    rig.write("go", "");
    await daemon.logged(/success: web entered/);
    while (!textOf(rig.path("fds")).includes("3")) await daemon.ask("getState");
    assert.equal(textOf(rig.path("fds")), "0\n1\n2\n3\n", "3 is the directory that ls reads");
  },
);

e2e("an upgrade keeps the descriptor", withoutNext(), async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(program(3, `${OPEN}; ${until("go")}; echo >&3`));
  await daemon.logged(/spawned: 'app'/);
  host.install();
  await host.replaced();
  assert.equal((await daemon.info("app"))["statename"], "STARTING");
  rig.write("go", "");
  await daemon.logged(/success: web entered/);
});
