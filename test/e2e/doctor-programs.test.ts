// Programs on a real host whose state the doctor learns from the kernel and the daemon; test/unit/doctor/faults has all others.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { codesIn, doctor, fixes } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const absent = withoutRoot();

function script(rig: Rig, name: string, text: string, mode = 0o755): void {
  chmodSync(rig.write(name, text), mode);
}

e2e("doctor finds nothing in programs that run", absent, async (rig) => {
  script(rig, "run", "#!/bin/sh\nexec sleep 1000\n");
  const daemon = await rig.startWith(
    "[program:a]\ncommand=%(here)s/run\nuser=nobody\nstartsecs=0\n" +
      "[program:b]\ncommand=/bin/sh -c 'exec sleep 1000'\ndirectory=/tmp\nstartsecs=0\n" +
      "[program:c]\ncommand=sleep 1000\nnumprocs=3\nprocess_name=c%(process_num)d\nautostart=false\n",
  );
  await daemon.logged(/success: [ab] /, 2);
  assert.deepEqual(await codesIn(rig, "programs"), []);
});

e2e(
  "PROG-003: a script from Windows gets the line ends of Unix, and then it runs",
  absent,
  async (rig) => {
    script(rig, "run", "#!/bin/sh\r\nexec sleep 1000\r\n");
    const daemon = await rig.startWith(
      "[program:web]\ncommand=%(here)s/run\nstartretries=0\nstartsecs=0\n",
    );
    await daemon.logged(/gave up: web/);
    const fixed = await doctor(rig, ["programs", "--config", rig.path("d.conf"), "--fix", "--yes"]);
    assert.match(fixed.stdout, /PROG-003 web: fixed/, fixed.stdout + fixed.stderr);
    assert.equal(readFileSync(rig.path("run"), "utf8"), "#!/bin/sh\nexec sleep 1000\n");
    await daemon.logged(/success: web/);
    assert.match(fixed.stdout, /PROG-019 web: fixed/);
    assert.deepEqual(await codesIn(rig, "programs"), []);
  },
);

e2e(
  "PROG-008: a program that goes into the background is reported with its orphan",
  absent,
  async (rig) => {
    script(
      rig,
      "tsvbgdemo",
      '#!/bin/sh\nexec 0<&- 1>&- 2>&-\n[ "$1" = go ] && exec sleep 1000\nsetsid $0 go &\n',
    );
    const daemon = await rig.startWith(
      "[program:web]\ncommand=%(here)s/tsvbgdemo\nstartretries=0\nstartsecs=1000\n",
    );
    await daemon.logged(/gave up: web/);
    assert.ok((await codesIn(rig, "programs")).includes("PROG-008"));
  },
);

e2e("PROG-012: what a killed daemon left behind is named, and not touched", absent, async (rig) => {
  // A command of its own: other runs of this test may leave theirs at this time.
  const command = `sleep ${1_000_000 + process.pid}`;
  const daemon = await rig.startWith(`[program:web]\ncommand=${command}\nstartsecs=0\n`);
  await daemon.logged(/entered RUNNING/);
  const { pid } = await daemon.info("web");
  await daemon.killed();
  const { stdout } = await doctor(rig, [
    "PROG-012",
    "--config",
    rig.path("d.conf"),
    "--fix",
    "--yes",
  ]);
  assert.match(
    stdout,
    new RegExp(`PROG-012 web[\\s\\S]*pid ${pid}: ${command}[\\s\\S]*kill ${pid}`),
  );
  process.kill(Number(pid), "SIGKILL"); // which fails if the doctor had ended it
});

e2e(
  "PROG-013: a program that ignores its stop signal is reported after two stops",
  absent,
  async (rig) => {
    script(rig, "deaf", "#!/bin/sh\ntrap '' TERM\necho up\nwhile :; do sleep 0.05; done\n");
    const daemon = await rig.startWith(
      "[program:web]\ncommand=%(here)s/deaf\nstartsecs=0\nautostart=false\nstopwaitsecs=1\nstopasgroup=true\nkillasgroup=true\nstdout_logfile=%(here)s/up\n",
    );
    for (const turn of [1, 2]) {
      await daemon.ask("startProcess", "web");
      await waitForText(rig.path("up"), /up/, { times: turn });
      await daemon.ask("stopProcess", "web");
    }
    assert.deepEqual(await codesIn(rig, "programs"), ["PROG-013"]);
  },
);

e2e(
  "PROG-015, PROG-016: event listeners out of step and lost events are reported",
  absent,
  async (rig) => {
    script(rig, "talks", "#!/bin/sh\necho hello\nexec sleep 1000\n");
    const daemon = await rig.startWith(
      "[eventlistener:mail]\ncommand=%(here)s/talks\nevents=REMOTE_COMMUNICATION\nbuffer_size=1\nstartsecs=0\n",
    );
    await daemon.logged(/UNKNOWN/);
    for (const data of ["1", "2", "3"]) await daemon.ask("sendRemoteCommEvent", "t", data);
    assert.deepEqual(await codesIn(rig, "programs"), ["PROG-015", "PROG-016"]);
  },
);

e2e(
  "PROG-017: a program in a directory that was deleted is restarted with a yes",
  absent,
  async (rig) => {
    mkdirSync(rig.path("release"));
    const daemon = await rig.startWith(
      "[program:web]\ncommand=sleep 1000\ndirectory=%(here)s/release\nstartsecs=0\n",
    );
    await daemon.logged(/success: web/);
    const { pid } = await daemon.info("web");
    rmSync(rig.path("release"), { recursive: true });
    mkdirSync(rig.path("release"));
    await fixes(rig, "programs", "PROG-017");
    assert.notEqual((await daemon.info("web"))["pid"], pid);
  },
);

e2e(
  "CONF-017: a program that was added while the daemon runs is taken over",
  absent,
  async (rig) => {
    const up = "[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\n";
    const daemon = await rig.startWith(up);
    rig.configure(`${up}[program:new]\ncommand=/bin/sleep 1000\nstartsecs=0\n`);
    assert.deepEqual(await codesIn(rig, "config"), ["CONF-017"]);
    const words = ["CONF-017", "--config", rig.path("d.conf"), "--fix", "--yes"];
    const fixed = await doctor(rig, words);
    assert.match(fixed.stdout, /CONF-017 new: fixed/, fixed.stdout + fixed.stderr);
    await daemon.logged(/success: new entered RUNNING/);
    assert.deepEqual(await codesIn(rig, "config"), []);
  },
);
