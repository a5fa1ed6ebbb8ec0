// The memory that a keeper holds for the daemons under it, as another process of root can change it: see keeper/protocol.h.

import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { KEEPER_VARIABLE } from "../../src/core/upgrade/keeper.ts";

const MEMORY = 3;
const STATE_AT = 20;

/** Changes the state of the daemon. @param change gets the snapshot, and the journal behind it */
export function changeState(
  keeper: number,
  change: (snapshot: string, journal: string) => string | Uint8Array,
): void {
  const environment = readFileSync(`/proc/${keeper}/environ`, "latin1").split("\0");
  const fixed = environment.find((each) => each.startsWith(`${KEEPER_VARIABLE}=`)) ?? "";
  const memory = fixed.slice(KEEPER_VARIABLE.length + 1).split(",")[MEMORY];
  const path = `/proc/${keeper}/fd/${readNumber(`/proc/${keeper}/fd/${memory}`, STATE_AT)}`;
  const state = readFileSync(path, "utf8");
  const end = state.indexOf("\n");
  const fd = openSync(path, "r+");
  ftruncateSync(fd, 0);
  writeSync(fd, Buffer.from(change(state.slice(0, end), state.slice(end))), 0);
  closeSync(fd);
}

function readNumber(path: string, at: number): number {
  const bytes = Buffer.alloc(4);
  const fd = openSync(path, "r");
  readSync(fd, bytes, 0, 4, at);
  closeSync(fd);
  return bytes.readInt32LE();
}
