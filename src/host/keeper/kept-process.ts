// A keeper and its daemon as other processes see them: the keeper has the pid and the command line that users know, and the
// daemon is its child.
//
// sync-ok(readFileSync, readlinkSync): procfs is memory

import { readFileSync, readlinkSync } from "node:fs";
import { quietly } from "../error-code.ts";

/** The name of the process of a daemon that has a keeper: killall(1) and pkill(1) find the keeper by the name of the program. */
export const DAEMON_NAME = "tsv-daemon";

/** The file without a name that keepers execute: see keeper.c of the addon. */
const KEEPER_LINK =
  /^(?:\/memfd:tsv-keeper|(?:\/dev\/shm|\/run|(?:\/var)?\/tmp)\/#\d+) \(deleted\)$/;

/** Whether a process is a keeper. */
export function isKeeper(pid: number | string): boolean {
  return quietly(() => KEEPER_LINK.test(readlinkSync(`/proc/${pid}/exe`)), false);
}

/** The pid of the daemon of a keeper; null between two daemons, and for a process that is no keeper. */
export function daemonOf(keeper: number | string): string | null {
  if (!isKeeper(keeper)) return null;
  const children = quietly(
    () => readFileSync(`/proc/${keeper}/task/${keeper}/children`, "latin1").trim().split(" "),
    [],
  );
  return children.find((pid) => nameOf(pid) === DAEMON_NAME) ?? null;
}

function nameOf(pid: string): string {
  return quietly(() => readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd(), "");
}
