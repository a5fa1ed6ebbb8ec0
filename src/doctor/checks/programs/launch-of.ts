// How the daemon would start each program whose file it finds, and the result that execve(2) would return.

import { type ExecError, execError, type Launch } from "../../exec/exec-error.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  absoluteFile,
  type FoundProgram,
  programFinder,
  type Supervised,
  supervisedPrograms,
} from "../../facts/supervised.ts";

export interface UnexecutableProgram {
  readonly program: Supervised;
  readonly launch: Launch;
  readonly error: ExecError | "unknown";
}

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/** How a program would be started; null if its file is not found or unknown. */
function launchOf(
  program: Supervised,
  { found }: FoundProgram,
  { host }: Situation,
): Launch | null {
  const file = found.ok ? absoluteFile(found.value.file, program) : null;
  if (file === null || host.platform !== "linux") return null;
  return {
    file,
    account: program.account,
    path: program.environment["PATH"] ?? DEFAULT_PATH,
    directory: program.base ?? "/",
    machine: host.machine,
  };
}

/** Every program that execve(2) would reject; each file is checked once for each account and PATH. */
export function unexecutablePrograms(
  situation: Situation,
  probe: Probe,
): readonly UnexecutableProgram[] {
  const find = programFinder(situation, probe);
  const seen = new Map<string, ExecError | "unknown" | null>();
  return supervisedPrograms(situation, probe).flatMap((program) => {
    const launch = launchOf(program, find(program), situation);
    if (launch === null) return [];
    const key = JSON.stringify([launch.file, launch.account.uid, launch.path, launch.directory]);
    const known = seen.get(key);
    const error = known === undefined ? execError(launch, probe) : known;
    seen.set(key, error);
    return error === null ? [] : [{ program, launch, error }];
  });
}
