// From a serverurl to the place to connect to.

import { err, ok, type Result } from "../core/base/result.ts";
import type { ServerAddress } from "../ports/http-client.ts";
import type { CallFailure } from "./failure.ts";

const HTTP_PORT = 80;

/** Reads `unix://PATH` and `http://HOST[:PORT]`. Anything after the port is ignored, as in Supervisor. */
export function parseServerUrl(url: string): Result<ServerAddress, CallFailure> {
  if (url.startsWith("unix://")) return ok({ kind: "unix", path: url.slice("unix://".length) });
  if (!url.startsWith("http://")) return bad(`Unknown protocol for serverurl ${url}`);
  const authority = /^[^/?#]*/.exec(url.slice("http://".length))?.[0] ?? "";
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(place);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || host === "") return bad(`No host in serverurl ${url}`);
  const port = match?.[3];
  if (port === undefined || port === "") return ok({ kind: "tcp", host, port: HTTP_PORT });
  if (!/^\d+$/.test(port)) {
    return bad(`Port could not be cast to integer value as '${port}'`);
  }
  if (Number(port) > 65535) return bad("Port out of range 0-65535");
  return ok({ kind: "tcp", host, port: Number(port) });
}

/** True for what the `open` action takes. */
export function isServerUrl(url: string): boolean {
  return /^(unix|http):/i.test(url);
}

function bad(text: string): Result<ServerAddress, CallFailure> {
  return err({ kind: "other", exception: "ValueError", text });
}
