// Owner of the other end of a TCP connection, if that end is on this host: proc_net_tcp(5).

/** One end of a connection. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

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
  const rows = tables.flatMap(readTcpTable);
  const theirs = sameAddress(server.address);
  const ours = sameAddress(client.address);
  const accepted = rows.filter(
    ({ local, remote, inode }) =>
      inode !== "0" &&
      local.port === server.port &&
      remote.port === client.port &&
      theirs(local.address) &&
      ours(remote.address),
  );
  if (accepted.length > 0) return accepted.map(({ uid }) => uid);
  return rows
    .filter(
      ({ local, isListening }) =>
        isListening &&
        local.port === server.port &&
        (theirs(local.address) || isWildcard(local.address)),
    )
    .map(({ uid }) => uid);
}

/** Whether an address leads to this host whatever its network: 127.0.0.0/8, ::1. */
export function isLoopback(address: string): boolean {
  const bytes = bytesOf(address);
  return bytes !== null && (/^7f/.test(bytes) || bytes === LOOPBACK_6);
}

const LOOPBACK_6 = `${"0".repeat(31)}1`;
const MAPPED = `${"0".repeat(20)}ffff`;

/** A socket of TCP. */
export interface TcpSocket {
  /** Addresses as hexadecimal digits in the order of the network, 8 for IPv4 and mapped ones, else 32. */
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
  readonly isListening: boolean;
  readonly uid: number;
  readonly inode: string;
}

/** The sockets of a table. */
export function readTcpTable(table: string): readonly TcpSocket[] {
  return table.split("\n").flatMap(readRow);
}

/** TCP_LISTEN of the kernel, in hexadecimal. */
const LISTEN = "0A";

/** `0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 34567 …` */
function readRow(line: string): readonly TcpSocket[] {
  const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
  const here = readEnd(local);
  const there = readEnd(remote);
  if (here === null || there === null || uid === undefined || !/^\d+$/.test(uid)) return [];
  const isListening = state === LISTEN;
  return [{ local: here, remote: there, isListening, uid: Number(uid), inode: inode ?? "0" }];
}

/** Words of four bytes, each in the order of the host: all that tsv runs on are little-endian. */
function readEnd(text = ""): TcpEnd | null {
  const match = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/i.exec(text);
  if (match === null) return null;
  const words = (match[1] ?? "").toLowerCase().match(/.{8}/g) ?? [];
  const bytes = words.map((word) => (word.match(/../g) ?? []).reverse().join("")).join("");
  return { address: unmapped(bytes), port: Number.parseInt(match[2] ?? "", 16) };
}

function unmapped(bytes: string): string {
  return bytes.length === 32 && bytes.startsWith(MAPPED) ? bytes.slice(MAPPED.length) : bytes;
}

function isWildcard(bytes: string): boolean {
  return /^0+$/.test(bytes);
}

function sameAddress(address: string): (bytes: string) => boolean {
  const own = bytesOf(address);
  return (bytes) => bytes === own;
}

/** A numeric address in the form of a row; null for what is none. */
function bytesOf(address: string): string | null {
  const four = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/i.exec(address);
  if (four !== null)
    return four
      .slice(1)
      .map((part) => hex(Number(part), 2))
      .join("");
  if (!address.includes(":")) return null;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0000");
  const all = [...before, ...(tail === undefined ? [] : zeros), ...after].join("");
  return /^[0-9a-f]{32}$/.test(all) ? unmapped(all) : null;
}

function groups(text: string): readonly string[] {
  return text === "" ? [] : text.split(":").map((group) => group.toLowerCase().padStart(4, "0"));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
