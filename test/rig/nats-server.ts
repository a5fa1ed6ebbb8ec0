// A nats-server of a test: real, on loopback, with TLS, and with keys for the members of a fleet.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { accountsText, type ServerUser } from "../../src/core/fleet/accounts.ts";
import {
  BUCKETS,
  EVENTS_STREAM,
  EVENTS_SUBJECTS,
  inboxOf,
  type SubjectPermissions,
} from "../../src/core/fleet/subjects.ts";
import type { Membership, Session } from "../../src/fleet/nats/connection.ts";
import { issued, selfSigned, withoutOpenssl } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { event, until } from "./wait.ts";

const NATS_SERVER = "/usr/sbin/nats-server";

/** The reason to skip a test, or false. */
export function withoutNats(): string | false {
  return existsSync(NATS_SERVER) ? withoutOpenssl() : `${NATS_SERVER} is not installed`;
}

/** Of a member that may do everything in its account. */
export const EVERYTHING: SubjectPermissions = { publish: [">"], subscribe: [">"] };

export interface NatsServer {
  readonly url: string;
  /** Path of the certificate of the authority. */
  readonly ca: string;
  readonly port: number;
  readonly pid: number;
  /** What it has printed. */
  output(): string;
  /** Makes the key of a member, and lets the server read its configuration again. @returns how the member connects */
  admit(member: string, permissions: SubjectPermissions): Promise<Membership>;
  /** The same for one in the account of the hub, in which streams are. */
  admitHub(member: string, permissions?: SubjectPermissions): Promise<Membership>;
  /** Ends the connection of a member, whose key is not accepted any more. */
  expel(member: string): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, with all that its streams have. */
  start(): Promise<void>;
}

/** Starts one. End it with `kill`. @param directory for its configuration and its streams; must exist */
export async function startNats(
  directory: string,
  { isTls = true, maxPayload = 1024 * 1024 } = {},
): Promise<NatsServer> {
  const port = await freePort();
  const store = join(directory, "jetstream");
  mkdirSync(store);
  const authority = selfSigned(directory, "authority");
  const { cert, key } = issued(directory, "hub", authority);
  const config = join(directory, "nats.conf");
  const members = new Map<string, ServerUser & { readonly isHub: boolean }>();
  const write = (): void => {
    const tls = isTls ? `tls { cert_file: "${cert}", key_file: "${key}" }\n` : "";
    const users = [...members.values()];
    const accounts = accountsText(
      users.filter(({ isHub }) => isHub),
      users.filter(({ isHub }) => !isHub),
    );
    writeFileSync(
      config,
      `listen: "127.0.0.1:${port}"\nmax_payload: ${maxPayload}\n${tls}jetstream { store_dir: "${store}" }\n${accounts}`,
    );
  };
  let child: ChildProcess | null = null;
  let output = "";
  const start = async (): Promise<void> => {
    child = spawn(NATS_SERVER, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-100_000);
    });
    const left = () => output;
    await until(() => isListening(port), { what: "nats-server to listen", left });
  };
  const reload = async (): Promise<void> => {
    const before = count(output, "Reloaded server configuration");
    write();
    child?.kill("SIGHUP");
    await until(() => count(output, "Reloaded server configuration") > before, {
      what: "nats-server to read its configuration again",
      left: () => output,
    });
  };
  write();
  await start();
  const scheme = isTls ? "tls" : "nats";
  const admit = async (
    member: string,
    permissions: SubjectPermissions,
    isHub: boolean,
  ): Promise<Membership> => {
    const pair = nkeys.createUser();
    members.set(member, { key: pair.getPublicKey(), permissions, isHub });
    const path = join(directory, `${member}.nk`);
    writeFileSync(path, pair.getSeed(), { mode: 0o600 });
    await reload();
    return {
      ...{ url: `${scheme}://127.0.0.1:${port}`, key: path, ca: authority.cert, name: member },
      inboxPrefix: inboxOf(member),
    };
  };
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    ca: authority.cert,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    output: () => output,
    admit: (member, permissions) => admit(member, permissions, false),
    admitHub: (member, permissions = EVERYTHING) => admit(member, permissions, true),
    async expel(member) {
      members.delete(member);
      await reload();
    },
    async kill(signal = "SIGKILL") {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = event(child, "exit");
      child.kill(signal);
      await gone;
    },
    start,
  };
}

function count(text: string, words: string): number {
  return text.split(words).length;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

/** Makes the stream of events and the buckets, as far as tests of devices need them. @param admin may do everything */
export async function makeStreams(admin: Session): Promise<void> {
  const usual = { storage: "file", retention: "limits", allow_direct: true };
  const streams = [
    { name: EVENTS_STREAM, subjects: [EVENTS_SUBJECTS], max_msgs_per_subject: 100_000 },
    ...Object.values(BUCKETS).map((bucket) => ({
      ...{ name: `KV_${bucket}`, subjects: [`$KV.${bucket}.>`], max_msgs_per_subject: 20 },
    })),
  ];
  for (const stream of streams) {
    const config = JSON.stringify({ ...usual, ...stream });
    const made = await admin.request(`$JS.API.STREAM.CREATE.${stream.name}`, config, 30_000);
    if (!made.ok) throw new Error(`${stream.name}: ${made.error}`);
    const answer = new TextDecoder().decode(made.value.data);
    if (answer.includes('"error"')) throw new Error(answer);
  }
}
