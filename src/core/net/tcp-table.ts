// Owner of the other end of a TCP connection, if that end is on this host: proc_net_tcp(5).

/** One end of a connection. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

const LISTEN = "0A";

/**
 * The users of the sockets that answer a connection; empty where no user of this host is known to.
 * @param tables /proc/net/tcp and /proc/net/tcp6
 * @param server what we are connected to
 * @param client our own end
 * @remarks The server's own end of this connection counts, once it is accepted: before, it belongs to no file and
 * the kernel calls it root's. Until then the listener's user counts.
 */
export function usersBehind(
  tables: readonly string[],
  server: TcpEnd,
  client: TcpEnd,
): readonly number[] {
  const port = server.port.toString(16).toUpperCase().padStart(4, "0");
  const lines = tables.flatMap((table) => table.split("\n"));
  const rows = lines.filter((line) => line.includes(`:${port} `)).flatMap(readRow);
  const theirs = canonical(server.address);
  const ours = canonical(client.address);
  const accepted = rows.filter(
    ({ local, remote, inode }) =>
      inode !== "0" &&
      local.port === server.port &&
      remote.port === client.port &&
      local.address === theirs &&
      remote.address === ours,
  );
  if (accepted.length > 0) return accepted.map(({ uid }) => uid);
  return rows
    .filter(
      ({ local, state }) =>
        state === LISTEN &&
        local.port === server.port &&
        [theirs, "[::]", "[::ffff:0:0]"].includes(local.address),
    )
    .map(({ uid }) => uid);
}

/** The inodes of the sockets that listen on a port. @param tables as for `usersBehind` */
export function listenersAt(tables: readonly string[], port: number): readonly string[] {
  const rows = tables.flatMap((table) => table.split("\n").flatMap(readRow));
  const found = rows.filter(({ state, local }) => state === LISTEN && local.port === port);
  return found.map(({ inode }) => inode);
}

/** Whether an address leads to this host whatever its network: 127.0.0.0/8, ::1. */
export function isLoopback(address: string): boolean {
  return /^\[::(?:1|ffff:7f[\da-f]{2}:[\da-f]+)\]$/.test(canonical(address) ?? "");
}

/** The form that an address has in a URL, with IPv4 as IPv6; null for what is not numeric. */
export function canonical(address: string): string | null {
  const bare = address.replace(/%.*$/, "");
  const url = `http://[${bare.includes(":") ? bare : `::ffff:${bare}`}]`;
  return /^[\da-f:.]+$/i.test(bare) && URL.canParse(url) ? new URL(url).hostname : null;
}

interface Row {
  /** Addresses as `canonical` writes them. */
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
  readonly state: string;
  readonly uid: number;
  readonly inode: string;
}

/** `0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 34567 …` */
function readRow(line: string): readonly Row[] {
  const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
  const here = readEnd(local);
  const there = readEnd(remote);
  if (here === null || there === null || uid === undefined || !/^\d+$/.test(uid)) return [];
  return [
    { local: here, remote: there, state: state ?? "", uid: Number(uid), inode: inode ?? "0" },
  ];
}

/** Words of four bytes, each in the order of the host: all that tsv runs on are little-endian. */
function readEnd(text = ""): TcpEnd | null {
  const [, words, port = ""] = /^((?:[\dA-F]{8}){1,4}):([\dA-F]{4})$/i.exec(text) ?? [];
  if (words === undefined) return null;
  const groups = words.replace(/(..)(..)(..)(..)/g, ":$4$3:$2$1").slice(1);
  const address = canonical(words.length === 8 ? `::ffff:${groups}` : groups);
  return address === null ? null : { address, port: Number.parseInt(port, 16) };
}

/** A host as it stands before `:PORT`: an IPv6 address has brackets there. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
