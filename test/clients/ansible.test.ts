// Ansible's supervisorctl module drives both daemons through the supervisorctl of each.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { withoutSupervisor, withoutTsv } from "../e2e/rig/places.ts";
import { BASE } from "../e2e/rig/rig.ts";
import { compareSides, type Side, type Sides, startSides } from "./run-client.ts";

const CONFIG = `${BASE}
[program:web]
command=sleep 1000
startsecs=0

[program:idle]
command=sleep 1000
startsecs=0
autostart=false

[program:broken]
command=/nonexistent
startretries=0
autostart=false

[group:pool]
programs=first,second

[program:first]
command=sleep 1000
startsecs=0

[program:second]
command=sleep 1000
startsecs=0
autostart=false
`;

const ADDED = `
[program:late]
command=sleep 1000
startsecs=0
autostart=false
`;

/** State asked for, name, and further arguments. Each twice where the second must find nothing to do. */
const TASKS: readonly (readonly [string, string, string?])[] = [
  ["started", "idle"],
  ["started", "idle"],
  ["stopped", "idle"],
  ["stopped", "idle"],
  ["restarted", "web"],
  ["restarted", "idle"],
  ["signalled", "web", "CONT"],
  ["signalled", "web", "SIGCONT"],
  ["signalled", "web", "NOPE"],
  ["started", "pool:"],
  ["started", "pool:second"],
  ["restarted", "pool:"],
  ["stopped", "pool:"],
  ["signalled", "pool:", "CONT"],
  ["started", "broken"],
  ["started", "nope"],
  ["stopped", "nope:"],
  ["present", "web"],
  ["present", "late"],
  ["present", "late"],
  ["started", "late"],
  ["absent", "late"],
  ["stopped", "late"],
  ["absent", "late"],
  ["absent", "late"],
  ["present", "nope"],
];

function absence(): string | false {
  const modules = "/usr/lib/python3/dist-packages/ansible_collections/community/general";
  const missing = ["/usr/bin/ansible", modules].filter((path) => !existsSync(path));
  return missing.length === 0 ? false : `${missing.join(", ")} missing; run make test-host`;
}

/** One play for all tasks: the start of Ansible takes longer than what it does. */
function playbook(side: Side): string {
  const tasks = TASKS.map(([state, name, signal], index) => ({
    name: `${index + 1}. ${state} ${name}${signal === undefined ? "" : ` ${signal}`}`,
    "community.general.supervisorctl": {
      name,
      state,
      config: side.rig.path("d.conf"),
      supervisorctl_path: side.implementation.path("supervisorctl"),
      ...(signal === undefined ? {} : { signal }),
    },
    ignore_errors: true,
  }));
  return JSON.stringify([{ hosts: "localhost", connection: "local", gather_facts: false, tasks }]);
}

interface Played {
  readonly plays: readonly {
    readonly tasks: readonly {
      readonly task: { readonly name: string };
      readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    }[];
  }[];
}

async function play(side: Side): Promise<ReadonlyMap<string, string>> {
  const { rig } = side;
  rig.write("d.conf", CONFIG + ADDED);
  const file = rig.write("play.yml", playbook(side));
  const env = {
    HOME: rig.directory,
    ANSIBLE_HOME: rig.path("ansible"),
    ANSIBLE_STDOUT_CALLBACK: "json",
    ANSIBLE_PIPELINING: "true",
    ANSIBLE_LOCALHOST_WARNING: "false",
    ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3",
  };
  const argv = ["/usr/bin/ansible-playbook", "-i", "localhost,", file];
  const ran = await rig.command(argv, { env, timeoutMs: 400_000 });
  const start = ran.stdout.indexOf("{");
  assert.ok(start >= 0, `no answer: ${ran.stdout}${ran.stderr}`);
  const played = JSON.parse(ran.stdout.slice(start)) as Played;
  const rows = new Map<string, string>();
  for (const { task, hosts } of played.plays.flatMap(({ tasks }) => tasks)) {
    const result = hosts["localhost"] ?? {};
    for (const key of ["changed", "failed", "msg", "state", "name"]) {
      rows.set(`${task.name}: ${key}`, JSON.stringify(result[key]) ?? "absent");
    }
  }
  const infos = (await side.daemon.ask("getAllProcessInfo")) as unknown as readonly {
    readonly group: string;
    readonly name: string;
    readonly statename: string;
  }[];
  for (const { group, name, statename } of infos) rows.set(`after: ${group}:${name}`, statename);
  return rows;
}

describe("Ansible", { skip: withoutTsv() || withoutSupervisor() || absence() }, () => {
  let sides: Sides;
  before(async () => {
    sides = await startSides(CONFIG);
  });
  after(() => {
    sides.supervisor.dispose();
    sides.tsv.dispose();
  });

  it("brings programs into every state, and says alike what it changed", async (t) => {
    const rows = await compareSides(t, "Ansible's supervisorctl", sides, play);
    assert.equal(rows.get("1. started idle: changed"), "true");
    assert.equal(rows.get("2. started idle: changed"), "false");
    assert.equal(rows.get("5. restarted web: changed"), "true");
    assert.equal(rows.get("after: web:web"), "RUNNING");
  });
});
