// Connections over TLS. Nothing is sent before the certificate of the server was accepted.
//
// sync-ok(readFileSync): in commands only

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { thrownMessage } from "../../core/base/result.ts";
import {
  BAD_FILE,
  firstCertificate,
  OTHER_CERTIFICATE,
  pemProblem,
  type TlsAccess,
} from "../../core/net/certificates.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { codeOf } from "../error-code.ts";
import type { ByteConnection, ByteEvents } from "./http-request.ts";
import { failing, openBytes, tcpOptions } from "./socket-bytes.ts";

/** Where hosts keep the authorities that they know: Debian, Alpine and Arch; Fedora; openSUSE; macOS and BSD. */
const HOST_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
/** Names such a file instead, as for OpenSSL and curl. */
const VARIABLE = "SSL_CERT_FILE";

const HOST: TlsAccess = { trust: { kind: "authorities", file: null }, identity: null };

/** Opens a connection. */
export function openTls(target: HttpTarget, events: ByteEvents): ByteConnection {
  const { address, tls = HOST } = target;
  const { trust } = tls;
  if (address.kind !== "tcp") throw new Error("TLS needs a TCP address");
  try {
    const known = trust.kind === "certificate" ? readFileSync(trust.file) : null;
    const socket = connect({
      ...tcpOptions(address),
      ...filesOf(tls),
      servername: isIP(address.host) === 0 ? address.host : "",
      minVersion: "TLSv1.2",
      rejectUnauthorized: trust.kind === "authorities",
      ALPNProtocols: ["http/1.1"],
    });
    const problem = () => (known === null ? null : otherCertificate(socket, known));
    return openBytes(target, events, { socket, opened: "secureConnect", problem });
  } catch (error) {
    const failure = { code: BAD_FILE, message: fileText(error, tls) };
    return openBytes(target, events, { socket: failing(failure), opened: "connect" });
  }
}

function filesOf({ trust, identity }: TlsAccess): ConnectionOptions {
  const ca = trust.kind === "authorities" ? authorities(trust.file) : null;
  return {
    ...(ca === null ? {} : { ca }),
    ...(identity === null
      ? {}
      : { cert: readFileSync(identity.cert), key: readFileSync(identity.key) }),
  };
}

/** @returns null where the host has none: then Node's own */
function authorities(file: string | null): Buffer | null {
  const named = file ?? process.env[VARIABLE] ?? null;
  if (named !== null) {
    const bytes = readFileSync(named);
    const problem = pemProblem(named, bytes.toString("latin1"), "certificate");
    if (problem !== null) throw Object.assign(new Error(problem), { code: BAD_FILE });
    return bytes;
  }
  for (const path of HOST_AUTHORITIES) {
    try {
      return readFileSync(path);
    } catch {
      // The next one.
    }
  }
  return null;
}

function otherCertificate(socket: TLSSocket, known: Buffer): HttpFailure | null {
  const wanted = firstCertificate(known.toString("latin1"));
  const shown = socket.getPeerCertificate(false).raw as Buffer | undefined;
  if (wanted !== null && shown?.equals(wanted) === true) return null;
  return { code: OTHER_CERTIFICATE, message: "the server shows another certificate" };
}

/** A file that cannot be read, or those that OpenSSL does not take. */
function fileText(error: unknown, { trust, identity }: TlsAccess): string {
  if (codeOf(error) === BAD_FILE) return thrownMessage(error);
  const { path } = error as { readonly path?: string };
  if (path !== undefined) return `${path} cannot be read: ${codeOf(error)}`;
  const ca = trust.kind === "authorities" ? trust.file : null;
  const files = [ca, identity?.cert, identity?.key].filter((file) => file != null);
  return `${files.join(" or ")} cannot be used: ${thrownMessage(error)}`;
}
