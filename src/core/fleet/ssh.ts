// The command lines of ssh(1), and what it says. The user's ssh_config(5) decides all that is not here: keys, known hosts, proxies.

import { privateSocketName } from "../config/server-address.ts";
import type { SshAddress } from "./address.ts";

/** ssh asks nothing, shares no connection with others, and notices that the other side is gone. */
const OPTIONS = [
  ...["BatchMode=yes", "ControlMaster=no", "ControlPath=none"],
  ...["ServerAliveInterval=15", "ServerAliveCountMax=2"],
];

/** Where daemons listen as root, in the order in which they are tried. No other user can make a socket there. */
export const USUAL_SOCKETS: readonly string[] = [
  "/run/tsv/tsv.sock",
  ...["/etc/tsv/tsv.conf", "/etc/supervisor/supervisord.conf", "/etc/supervisord.conf"].map(
    (config) => `/run/tsv-control/${privateSocketName(config)}`,
  ),
  "/var/run/supervisor.sock",
  "/var/run/supervisor/supervisor.sock",
];

/**
 * Makes sockets here lead to sockets of the host, and prints a line when they do.
 * @param forwards pairs of paths
 */
export function tunnelArguments(
  address: SshAddress,
  forwards: readonly (readonly [local: string, remote: string])[],
): readonly string[] {
  return [
    ...["ssh", "-N", ...common(address), "-o", "ExitOnForwardFailure=yes"],
    ...["-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo"],
    ...forwards.flatMap(([local, remote]) => ["-L", `${local}:${remote}`]),
    address.host,
  ];
}

/** @param command a line for the shell of the host */
export function commandArguments(address: SshAddress, command: string): readonly string[] {
  return ["ssh", ...common(address), address.host, "--", command];
}

function common({ user, port }: SshAddress): readonly string[] {
  return [
    ...["-T", "-a", "-x", ...OPTIONS.flatMap((option) => ["-o", option])],
    ...(user === null ? [] : ["-l", user]),
    ...(port === null ? [] : ["-p", String(port)]),
  ];
}

/** ssh exits with it when there is no connection; a command may, too. */
export const SSH_FAILED = 255;

/** Why ssh failed: its last line. @param stderr the end of what it said */
export function sshReason(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim());
  const last = lines.findLast((line) => line !== "");
  return last === undefined
    ? "ssh failed without a reason"
    : last.replace(/^ssh: /, "").replace(/\.$/, "");
}

/** Why no daemon answers behind a tunnel: ssh does not tell these apart. @param socket null for the usual ones */
export function socketReason(socket: string | null): string {
  return socket === null
    ? "this user reaches no daemon at a usual socket: name it, as in ssh://HOST/run/x.sock"
    : `no daemon listens at ${socket}, or this user or its sshd may not connect to it`;
}
