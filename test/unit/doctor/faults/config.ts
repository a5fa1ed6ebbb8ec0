// Faults of the configuration as a text: files, encodings, comments, quotes and percent signs.

import { CONFIG_NAME_FAULTS } from "./config-names.ts";
import { type Fault, fault } from "./fault.ts";
import { CONF, INSTALLED, NOW_MS } from "./healthy.ts";
import type { World } from "./world.ts";

/** One line of the program is written like this. */
function line(what: string, text: string, more: Partial<Fault> & Pick<Fault, "code">): Fault {
  return { what, fixes: "B", breaks: (world) => void world.program(text), ...more };
}

function bytes(world: World, text: string, encoding: BufferEncoding): void {
  world.host.bytes(CONF, Buffer.from(text, encoding), { mode: 0o640, gid: 990 });
}

const FILE_FAULTS: readonly Fault[] = [
  fault("CONF-001", "the configuration is gone", "person", (world) => {
    world.down().service({ file: null, manifest: null, commands: null, restoration: null });
    world.set({ config: { chosenBy: null } }).host.remove(CONF);
  }),
  fault("CONF-002", "an editor has put a byte order mark at the beginning", "B", (world) =>
    world.write(`\ufeff${INSTALLED}`),
  ),
  fault(
    "CONF-003",
    "the file has the line ends of Windows",
    "B",
    (world) => world.write(INSTALLED.replaceAll("\n", "\r\n")),
    { severity: "info" },
  ),
  fault("CONF-004", "a comment is written in Latin-1", "B", (world) =>
    bytes(world, `; caf\xe9\n${INSTALLED}`, "latin1"),
  ),
  fault("CONF-004", "a value is written in Latin-1", "person", (world) =>
    bytes(world, INSTALLED.replace("identifier=tsv", "identifier=caf\xe9"), "latin1"),
  ),
  fault(
    "CONF-005",
    "somebody wrote [supervisor] for [supervisord]",
    "B",
    (world) => world.edit("[supervisord]", "[supervisor]"),
    { also: { "CONF-014": "there is no section of that name" } },
  ),
  fault("CONF-005", "the file has no section of the daemon", "B", (world) =>
    world.write("[include]\nfiles=conf.d/*.conf conf.d/*.ini\n"),
  ),
];

const VALUE_FAULTS: readonly Fault[] = [
  line("a command is cut at a semicolon in its quotes", "command=/bin/sh -c 'exec sleep 6 ; b'", {
    code: "CONF-006",
    also: { "PROG-007": "its quotation is not closed any more" },
  }),
  line("a command is cut at a semicolon, and a quote is lost too", "command=/bin/sh -c 'a ; b", {
    code: "CONF-006",
    fixes: "person",
    also: { "PROG-007": "its quotation is not closed" },
  }),
  line("a comment follows a number without a blank", "startsecs=5;seconds", { code: "CONF-007" }),
  line("a number is quoted", 'startsecs="5"', { code: "CONF-008" }),
  line("a command is quoted as a whole", 'command="/usr/bin/sleep 600"', {
    code: "CONF-008",
    also: { "PROG-001": "there is no program of that name" },
  }),
  fault("CONF-008", "the level of the daemon's log is quoted", "B", (world) =>
    world.edit("user=root", 'user=root\nloglevel="info"'),
  ),
  line("a date is formatted with percent signs", "command=/usr/bin/sleep 6 +%Y-%m", {
    code: "CONF-009",
  }),
  line("a variable is wanted that only the shell has", "command=/usr/bin/sleep %(ENV_SECONDS)s", {
    code: "CONF-009",
    fixes: "person",
  }),
  line("a command goes on behind a backslash", "command=/usr/bin/sleep \\\n  600", {
    code: "CONF-015",
  }),
  line("a command is written for a shell", "command=cd /tmp && /usr/bin/sleep 600", {
    code: "CONF-016",
    also: { "PROG-001": "there is no program cd" },
  }),
  line("a command puts itself into the background", "command=/usr/bin/sleep 600 &", {
    code: "CONF-016",
    fixes: "person",
  }),
];

const DAEMON_FAULTS: readonly Fault[] = [
  fault("CONF-017", "a program was added, and nobody ran update", "B", ({ host }) =>
    host.file(
      "/etc/tsv/conf.d/new.conf",
      "[program:new]\ncommand=/usr/bin/sleep 6\nuser=www-data\n",
      {
        ...{ mode: 0o640, gid: 990, modifiedMs: NOW_MS - 60_000 },
      },
    ),
  ),
  fault("CONF-017", "a command was changed, and the daemon knows the old one", "B", (world) =>
    world.set({ known: [{ group: "web", name: "web", command: "/usr/bin/sleep 5" }] }),
  ),
  fault("CONF-017", "a program was removed from the files and runs on", "person", (world) => {
    const [web] = world.programs();
    if (web === undefined) return;
    world.set({ programs: [web, { ...web, group: "old", name: "old", pid: 0 }] });
    world.host.file(CONF, INSTALLED, { mode: 0o640, gid: 990, modifiedMs: NOW_MS - 60_000 });
  }),
  fault("CONF-018", "a plugin that is built in is misspelt", "B", (world) =>
    world.edit(
      "[supervisorctl]",
      "[rpcinterface:t]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twidler_rpcinterface\n\n[supervisorctl]",
    ),
  ),
  fault("CONF-018", "a plugin is Python code", "person", (world) =>
    world.edit(
      "[supervisorctl]",
      "[rpcinterface:x]\nsupervisor.rpcinterface_factory=my.code:make\n\n[supervisorctl]",
    ),
  ),
];

export const CONFIG_FAULTS: readonly Fault[] = [
  ...FILE_FAULTS,
  ...VALUE_FAULTS,
  ...CONFIG_NAME_FAULTS,
  ...DAEMON_FAULTS,
];
