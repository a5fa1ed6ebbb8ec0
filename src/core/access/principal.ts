// The principal: the result of authentication, which every call carries. It decides what is permitted, and the log shows it.

import { bracketed } from "../net/tcp-table.ts";
import type { Role } from "./permissions.ts";

/** The other end of a connection. A unix socket has no address: `localhost` and 0, as the access log has always shown it. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /**
   * Who connected to a unix socket; null for TCP, and where the kernel does not tell. `groups`: the ids of all groups that the
   * process is in; absent where the kernel does not tell.
   */
  readonly user: {
    readonly uid: number;
    readonly pid: number;
    readonly groups?: readonly number[];
  } | null;
}

/** What a client has shown for being who it is. */
export type Proof =
  /** Name and password of the server section, or of a section [user:x]; or the token of such a one. */
  | { readonly kind: "password" | "token"; readonly username: string }
  /** The cookie of a browser that has signed in; `id` is that of its session. */
  | { readonly kind: "session"; readonly username: string; readonly id: string }
  /** A unix socket that asks for no password: its mode lets the peer connect, and the kernel tells who that is. */
  | { readonly kind: "unix-peer" }
  /** The server asks for none. */
  | { readonly kind: "none-required" }
  /** No password, where one is asked for. Not a failed login: browsers ask first without. */
  | { readonly kind: "missing" }
  /** A wrong name, password or token. */
  | { readonly kind: "wrong" }
  /** A password that was not compared: too many others are. */
  | { readonly kind: "not-compared" };

/** What a caller is allowed to do. */
export interface Grant {
  readonly role: Role;
  /** Patterns of the programs that it sees and acts on: see programs.ts. Null for all, which an admin has. */
  readonly programs: readonly string[] | null;
}

const ADMIN: Grant = { role: "admin", programs: null };
const NOTHING: Grant = { role: "anonymous", programs: [] };
/** Of the members of read_group=. */
export const READER: Grant = { role: "read", programs: ["*"] };

/** A caller at the other end of a connection. */
export interface Client extends Grant {
  readonly kind: "client";
  readonly proof: Proof;
  /** The server section that the connection came to, without brackets. */
  readonly section: string;
  readonly peer: Peer;
  /** The name of the one that an admin asks for, according to that admin: see lowered.ts. */
  readonly by?: string;
}

/** A user's module inside the daemon, which calls on its own account and not on that of its caller. */
interface ModulePrincipal extends Grant {
  readonly kind: "module";
  /** `x` of its section `[rpcinterface:x]`. */
  readonly namespace: string;
  readonly peer: null;
}

export type Principal = Client | ModulePrincipal;

/** A client of a server section. @param granted what a client with this proof is allowed to do */
export function clientOf(
  { section, peer }: Pick<Client, "section" | "peer">,
  proof: Proof,
  granted: Grant = ADMIN,
): Client {
  return { kind: "client", ...(hasPassed(proof) ? granted : NOTHING), proof, section, peer };
}

/** The module of a section `[rpcinterface:x]`: who writes the configuration trusts it with the daemon. */
export function modulePrincipal(namespace: string): ModulePrincipal {
  return { kind: "module", ...ADMIN, namespace, peer: null };
}

/** False for a caller that has yet to give the right password. */
export function hasPassed({ kind }: Proof): boolean {
  return kind !== "missing" && kind !== "wrong" && kind !== "not-compared";
}

/** `admin, 10.0.0.5:3123`, without a password `uid 1000, pid 4242`, and either with `ann@fleet, ` before it where that one asked. */
export function principalText(principal: Principal): string {
  if (principal.kind === "module") return `[rpcinterface:${principal.namespace}]`;
  const { proof, peer, by } = principal;
  const names = [
    ...(by === undefined ? [] : [by]),
    ...("username" in proof ? [proof.username] : []),
  ];
  return [...names, peerText(peer)].join(", ");
}

/** `uid 1000, pid 4242` for a unix socket, else `10.0.0.5:3123`. */
export function peerText({ address, port, user }: Peer): string {
  if (user !== null) return `uid ${user.uid}, pid ${user.pid}`;
  return `${bracketed(address)}:${port}`;
}

/** The same without what differs from one connection to the next. */
export function peerKey({ address, user }: Peer): string {
  return user === null ? address : `uid ${user.uid}`;
}
