// The socket of a FastCGI program: address, owner and mode.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { FcgiSocketConfig } from "./model.ts";
import type { ValuesOf } from "./options/entry.ts";
import { PROGRAM } from "./options/program.ts";
import { FCGI } from "./options/special.ts";
import { resolvePath } from "./paths.ts";
import { readOption, readText, report, type Scope } from "./reading.ts";
import type { OwnerValue } from "./value-types.ts";
import { parsePort } from "./values.ts";

const DEFAULT_MODE = 0o700;
const TCP = /^tcp:\/\/([^\s:]+):(\d+)$/;

type SocketOptions = Omit<ValuesOf<typeof FCGI>, "url">;

/** The program's user owns the socket, unless another user is named or it is the daemon's user anyway. */
function ownerFor(scope: Scope, owner: OwnerValue | null, uid: number | null): OwnerValue | null {
  const { world } = scope.reading;
  if (owner !== null || uid === null || uid === world.uid) return owner;
  const user = world.findUser(uid);
  return user === null ? null : { uid, gid: user.gid };
}

function parseSocket(
  scope: Scope,
  url: string,
  options: SocketOptions,
  uid: number | null,
): Result<FcgiSocketConfig, string> {
  if (url.startsWith("unix://")) {
    const written = url.slice("unix://".length);
    if (!written.startsWith("/"))
      return err(`Unix socket path ${pyRepr(written)} is not an absolute path`);
    const path = resolvePath(written, scope.reading.world);
    return ok({
      url: `unix://${path}`,
      address: { kind: "unix", path },
      backlog: options.backlog,
      owner: ownerFor(scope, options.owner, uid),
      mode: options.mode ?? DEFAULT_MODE,
    });
  }
  if (options.owner !== null || options.mode !== null) {
    return err("socket_owner and socket_mode params should only be used with a Unix domain socket");
  }
  const [, host, portText] = TCP.exec(url) ?? [];
  if (host === undefined || portText === undefined) return err(`Bad socket format ${pyRepr(url)}`);
  const port = parsePort(portText);
  if (!port.ok) return port;
  const address = { kind: "tcp", host: host.toLowerCase(), port: port.value } as const;
  const canonical = `tcp://${address.host}:${address.port}`;
  return ok({ url: canonical, address, backlog: options.backlog, owner: null, mode: null });
}

function readBacklog(scope: Scope): number | null {
  const backlog = readOption(scope, FCGI.backlog);
  if (backlog === null || (backlog >= 1 && backlog <= 0xffff)) return backlog;
  report(scope, "socket_backlog", `Invalid socket_backlog value ${backlog}`);
  return null;
}

/**
 * Reads the socket of a FastCGI program, in Supervisor's order.
 * @param withProgram the same scope with `program_name` among its names, which `socket` alone may use
 */
export function readFcgiSocket(scope: Scope, withProgram: Scope): FcgiSocketConfig | null {
  const before = scope.reading.problems.length;
  const uid = readOption(scope, PROGRAM.uid);
  const backlog = readBacklog(scope);
  const owner = readOption(scope, FCGI.owner, (text) => `Invalid socket_owner value ${text}`);
  const mode = readOption(scope, FCGI.mode, (text) => `Invalid socket_mode value ${text}`);
  const url = readText(withProgram, FCGI.url);
  const section = scope.section.name;
  if (url === null || url === "") {
    report(scope, "socket", `[${section}] section requires a "socket" line`, "missing-option");
    return null;
  }
  const socket = parseSocket(scope, url, { backlog, owner, mode }, uid);
  if (socket.ok) return scope.reading.problems.length > before ? null : socket.value;
  report(scope, "socket", `${socket.error} in [${section}] socket`);
  return null;
}
