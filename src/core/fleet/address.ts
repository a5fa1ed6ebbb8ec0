// Addresses of hosts in an inventory: how each scheme of a URL is read. `fleet/transports.ts` connects to them.

import { err, ok, type Result } from "../base/result.ts";
import { readServerUrl } from "../config/server-address.ts";

/** How a host is reached. */
export type HostAddress =
  /** A server of a daemon: `http://`, `https://` or `unix://`. */
  | { readonly kind: "server"; readonly url: string }
  | SshAddress
  /** The hub of a fleet, which the device is connected to. */
  | { readonly kind: "device" };

/** A socket of another host, by ssh(1). */
export interface SshAddress {
  readonly kind: "ssh";
  /** Null for the one of ssh_config(5), or the user's own name. */
  readonly user: string | null;
  /** Also an alias of ssh_config(5). */
  readonly host: string;
  /** Null for the one of ssh_config(5), or 22. */
  readonly port: number | null;
  /** The path of the socket; null for the usual ones. */
  readonly socket: string | null;
}

/** The error is a clause without the URL, which may contain a password. */
type ReadAddress = (url: string) => Result<HostAddress, string>;

const SCHEMES: Readonly<Record<string, ReadAddress>> = {
  http: readServer,
  https: readServer,
  unix: readServer,
  ssh: readSsh,
};

const FORMS = "http[s]://HOST:PORT, unix:///PATH or ssh://[USER@]HOST";

export function readAddress(url: string): Result<HostAddress, string> {
  const scheme = /^([a-z]+):\/\//.exec(url)?.[1] ?? "";
  const read = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (read === undefined) return err(`url must be ${FORMS}`);
  if (/[\s\p{Cc}]/u.test(url)) return err("url has a blank or a control character");
  return read(url);
}

/** A path behind the port is ignored, as in [supervisorctl]. */
function readServer(url: string): Result<HostAddress, string> {
  if (url.startsWith("unix://"))
    return /^unix:\/\/\/./.test(url)
      ? ok({ kind: "server", url })
      : err("url needs an absolute path: unix:///PATH");
  const [authority = ""] = /^[a-z]+:\/\/[^/?#]*/.exec(url) ?? [];
  if (authority.includes("@")) return err("url has a user name: use username= and password=");
  const read = readServerUrl(authority);
  if (!read.ok) return err(`url is wrong: ${read.error.replace(/ in serverurl .*$/s, "")}`);
  return ok({ kind: "server", url: authority.toLowerCase() });
}

/** Neither user nor host may begin with a dash: they would be options of ssh(1). */
const SSH =
  /^ssh:\/\/(?:([A-Za-z0-9_][\w.+-]*)@)?(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9_][\w.-]*))(?::(\d{1,5}))?(\/.*)?$/;
/** Of the path of a unix socket, in bytes (unix(7)); ssh(1) takes no colon in it. */
const LONGEST_PATH = 107;

function readSsh(url: string): Result<HostAddress, string> {
  if (/^ssh:\/\/[^/@]*:[^/@]*@/.test(url)) {
    return err("url has a password, which ssh cannot be given: use a key");
  }
  const [match, user = null, ipv6, name, digits, path = "/"] = SSH.exec(url) ?? [];
  const host = ipv6 ?? name;
  if (match === undefined || host === undefined) {
    return err("url must be ssh://[USER@]HOST[:PORT][/PATH/OF/SOCKET]");
  }
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) return err("the port must be 1 to 65535");
  if (path.includes(":")) return err("the path of the socket has a colon");
  if (path.length > LONGEST_PATH) return err(`the path of a socket has ${LONGEST_PATH} bytes`);
  return ok({ kind: "ssh", user, host, port, socket: path === "/" ? null : path });
}

/** The same for two addresses of one daemon, as far as their texts show. */
export function addressKey(
  address: SshAddress | { readonly kind: "server"; readonly url: string },
): string {
  if (address.kind === "server") return address.url;
  const { user, host, port, socket } = address;
  return `ssh://${user ?? ""}@${host.toLowerCase()}:${port ?? ""}${socket ?? ""}`;
}
