// The daemon ends although a log lies on a file system that does not answer.

import { join } from "node:path";
import { mountStalling, type Operation, withoutStallingMount } from "../rig/stalling-mount.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const absent = withoutStallingMount();

const STALLS: readonly (readonly Exclude<Operation, "all">[])[] = [["write"], ["flush", "release"]];

for (const operations of STALLS) {
  e2e(`a daemon ends while a log waits in ${operations.join(" and ")}`, absent, async (rig, t) => {
    const mount = await mountStalling({ t });
    const daemon = await rig.startWith(`
[program:cat]
command=cat
startsecs=0
stdout_logfile=${mount.path}/cat.log
`);
    await daemon.logged(/success: cat/);
    await daemon.ask("sendProcessStdin", "cat", "before\n");
    await waitForText(join(mount.backing, "cat.log"), /before\n/);
    await mount.stall(...operations);
    await daemon.ask("sendProcessStdin", "cat", "after\n");
    // A program that is stopped before it has answered writes nothing that could wait.
    if (operations.includes("write")) await mount.stalled("write");
    await daemon.ask("shutdown");
    await mount.stalled(operations[0] ?? "write");
    await daemon.ended();
  });
}
