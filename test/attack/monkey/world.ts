// The programs of the monkey: every kind, and a few that it must not touch.

import { rmSync } from "node:fs";
import type { Daemon } from "../../e2e/rig/daemon.ts";
import type { Rig } from "../../e2e/rig/rig.ts";
import type { Rng } from "../../sim/rng.ts";

/** Nobody touches these: same process from the beginning to the end, and every line of theirs in the log. */
export const UNTOUCHED = ["calm", "counter", "listener"] as const;

/** What programs do. Each dies by SIGKILL like any other. */
const KINDS: Readonly<Record<string, string>> = {
  quiet: "command=sleep 1000000\n",
  talker:
    "command=/bin/sh %(here)s/../talker.sh\nstdout_logfile_maxbytes=20KB\nstdout_logfile_backups=2\n",
  crasher: "command=sh -c 'sleep 0.2; exit 3'\nstartretries=1000\n",
  stubborn: `command=sh -c 'trap "" TERM; while :; do sleep 1; done'\nstopwaitsecs=1\nkillasgroup=true\n`,
  once: "command=true\nautorestart=false\n",
  reader: "command=cat\n",
  lost: "command=/no/such/file\n",
  slow: "command=sleep 1000000\nstartsecs=1\n",
  mute: "command=sleep 1000000\nstdout_logfile=NONE\nstderr_logfile=NONE\n",
  grouped: "command=sleep 1000000\nnumprocs=3\nprocess_name=%(process_num)d\n",
};

const NAMES = Array.from({ length: 14 }, (_, n) => `p${n}`);

export interface World {
  readonly rig: Rig;
  readonly daemon: Daemon;
  /** Programs that are configured, with their kinds. */
  readonly kinds: Map<string, string>;
}

/** Programs that nobody touches. */
export function untouched(rig: Rig): string {
  const counter = rig.write(
    "counter.sh",
    "n=0\nwhile :; do n=$((n+1)); echo $n; sleep 0.02; done\n",
  );
  const listener = rig.write(
    "listener.sh",
    `printf 'READY\\n'
while read -r line; do
  length=\${line##*len:}
  head -c "$length" >/dev/null
  printf 'RESULT 2\\nOKREADY\\n'
done
`,
  );
  rig.write("talker.sh", "while :; do echo $$; sleep 0.05; done\n");
  return `[program:calm]
command=sleep 1000000
[program:counter]
command=/bin/sh ${counter}
stdout_logfile=${rig.path("counter.log")}
stdout_logfile_maxbytes=0
[eventlistener:listener]
command=/bin/sh ${listener}
events=PROCESS_STATE,PROCESS_GROUP
buffer_size=10000
`;
}

function section(name: string, kind: string, rng: Rng): string {
  const startsecs = kind === "slow" ? "" : "startsecs=0\n";
  return `[program:${name}]\n${KINDS[kind] ?? ""}${startsecs}priority=${rng.int(1, 20)}\nautostart=${rng.chance(0.7)}\n`;
}

/** Writes or rewrites a program. */
export function configure({ rig, kinds }: World, name: string, rng: Rng): void {
  const kind = pickOf(Object.keys(KINDS), rng);
  kinds.set(name, kind);
  rig.write(`conf.d/${name}.ini`, section(name, kind, rng));
}

export function unconfigure({ rig, kinds }: World, name: string): void {
  kinds.delete(name);
  rmSync(rig.path(`conf.d/${name}.ini`), { force: true });
}

export function anyName(rng: Rng): string {
  return pickOf(NAMES, rng);
}

/** As clients name a process: one of a group of three now and then. */
export function anyProcess({ kinds }: World, rng: Rng): string {
  const name = anyName(rng);
  return kinds.get(name) === "grouped" ? `${name}:${rng.int(0, 2)}` : name;
}

export function pickOf<T>(items: readonly T[], rng: Rng): T {
  const item = items[rng.int(0, items.length - 1)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
