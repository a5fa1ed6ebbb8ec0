// User at the other end of a connection on a unix socket.

import type { Socket } from "node:net";
import { posix } from "../posix.ts";

/** @returns null for other sockets, and if the kernel does not report it */
export function peerUser(socket: Socket): { readonly uid: number; readonly pid: number } | null {
  // Node has no other way to the descriptor of a connection.
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null };
  if (handle?.fd === undefined || handle.fd < 0) return null;
  const peer = posix().peerCredentials(handle.fd);
  return typeof peer === "number" ? null : { uid: peer.uid, pid: peer.pid };
}
