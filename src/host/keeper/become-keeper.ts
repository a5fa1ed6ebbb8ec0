// Becomes the keeper: the process that was started as the daemon executes it, and it executes the daemon as its child.
//
// sync-ok(execute): execve(2) before anything is supervised

import { errnoName, posix } from "../posix.ts";
import { joined } from "../processes/start-process.ts";
import { ownCommand } from "../system/identity.ts";
import { inheritedFileLimit } from "../system/limits.ts";
import { openExecutable } from "../upgrade/executable.ts";
import { KEEPER_VARIABLE, OF_THE_FIRST } from "./keeper.ts";

const NONE = -1;

/** What becomes a keeper: its program, its variables, and the descriptors that it must have at the same numbers. */
interface Program {
  readonly file: number;
  readonly variable: string;
  readonly fixed: readonly number[];
}

/** @throws Error if there is no memory for it */
function prepareKeeper(): Program {
  const file = posix().keeperFile();
  const memory = posix().memoryFile();
  const executable = openExecutable();
  if (file < 0 || memory < 0 || executable === null) throw new Error("no keeper");
  // Whatever the daemon opens gets other numbers.
  const places = Array.from({ length: 4 }, () => posix().duplicate(memory));
  const [control = NONE, channel = NONE, signals = NONE, next = NONE] = places;
  const fixed = [control, channel, executable, memory, signals, next];
  return {
    file,
    variable: `${KEEPER_VARIABLE}=${[...fixed, inheritedFileLimit()].join(",")}`,
    fixed,
  };
}

/** Becomes the keeper, which executes the daemon as its child. @returns only if that failed: why */
export function becomeKeeper(): string {
  const descriptors = OF_THE_FIRST.flatMap((name) => {
    const fd = Number(process.env[name] ?? NONE);
    return Number.isInteger(fd) && fd > 2 ? [fd] : [];
  });
  const { file, variable, fixed } = prepareKeeper();
  const { argv } = ownCommand();
  const variables = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  variables.push(variable);
  const result = posix().execute(
    ...([file, joined(argv), argv.length] as const),
    ...([joined(variables), variables.length] as const),
    ...([Int32Array.from([0, 1, 2, ...fixed, ...descriptors])] as const),
  );
  return errnoName(result);
}
