// ready_check=exec: a command says when a program is ready. What such a command does wrong disturbs nothing.

import assert from "node:assert/strict";
import { gone } from "../rig/gone.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

/** A program whose check is a script. */
function program(script: string, ...options: readonly string[]): string {
  return [
    "[program:db]\ncommand=/bin/sleep 1000\nready_interval=100ms",
    `ready_check=exec:/bin/sh -c '${script}'`,
    ...options,
    "[program:web]\ncommand=/bin/sleep 1000\ndepends_on=db:ready\n",
  ].join("\n");
}

e2e(
  "a command says when a program is ready, and what it printed is shown (ready-exec)",
  async (rig) => {
    const daemon = await rig.startWith(
      program("echo $WHO not yet >&2; test -e %(here)s/go && exit 0; exit 2", "environment=WHO=db"),
    );
    await daemon.logged(/spawned: 'db'/);
    for (;;) {
      const { description } = await daemon.info("db");
      if (description === "not ready yet: exit status 2: db not yet") break;
      assert.match(String(description), /^not ready yet/);
    }
    const why = await rig.verb("why", "db");
    assert.match(
      why.stdout.replaceAll(/\s+/g, " "),
      /exec:\/bin\/sh .*: exit status 2: db not yet/,
    );
    rig.write("go", "");
    await daemon.logged(/success: web entered/);
    await daemon.shutdown();
    assert.doesNotMatch(textOf(daemon.log), /reaped unknown/);
  },
);

e2e(
  "an upgrade ends a command that is under way, and begins it again",
  withoutNext(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    const daemon = await host.start(
      program("echo $$ >>%(here)s/pids; until test -e %(here)s/go; do sleep 0.05; done"),
    );
    const begun = (): string[] => textOf(rig.path("pids")).split("\n").filter(Boolean);
    while (begun().length === 0) await daemon.ask("getState");
    host.install();
    await host.replaced();
    while (begun().length === 1) await daemon.ask("getState");
    await gone(begun()[0] ?? "");
    rig.write("go", "");
    await daemon.logged(/success: web entered/);
    assert.doesNotMatch(textOf(daemon.log), /reaped unknown/);
  },
);
