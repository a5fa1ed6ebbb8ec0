// Facts about Supervisor on this host: from Debian, Fedora, or pip with a custom unit.

import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import {
  SUPERVISOR_CONFIGS,
  SUPERVISOR_SERVICES,
  type SupervisorFacts,
  type SupervisorProcess,
} from "../plan/take-over.ts";
import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import type { ServiceQuestion } from "../services/service.ts";
import type { SupervisorService } from "../services/supervisor-service.ts";
import { commandLine } from "./installed-service.ts";
import { runCommand } from "./processes.ts";
import { readTextFile } from "./safe-files.ts";

/** Time limit of queries. */
const PATIENCE_MS = 3000;

/** Finds Supervisor. */
export function gatherSupervisor(init: InitName | null): SupervisorFacts {
  return {
    services: SUPERVISOR_SERVICES.flatMap((name) => serviceOf(name, init)),
    processes: process.platform === "linux" ? processes() : [],
    configs: SUPERVISOR_CONFIGS.filter((path) => existsSync(path)),
  };
}

function serviceOf(name: string, init: InitName | null): readonly SupervisorService[] {
  const query = init === null ? undefined : INIT_SYSTEMS[init].supervisor?.find(name);
  const path = query?.paths.find((one) => existsSync(one));
  if (query === undefined || path === undefined || (query.isScript && !isExecutable(path))) {
    return [];
  }
  const ask = ({ argv }: ServiceQuestion): boolean => runCommand(argv, PATIENCE_MS).status === 0;
  return [
    {
      name,
      path,
      text: readTextFile(path) ?? "",
      isRunning: ask(query.isRunning),
      isEnabled: ask(query.isEnabled),
      isMasked: query.isMasked !== null && ask(query.isMasked),
    },
  ];
}

function isExecutable(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;
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
