// tsv reload with names: by a signal, by a command, and what a command that fails or hangs leads to. (reload-options)

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { gone } from "../rig/gone.ts";
import { until } from "../rig/wait.ts";
import { e2e, type Rig } from "./rig/rig.ts";

function sleeper(name: string, lines: string): string {
  return `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n${lines}\n`;
}

async function reload(
  rig: Rig,
  ...words: readonly string[]
): Promise<readonly [string, number | null]> {
  const { stdout, status } = await rig.verb("reload", ...words);
  return [stdout, status];
}

e2e("a program is reloaded by its signal, and keeps its pid", async (rig) => {
  const out = rig.path("web.log");
  const daemon = await rig.startWith(
    `[program:web]\ncommand=sh -c 'trap "echo reloaded" HUP; echo up; while :; do sleep 0.05; done'\nstartsecs=0\nready_check=log:up\nreload_signal=HUP\nstdout_logfile=${out}\n`,
  );
  await daemon.logged(/success: web entered/);
  const { pid } = await daemon.info("web");
  assert.deepEqual(await reload(rig, "web"), ["web: SIGHUP sent\n", 0]);
  await until(() => readFileSync(out, "utf8").includes("reloaded"), { what: "the reload" });
  assert.equal((await daemon.info("web"))["pid"], pid);
});

e2e("a command has the directory, environment and pid of the program", async (rig) => {
  const script = rig.write(
    "reload.sh",
    'echo "$TSV_PID $SUPERVISOR_PROCESS_NAME $A $PWD" >told; echo nothing to say\n',
  );
  const daemon = await rig.startWith(
    sleeper("web", `environment=A=b\ndirectory=%(here)s\nreload_command=sh ${script}`),
  );
  await daemon.logged(/success: web entered/);
  const { pid } = await daemon.info("web");
  assert.deepEqual(await reload(rig, "web"), ["web: reloaded\n", 0]);
  assert.equal(readFileSync(rig.path("told"), "utf8"), `${pid} web b ${rig.directory}\n`);
});

e2e("a command that fails or hangs is exit status 7, and one that hangs is killed", async (rig) => {
  const pidFile = rig.path("pid");
  const daemon = await rig.startWith(
    `${sleeper("bad", "reload_command=sh -c 'echo checking; echo line 3: bad >&2; exit 2'")}${sleeper(
      "slow",
      `reload_command=sh -c 'echo $$ >${pidFile}; exec sleep 1000'\nreload_timeout=1s`,
    )}${sleeper("gone", "reload_command=/nowhere/reload")}`,
  );
  await daemon.logged(/success: \w+ entered/, 3);
  assert.deepEqual(await reload(rig, "bad"), ["bad: ERROR (exit status 2: line 3: bad)\n", 7]);
  assert.deepEqual(await reload(rig, "slow"), ["slow: ERROR (no exit within 1s)\n", 7]);
  if (existsSync(pidFile)) await gone(Number(readFileSync(pidFile, "utf8")));
  const [text, status] = await reload(rig, "gone");
  assert.match(text, /^gone: ERROR \(can't find command '\/nowhere\/reload'\)\n$/);
  assert.equal(status, 7);
  for (const name of ["bad", "slow"])
    assert.equal((await daemon.info(name))["statename"], "RUNNING");
});

e2e("without an option, a name or a program that runs, nothing is reloaded", async (rig) => {
  const daemon = await rig.startWith(
    sleeper("web", "") + sleeper("down", "autostart=false\nreload_signal=HUP"),
  );
  await daemon.logged(/success: web entered/);
  const { pid } = await daemon.info("web");
  const plain = await rig.verb("reload", "web");
  assert.equal(
    plain.stdout,
    "web: ERROR (no reload_signal= or reload_command= in [program:web])\n",
  );
  assert.equal(plain.status, 1);
  assert.match(plain.stderr, /reload_signal=HUP[\s\S]*tsv apply web/);
  assert.deepEqual(await reload(rig, "down"), ["down: ERROR (not running)\n", 7]);
  assert.deepEqual(await reload(rig, "nothing"), ["nothing: ERROR (no such process)\n", 1]);
  // An empty variable of a script does not restart the daemon.
  assert.equal((await rig.verb("reload", "")).status, 2);
  assert.equal((await daemon.info("web"))["pid"], pid);
});
