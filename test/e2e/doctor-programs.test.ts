// Programs that are broken on a real host: the doctor names the code, --fix fixes what may be fixed, a second look is clean.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { codesOf, doctor, examine } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const absent = withoutRoot();

function script(rig: Rig, name: string, text: string, mode = 0o755): void {
  chmodSync(rig.write(name, text), mode);
}

/** Codes of the area, worse than worth knowing. */
async function codes(rig: Rig): Promise<readonly string[]> {
  return [...new Set(codesOf(await examine(rig, "programs")))];
}

/** The doctor finds this code alone, fixes it, and finds nothing a second and a third time. */
async function fixes(rig: Rig, code: string): Promise<void> {
  assert.deepEqual(await codes(rig), [code]);
  const words = [code, "--config", rig.path("d.conf"), "--fix", "--yes"];
  const fixed = await doctor(rig, words);
  assert.match(fixed.stdout, new RegExp(`${code} .*: fixed`), fixed.stdout + fixed.stderr);
  assert.deepEqual(await codes(rig), []);
  assert.doesNotMatch((await doctor(rig, words)).stdout, /: fixed/);
}

e2e("doctor finds nothing in programs that run", absent, async (rig) => {
  script(rig, "run", "#!/bin/sh\nexec sleep 1000\n");
  const daemon = await rig.startWith(
    "[program:a]\ncommand=%(here)s/run\nuser=nobody\nstartsecs=0\n" +
      "[program:b]\ncommand=/bin/sh -c 'exec sleep 1000'\ndirectory=/tmp\nstartsecs=0\n" +
      "[program:c]\ncommand=sleep 1000\nnumprocs=3\nprocess_name=c%(process_num)d\nautostart=false\n",
  );
  await daemon.logged(/success: [ab] /, 2);
  assert.deepEqual(await codes(rig), []);
});

e2e(
  "PROG-001: a command that the service does not find gets its absolute path",
  absent,
  async (rig) => {
    script(rig, "opt/shop/serve", "#!/bin/sh\nexec sleep 1000\n");
    const line = `command=${rig.path("opt/shpo/serve")} -v ; the shop`;
    rig.configure(`[program:web]\n${line}\n`);
    await fixes(rig, "PROG-001");
    const text = readFileSync(rig.path("d.conf"), "utf8");
    assert.ok(text.includes(`command=${rig.path("opt/shop/serve")} -v ; the shop`), text);
  },
);

e2e("PROG-002: a script without its x bit gets it", absent, async (rig) => {
  script(rig, "run", "#!/bin/sh\nexec sleep 1000\n", 0o644);
  rig.configure("[program:web]\ncommand=%(here)s/run\n");
  await fixes(rig, "PROG-002");
  assert.equal(statSync(rig.path("run")).mode & 0o777, 0o755);
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
    assert.deepEqual(await codes(rig), []);
  },
);

e2e("PROG-004: a script without #! is run by what its name says", absent, async (rig) => {
  script(rig, "run.sh", "exec sleep 1000\n");
  rig.configure("[program:web]\ncommand=%(here)s/run.sh\n");
  await fixes(rig, "PROG-004");
  assert.match(readFileSync(rig.path("d.conf"), "utf8"), /^command=sh %\(here\)s\/run\.sh$/m);
});

e2e("PROG-005: a directory that is missing is made for the program's user", absent, async (rig) => {
  rig.configure("[program:web]\ncommand=sleep 1000\ndirectory=%(here)s/work\nuser=nobody\n");
  await fixes(rig, "PROG-005");
  assert.equal(statSync(rig.path("work")).uid, 65534);
});

e2e(
  "PROG-005: a directory that is root's alone is opened to the program's group only",
  absent,
  async (rig) => {
    mkdirSync(rig.path("work"), { mode: 0o700 });
    rig.configure("[program:web]\ncommand=sleep 1000\ndirectory=%(here)s/work\nuser=nobody\n");
    await fixes(rig, "PROG-005");
    const { mode, uid, gid } = statSync(rig.path("work"));
    assert.deepEqual([mode & 0o777, uid, gid], [0o750, 0, 65534]);
  },
);

e2e("PROG-006, PROG-007: unknown users and open quotations are named", absent, async (rig) => {
  rig.configure("[program:web]\ncommand=sleep 1000\nuser=no-such-user\n");
  assert.deepEqual(await codes(rig), ["PROG-006"]);
  rig.configure("[program:web]\ncommand=sh -c 'sleep 1000\n");
  assert.deepEqual(await codes(rig), ["PROG-007"]);
});

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
    assert.ok((await codes(rig)).includes("PROG-008"));
  },
);

e2e(
  "PROG-009: a program that fails is reported with its exit and its last line",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(
      "[program:web]\ncommand=sh -c 'echo no config here >&2 && exit 78'\nstopasgroup=true\nstartsecs=1000\nstartretries=0\n",
    );
    await daemon.logged(/gave up: web/);
    const { stdout } = await doctor(rig, ["PROG-009", "--config", rig.path("d.conf")]);
    assert.match(stdout, /exit status 78 \(sysexits: configuration error\)/);
    assert.match(stdout, /no config here/);
  },
);

e2e("PROG-010: a program that crashes again and again is reported", absent, async (rig) => {
  const daemon = await rig.startWith(
    "[program:web]\ncommand=sh -c 'exit 1'\nstartsecs=0\nautorestart=true\n",
  );
  await daemon.logged(/exited: web/, 5);
  assert.deepEqual(await codes(rig), ["PROG-010"]);
});

e2e(
  "PROG-011: for a shell that does not forward the stop signal, stopasgroup is set",
  absent,
  async (rig) => {
    rig.configure("[program:web]\ncommand=sh -c 'cd /tmp && sleep 1000'\n");
    await fixes(rig, "PROG-011");
  },
);

e2e("PROG-012: what a killed daemon left behind is named, and not touched", absent, async (rig) => {
  const daemon = await rig.startWith("[program:web]\ncommand=sleep 1357\nstartsecs=0\n");
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
    new RegExp(`PROG-012 web[\\s\\S]*pid ${pid}: sleep 1357[\\s\\S]*kill ${pid}`),
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
    assert.deepEqual(await codes(rig), ["PROG-013"]);
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
    assert.deepEqual(await codes(rig), ["PROG-015", "PROG-016"]);
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
    await fixes(rig, "PROG-017");
    assert.notEqual((await daemon.info("web"))["pid"], pid);
  },
);
