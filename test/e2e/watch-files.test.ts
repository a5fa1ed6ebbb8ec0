// watch=: programs that are restarted when files change. (watch-options)

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { e2e, type Rig } from "./rig/rig.ts";

function web(lines: string): string {
  return `[program:web]\ncommand=sleep 1000\nstartsecs=0\ndirectory=%(here)s\nwatch_delay=10ms\n${lines}\n`;
}

function change(rig: Rig, name: string): void {
  writeFileSync(rig.path(name), "changed\n");
}

e2e("a change restarts a program, and its history says which file it was", async (rig) => {
  mkdirSync(rig.path("src"));
  const daemon = await rig.startWith(web("watch=src\nstdout_logfile=%(here)s/src/web.log"));
  await daemon.logged(/watching files of web in 2 directories/);
  const { pid } = await daemon.info("web");
  change(rig, "src/app.js");
  await daemon.logged(/spawned: 'web'/, 2);
  assert.notEqual((await daemon.info("web"))["pid"], pid);
  await daemon.logged(/restarting web: src\/app\.js changed/);
  const { stdout } = await rig.verb("why", "web");
  assert.match(stdout.replace(/\s+/g, " "), /its files changed \(watch\): src\/app\.js changed/);
});

e2e(
  "a program that failed is started again; one that was stopped or is disabled is not",
  async (rig) => {
    mkdirSync(rig.path("src"));
    const bad = `[program:bad]\ncommand=sh -c 'test -e ${rig.path("src/good")} && exec sleep 1000'\nstartretries=0\ndirectory=%(here)s\nwatch=src\nwatch_delay=10ms\n`;
    const daemon = await rig.startWith(web("watch=src") + bad);
    await daemon.logged(/watching files of bad, web/);
    await daemon.logged(/gave up: bad/);
    await daemon.ask("stopProcess", "web");
    change(rig, "src/good");
    await daemon.logged(/success: bad entered/);
    assert.equal((await daemon.info("web"))["statename"], "STOPPED");
  },
);

e2e("files are watched by the present definition, and after an upgrade or a death", async (rig) => {
  for (const name of ["one", "two"]) mkdirSync(rig.path(name));
  const daemon = await rig.startWith(web("watch=one, missing/at/all"), {
    env: { TSV_DEATHS: "5" },
  });
  await daemon.logged(/ERRO web: .*missing\/at\/all is not watched: it does not exist/);
  await daemon.logged(/watching files of web/);
  const { pid } = await daemon.info("web");
  rig.write(
    "d.conf",
    readFileSync(rig.path("d.conf"), "utf8").replace("one, missing", "two, missing"),
  );
  const applied = await rig.verb("apply");
  assert.equal(applied.status, 0, applied.stderr);
  await daemon.logged(/watching files of web/, 2);
  assert.equal((await daemon.info("web"))["pid"], pid, "the program did not notice");
  assert.equal((await rig.verb("upgrade")).status, 0);
  await daemon.logged(/watching files of web/, 3);
  process.kill(daemon.process, "SIGKILL");
  await daemon.logged(/watching files of web/, 4);
  change(rig, "one/f");
  change(rig, "two/f");
  await daemon.logged(/restarting web: two\/f changed/);
  await daemon.logged(/spawned: 'web'/, 2);
});
