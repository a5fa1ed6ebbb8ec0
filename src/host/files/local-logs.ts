// Reads the files of a daemon on this host without it, where this process may: the daemon has other things to do.
//
// sync-ok(closeSync, connectUnix): in commands only

import { closeSync } from "node:fs";
import type { FilePart } from "../../ports/log-files.ts";
import { posix } from "../posix.ts";
import { readPartOf } from "./log-files.ts";

const CONNECT_SECONDS = 5;

/**
 * Reads a part of a file of a log.
 * @returns null if this process cannot read it, or the path is now that of another file
 */
export async function readLocalPart(path: string, part: FilePart): Promise<Uint8Array | null> {
  const read = await readPartOf(path, part);
  return read.ok ? read.value : null;
}

/**
 * Whether the process that listens at a unix socket runs as root or as our user. Any other one could name files that only we may
 * read, and that no log consists of.
 */
export function isOwnListener(socketPath: string): boolean {
  const fd = posix().connectUnix(socketPath, CONNECT_SECONDS);
  if (fd < 0) return false;
  const peer = posix().peerCredentials(fd);
  closeSync(fd);
  return typeof peer !== "number" && (peer.uid === 0 || peer.uid === process.geteuid?.());
}
