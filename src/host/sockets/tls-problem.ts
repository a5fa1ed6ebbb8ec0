// Why a server cannot speak TLS, found out before its socket is opened.

import type { ServerConfig } from "../../core/config/model.ts";
import { tlsFilesOf } from "../../core/net/certificates.ts";
import type { SocketProblem } from "./socket-problem.ts";

/** Null for a server that can, or need not. */
export async function tlsProblem(server: ServerConfig): Promise<SocketProblem | null> {
  const files = tlsFilesOf(server);
  if (files === null) return null;
  const { readIdentity } = await import("../http/tls-files.ts");
  const read = await readIdentity(files);
  if (read.ok) return null;
  const summary = `Cannot open an HTTP server: TLS of [${server.section}] cannot be used`;
  return { errno: "EINVAL", summary, detail: `${read.error}.` };
}
