// A daemon that dies while it starts its programs for the first time.

import { until } from "../rig/wait.ts";
import { diesAt } from "./deaths/dies-at.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e } from "./rig/rig.ts";

const NAMES = Array.from({ length: 20 }, (_, at) => `p${at}`);
const SECTIONS = NAMES.map((name) => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n`);

async function areRunning(daemon: Daemon): Promise<boolean> {
  const infos = (await daemon.ask("getAllProcessInfo").catch(() => [])) as readonly Record<
    string,
    unknown
  >[];
  return NAMES.every((each) =>
    infos.some(({ name, statename }) => name === each && statename === "RUNNING"),
  );
}

for (let count = 10; count <= 400; count += 20) {
  e2e(`all programs run, or the start has failed, after system call ${count}`, async (rig) => {
    rig.configure(SECTIONS.join(""));
    const daemon = rig.launch();
    await until(() => daemon.process !== daemon.pid, { what: "a daemon under the keeper" });
    const { isOver } = await diesAt(daemon, count);
    let hasFailed = false;
    void daemon.ended().then(() => {
      hasFailed = true;
    });
    await until(async () => hasFailed || ((await areRunning(daemon)) && isOver()), {
      what: "the programs, or the end of the start",
    });
  });
}
