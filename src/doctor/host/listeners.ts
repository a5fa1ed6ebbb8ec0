// Listening sockets and their processes; proc_net(5), unix(7).

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Listener } from "../facts/probe.ts";

/** TCP_LISTEN of the kernel, in hexadecimal. */
const LISTENING = "0A";
/** SO_ACCEPTCON: the bit of /proc/net/unix that marks a listener. */
const ACCEPTS = 0x10000;

type Found = Listener & { readonly inode: string };

/** Runs once, at the first question: it reads every descriptor of every process. */
export function createListeners(): () => readonly Listener[] {
  let found: readonly Listener[] | null = null;
  return () => {
    found ??= look();
    return found;
  };
}

function look(): readonly Listener[] {
  const sockets = [
    ...tcp("/proc/net/tcp", 4),
    ...tcp("/proc/net/tcp6", 16),
    ...unix("/proc/net/unix"),
  ];
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ inode, ...listener }) => ({ ...listener, pid: owners.get(inode) ?? null }));
}

function tcp(path: string, bytes: number): readonly Found[] {
  return rows(path).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state] = fields;
    if (state !== LISTENING) return [];
    const [address = "", port = ""] = local.split(":");
    return [
      {
        kind: "tcp" as const,
        address: bytes === 4 ? address4(address) : address6(address),
        port: Number.parseInt(port, 16),
        pid: null,
        inode: fields[9] ?? "",
      },
    ];
  });
}

/** Each 32-bit word is in host byte order, which is little-endian on all architectures of tsv. */
function words(hexadecimal: string): readonly number[] {
  return Array.from(hexadecimal.matchAll(/../g), ([byte]) => Number.parseInt(byte, 16)).flatMap(
    (_, index, all) => all[index - (index % 4) + 3 - (index % 4)] ?? 0,
  );
}

function address4(hexadecimal: string): string {
  return words(hexadecimal).join(".");
}

function address6(hexadecimal: string): string {
  const bytes = words(hexadecimal);
  if (bytes.every((byte) => byte === 0)) return "::";
  const isLast = bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1;
  if (isLast) return "::1";
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  if (isMapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return groups.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::");
}

function unix(path: string): readonly Found[] {
  return rows(path).flatMap((line) => {
    const match = /^\S+ \S+ \S+ ([0-9A-F]+) \S+ \S+ +(\d+) (\/.*)$/.exec(line);
    if (match === null || (Number.parseInt(match[1] ?? "0", 16) & ACCEPTS) === 0) return [];
    const [, , inode = "", address = ""] = match;
    return [{ kind: "unix" as const, address, port: 0, pid: null, inode }];
  });
}

function rows(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(1);
  } catch {
    return []; // without IPv6 there is no tcp6
  }
}

/** Pids by inode of the sockets. If several processes have a socket, the oldest one, because a child may have inherited it. */
function ownersOf(wanted: ReadonlySet<string>): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  const pids = names("/proc").filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    for (const fd of names(`/proc/${pid}/fd`)) {
      const inode = socketInode(`/proc/${pid}/fd/${fd}`);
      if (inode !== null && wanted.has(inode) && !owners.has(inode)) owners.set(inode, Number(pid));
    }
    if (owners.size === wanted.size) break;
  }
  return owners;
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // exited meanwhile, or of another user
  }
}

function socketInode(path: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? null;
  } catch {
    return null;
  }
}
