// Becomes the keeper: the process that was started as the daemon executes it, and it executes the daemon as its child.
//
// sync-ok(execute): execve(2) before anything is supervised

import { KEEPER_PLACES, KEEPER_VARIABLE } from "../../core/upgrade/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { joined } from "../processes/start-process.ts";
import { ownCommand } from "../system/identity.ts";
import { inheritedFileLimit } from "../system/limits.ts";
import { openExecutable } from "../upgrade/executable.ts";
import { OF_THE_FIRST } from "./keeper.ts";

/** Executes the keeper in this process, which executes the daemon as its child. @returns only if that failed: why */
export function becomeKeeper(): string {
  const memory = posix().memoryFile();
  const executable = openExecutable();
  if (memory < 0) return `no memory: ${errnoName(memory)}`;
  if (executable === null) return "its executable cannot be opened";
  // Whatever the daemon opens gets other numbers.
  const places = [0, 1, 2, 3].map(() => posix().duplicate(memory));
  const [control, channel, signals, next] = places;
  const fixed = [control, channel, executable, memory, signals, next].map(Number);
  let failure = "";
  for (const place of KEEPER_PLACES) {
    const file = posix().keeperFile(place);
    failure = file < 0 ? errnoName(file) : execute(file, fixed);
    if (file >= 0) posix().close(file);
  }
  for (const fd of fixed) if (fd >= 0) posix().close(fd);
  return failure;
}

function execute(file: number, fixed: readonly number[]): string {
  const { argv } = ownCommand();
  const numbers = [...fixed, inheritedFileLimit(), file].join(",");
  const variables = Object.entries({ ...process.env, [KEEPER_VARIABLE]: numbers }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const kept = [0, 1, 2, ...fixed, file, ...ofTheFirst()];
  const result = posix().execute(
    ...([file, joined(argv), argv.length] as const),
    ...([joined(variables), variables.length, Int32Array.from(kept)] as const),
  );
  return errnoName(result);
}

function ofTheFirst(): readonly number[] {
  return OF_THE_FIRST.map((name) => Number(process.env[name])).filter((fd) => fd > 2);
}
