// Faults of names in the configuration: includes, duplicates, misspellings, and invalid values.

import type { Fault } from "./fault.ts";
import { PROGRAMS } from "./healthy.ts";

const EXTRA = "[program:extra]\ncommand=/usr/bin/sleep 6\nuser=www-data\n";
const NEW_GROUP = { "CONF-017": "the daemon adds the group when it is told to" } as const;

/** Lines of the program that a person or doctor corrects. */
function line(what: string, text: string, more: Partial<Fault> & Pick<Fault, "code">): Fault {
  return { what, fixes: "B", breaks: (world) => void world.program(...text.split("\n")), ...more };
}

const INCLUDE_FAULTS: readonly Fault[] = [
  {
    code: "CONF-010",
    what: "[include] has no files=",
    breaks: (world) => void world.edit("files=conf.d/*.conf conf.d/*.ini\n", ""),
    fixes: "B",
  },
  {
    code: "CONF-010",
    what: "[include] names a directory that there is not",
    breaks: (world) =>
      void world.edit("conf.d/*.conf conf.d/*.ini", "conf.d/*.conf /srv/none/*.conf"),
    fixes: "person",
  },
  {
    code: "CONF-011",
    what: "a file with a program has another suffix",
    breaks: ({ host }) => void host.file("/etc/tsv/conf.d/extra.cfg", EXTRA),
    fixes: "B",
    leaves: NEW_GROUP,
  },
  {
    code: "CONF-011",
    what: "a file with a program is hidden",
    breaks: ({ host }) => void host.file("/etc/tsv/conf.d/.extra.conf", EXTRA),
    fixes: "B",
    leaves: NEW_GROUP,
  },
  {
    code: "CONF-011",
    what: "a link among the included files leads nowhere",
    breaks: ({ host }) => void host.link("/etc/tsv/conf.d/extra.conf", "/srv/gone.conf"),
    fixes: "person",
  },
];

const NAME_FAULTS: readonly Fault[] = [
  {
    code: "CONF-012",
    what: "an option is given twice",
    breaks: ({ host }) => {
      const text = host.readText(PROGRAMS) ?? "";
      host.file(PROGRAMS, `${text}startsecs=2\nstartsecs=3\n`, { mode: 0o640, gid: 990 });
    },
    fixes: "B",
  },
  {
    code: "CONF-012",
    what: "a program is defined in two files",
    breaks: ({ host }) =>
      void host.file("/etc/tsv/conf.d/copy.conf", "[program:web]\ncommand=/usr/bin/sleep 7\n"),
    fixes: "person",
  },
  line("a truth is misspelt", "autostart=ture", { code: "CONF-013" }),
  line("autorestart is to be always", "autorestart=always", { code: "CONF-013" }),
  line("a signal is misspelt", "stopsignal=SIGTREM", { code: "CONF-013" }),
  line("seconds have a unit", "startsecs=10s", { code: "CONF-013" }),
  line("a size has half a unit", "stdout_logfile_maxbytes=10M", { code: "CONF-013" }),
  line("the group is stopped and not killed", "stopasgroup=true\nkillasgroup=false", {
    code: "CONF-013",
  }),
  line("copies have no names of their own", "numprocs=2", {
    code: "CONF-013",
    leaves: NEW_GROUP,
  }),
  line("seconds are a word", "startsecs=soon", { code: "CONF-013", fixes: "person" }),
  {
    code: "CONF-013",
    what: "a line has no equals sign",
    breaks: ({ host }) => {
      const text = host.readText(PROGRAMS) ?? "";
      host.file(PROGRAMS, `${text}autostart true\n`, { mode: 0o640, gid: 990 });
    },
    fixes: "B",
  },
  line("an option is misspelt", "autostrat=false", { code: "CONF-014" }),
  line("an option lacks its underscore", "stdoutlogfile_maxbytes=1MB", { code: "CONF-014" }),
  {
    code: "CONF-014",
    what: "a section is misspelt",
    breaks: ({ host }) =>
      void host.file("/etc/tsv/conf.d/extra.conf", EXTRA.replace("program", "progam"), {
        ...{ mode: 0o640, gid: 990 },
      }),
    fixes: "B",
    leaves: NEW_GROUP,
  },
  {
    code: "CONF-014",
    what: "a section of the main file is misspelt",
    breaks: (world) => void world.edit("[supervisorctl]", "[supervisorclt]"),
    fixes: "B",
  },
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
