// kill-mode as PID 1 of a container: after a stop those descendants of a program live that tsv.conf(5) documents, no others, and
// no zombies.

import assert from "node:assert/strict";
import { ALL, aliveOf, FAMILY, LEFT, STORM } from "../rig/families.ts";
import type { Container } from "./rig/container.ts";
import { containerTest } from "./rig/rig.ts";

const NAMES = [...Object.keys(LEFT), "storm"];
const CONFIG = `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid
[program-default]
autostart=false
startsecs=0
${Object.keys(LEFT)
  .map((mode) => {
    const option = mode === "unset" ? "" : `kill_mode=${mode}\n`;
    return `[program:${mode}]\ncommand=sh /family.sh /srv/${mode}/kid\n${option}`;
  })
  .join("")}[program:storm]
command=perl /storm.pl /srv/storm/kid
kill_mode=cgroup
`;

async function must(container: Container, line: string): Promise<string> {
  const { status, stdout, stderr } = await container.exec("sh", "-c", line);
  assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
  return stdout;
}

async function untilAlive(container: Container, name: string, wanted: string): Promise<void> {
  await container.until(`[ "$(${aliveOf(name)})" = '${wanted}' ] && echo`);
}

containerTest("a stop ends what kill_mode says, and leaves no zombie", async (rig) => {
  const image = await rig.image(CONFIG, { "family.sh": FAMILY, "storm.pl": STORM });
  const container = await rig.run(image);
  await container.until("tsv pid");
  for (const name of NAMES) {
    await must(container, `mkdir /srv/${name} && ln -s /bin/sleep /srv/${name}/kid`);
  }
  for (const [mode, left] of Object.entries(LEFT)) {
    await must(container, `tsv start ${mode}`);
    await untilAlive(container, mode, ALL);
    const said = await must(container, `tsv stop ${mode}`);
    assert.equal(/3 processes that it left were ended/.test(said), left === "", `${mode}: ${said}`);
    await untilAlive(container, mode, left);
    await must(container, `kill -KILL $(pgrep -f '^/srv/${mode}/kid ') 2>/dev/null || true`);
  }
  await container.printed(/kill_mode=cgroup acts as kill_mode=tree: /);
  await must(container, "tsv start storm");
  await container.until(`[ $(${aliveOf("storm")} | wc -w) = 51 ] && echo`);
  await must(container, "tsv stop storm");
  assert.equal(await must(container, `${aliveOf("storm")}; pgrep -f '[/]storm.pl' || true`), "\n");
  await container.until("ps -eo stat | grep -q '^Z' || echo none");
  assert.equal(await container.stop(), 0);
});
