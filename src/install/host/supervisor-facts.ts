// Facts about Supervisor on this host: from Debian, Fedora, or pip with a custom unit.

import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import type { InitSystem } from "../plan/init-system.ts";
import {
  SUPERVISOR_CONFIGS,
  SUPERVISOR_SERVICES,
  type SupervisorFacts,
  type SupervisorProcess,
  type SupervisorService,
} from "../plan/take-over.ts";
import { runCommand } from "./commands.ts";
import { readTextFile } from "./safe-files.ts";
import { commandLine } from "./service-facts.ts";

/** Time limit of queries. */
const PATIENCE_MS = 3000;

/** Directories of units, those of the administrator first. */
const UNIT_PLACES = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/** Finds Supervisor. */
export function gatherSupervisor(init: InitSystem | null): SupervisorFacts {
  return {
    services: SUPERVISOR_SERVICES.flatMap((name) => serviceOf(name, init)),
    processes: process.platform === "linux" ? processes() : [],
    configs: SUPERVISOR_CONFIGS.filter((path) => existsSync(path)),
  };
}

function serviceOf(name: string, init: InitSystem | null): readonly SupervisorService[] {
  if (init === "systemd") return unitOf(name);
  const path = `/etc/init.d/${name}`;
  const text = readTextFile(path);
  // Debian keeps the script of a removed package, without its x bits.
  if (text === null || !isExecutable(path) || (init !== "sysv" && init !== "openrc")) return [];
  const isEnabled =
    init === "sysv" ? hasStartLink(name) : isSuccess(["rc-update", "show", "default"], name);
  const isRunning = isSuccess([path, "status"]);
  return [{ name, path, text, isRunning, isEnabled, isMasked: false }];
}

function unitOf(name: string): readonly SupervisorService[] {
  const unit = `${name}.service`;
  const path = UNIT_PLACES.map((place) => `${place}/${unit}`).find((one) => existsSync(one));
  if (path === undefined) return [];
  const state =
    runCommand(["systemctl", "is-enabled", unit], PATIENCE_MS).output.split("\n").at(-1) ?? "";
  return [
    {
      name,
      path,
      text: readTextFile(path) ?? "",
      isRunning: isSuccess(["systemctl", "is-active", "--quiet", unit]),
      isEnabled: state === "enabled" || state === "enabled-runtime",
      isMasked: state.startsWith("masked"),
    },
  ];
}

function isExecutable(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;
}

function isSuccess(argv: readonly string[], word: string | null = null): boolean {
  const { status, output } = runCommand(argv, PATIENCE_MS);
  return status === 0 && (word === null || output.split(/\s+/).includes(word));
}

/** A start symlink in any runlevel. */
function hasStartLink(name: string): boolean {
  return ["2", "3", "4", "5"].some((level) => {
    const directory = `/etc/rc${level}.d`;
    return existsSync(directory) && readdirSync(directory).some((link) => isStart(link, name));
  });
}

function isStart(link: string, name: string): boolean {
  return /^S\d\d/.test(link) && link.slice(3) === name;
}

/** Only Python's supervisord: tsv under this name is not to be replaced. */
function processes(): readonly SupervisorProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const argv = commandLine(pid);
      const [program = "", script = ""] = argv;
      const isPython = /(?:^|\/)(?:python|pypy)[\d.]*$/.test(program);
      if (!isPython || !/(?:^|\/)supervisord$/.test(script)) return [];
      return [{ pid: Number(pid), argv: argv.slice(1), cwd: directoryOf(pid) }];
    });
}

function directoryOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
