// Sockets of this host that lead to sockets of another one, by ssh(1), in a directory that only this user can enter.
//
// sync-ok(mkdtempSync, rmSync): in commands, and in the directory for temporary files of this host

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SshAddress } from "../../core/fleet/address.ts";
import { sshReason, tunnelArguments } from "../../core/fleet/ssh.ts";
import { startCommand } from "./commands.ts";

interface TunnelEvents {
  /** The sockets accept connections. @param paths here, in the order of those there */
  readonly opened: (paths: readonly string[]) => void;
  /** Called once, with the reason of ssh. */
  readonly ended: (reason: string) => void;
}

/** Characters that are kept of what ssh says. */
const MOST_SAID = 4096;

/**
 * @param sockets paths on the other host
 * @returns ends ssh, and removes the sockets
 * @throws the system's error where no directory can be made
 */
export function openTunnel(
  address: SshAddress,
  sockets: readonly string[],
  { opened, ended }: TunnelEvents,
): () => void {
  const directory = mkdtempSync(join(tmpdir(), "tsv-fleet-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const paths = sockets.map((_, index) => join(directory, String(index)));
  const pairs = sockets.map((socket, index) => [paths[index] ?? "", socket] as const);
  let said = "";
  return startCommand(tunnelArguments(address, pairs), {
    stdout: () => opened(paths),
    stderr: (piece) => {
      said = (said + Buffer.from(piece).toString()).slice(-MOST_SAID);
    },
    ended: (outcome) => {
      remove();
      ended(typeof outcome === "string" ? outcome : sshReason(said));
    },
  });
}
