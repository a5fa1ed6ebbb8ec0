// Who calls in tests.

import { type Client, clientOf, type Peer } from "../../src/core/access/principal.ts";

export const UNIX_PEER: Peer = { address: "localhost", port: 0, user: { uid: 1000, pid: 42 } };
export const TCP_PEER: Peer = { address: "10.0.0.5", port: 3123, user: null };

const UNIX = { section: "unix_http_server", peer: UNIX_PEER };
const TCP = { section: "inet_http_server", peer: TCP_PEER };

/** Somebody at a unix socket that asks for no password. */
export const SOMEBODY: Client = clientOf(UNIX, { kind: "unix-peer" });
/** The user of a TCP server. */
export const ADMIN: Client = clientOf(TCP, { kind: "password", username: "admin" });
/** Somebody who has shown nothing. */
export const NOBODY: Client = clientOf(TCP, { kind: "missing" });
