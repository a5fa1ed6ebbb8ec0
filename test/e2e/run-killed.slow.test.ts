// Programs of a `tsv run` that was killed, which ignore their stop signal.

import { gone } from "../rig/gone.ts";
import { puppet } from "../rig/puppet.ts";
import { Run } from "./rig/foreground-run.ts";
import { guardOf, pidOf } from "./rig/guard.ts";
import { e2e } from "./rig/rig.ts";

e2e("programs that ignore their stop signal are killed with their groups", async (rig) => {
  const deaf = (name: string): string => puppet("ignore:TERM", `pids:${name} up`);
  rig.write(
    "d.conf",
    `[supervisord]
[program:deaf]
command=${deaf("deaf")}
[program:parent]
command=${puppet("ignore:TERM", "fork", "pids:child up")}
[program:shell]
command=sh -c "${deaf("orphan")} & wait"
stopasgroup=true
[program:terminal]
command=${puppet("ignore:TERM", "ignore:HUP", "pids:terminal up")}
tty=true
`,
  );
  const started = new Run(rig, ["-c", "d.conf"]);
  const names = ["deaf", "child", "orphan", "terminal"];
  const pids = await Promise.all(names.map((name) => pidOf(started, name)));
  const guard = await guardOf(started);
  started.child.kill("SIGKILL");
  await gone(...pids.flat(), guard);
});
