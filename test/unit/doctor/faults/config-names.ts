// Faults of names in the configuration: includes, duplicates, misspellings, and invalid values.

import { type Fault, fault } from "./fault.ts";
import { PROGRAMS } from "./healthy.ts";

const EXTRA = "[program:extra]\ncommand=/usr/bin/sleep 6\nuser=www-data\n";
const NEW_GROUP = { "CONF-017": "the daemon adds the group when it is told to" } as const;

/** Lines of the program that a person or doctor corrects. */
function line(what: string, text: string, more: Partial<Fault> & Pick<Fault, "code">): Fault {
  return { what, fixes: "B", breaks: (world) => void world.program(...text.split("\n")), ...more };
}

const INCLUDE_FAULTS: readonly Fault[] = [
  fault("CONF-010", "[include] has no files=", "B", (world) =>
    world.edit("files=conf.d/*.conf conf.d/*.ini\n", ""),
  ),
  fault("CONF-010", "[include] names a directory that there is not", "person", (world) =>
    world.edit("conf.d/*.conf conf.d/*.ini", "conf.d/*.conf /srv/none/*.conf"),
  ),
  fault(
    "CONF-011",
    "a file with a program has another suffix",
    "B",
    ({ host }) => host.file("/etc/tsv/conf.d/extra.cfg", EXTRA),
    { leaves: NEW_GROUP },
  ),
  fault("CONF-011", "a link among the included files leads nowhere", "person", ({ host }) =>
    host.link("/etc/tsv/conf.d/extra.conf", "/srv/gone.conf"),
  ),
];

const NAME_FAULTS: readonly Fault[] = [
  fault("CONF-012", "an option is given twice", "B", ({ host }) => {
    const text = host.readText(PROGRAMS) ?? "";
    host.file(PROGRAMS, `${text}startsecs=2\nstartsecs=3\n`, { mode: 0o640, gid: 990 });
  }),
  fault("CONF-012", "a program is defined in two files", "person", ({ host }) =>
    host.file("/etc/tsv/conf.d/copy.conf", "[program:web]\ncommand=/usr/bin/sleep 7\n"),
  ),
  line("a truth is misspelt", "autostart=ture", { code: "CONF-013" }),

  line("copies have no names of their own", "numprocs=2", {
    code: "CONF-013",
    leaves: NEW_GROUP,
  }),
  line("seconds are a word", "startsecs=soon", { code: "CONF-013", fixes: "person" }),
  fault("CONF-013", "a line has no equals sign", "B", ({ host }) => {
    const text = host.readText(PROGRAMS) ?? "";
    host.file(PROGRAMS, `${text}autostart true\n`, { mode: 0o640, gid: 990 });
  }),
  line("an option is misspelt", "autostrat=false", { code: "CONF-014" }),

  fault(
    "CONF-014",
    "a section is misspelt",
    "B",
    ({ host }) =>
      host.file("/etc/tsv/conf.d/extra.conf", EXTRA.replace("program", "progam"), {
        ...{ mode: 0o640, gid: 990 },
      }),
    { leaves: NEW_GROUP },
  ),

  line("a misspelt option stands beside the right one", "autostart=true\nautostrat=false", {
    code: "CONF-014",
    fixes: "person",
  }),
  line("an option is near to nothing", "my_own_note=x", {
    code: "CONF-014",
    fixes: "person",
    severity: "info",
  }),
];

export const CONFIG_NAME_FAULTS: readonly Fault[] = [...INCLUDE_FAULTS, ...NAME_FAULTS];
