// Certificates of servers that speak TLS: files that cannot be used (SOCK-016), and a certificate that has expired or will
// soon (SOCK-017). Findings name files, never what is in them.

import { pemProblem, type TlsFiles, tlsFilesOf } from "../../../core/net/certificates.ts";
import { daemonAccount, realPathProblem, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, type Results, unknown } from "../check.ts";
import { type InetServer, inetServers } from "./addresses.ts";

const DAY_MS = 86_400_000;
/** Certbot renews a certificate 30 days before its end: one that is left so late will not be renewed. */
const SOON_MS = 14 * DAY_MS;

export const TLS_FILES = check("SOCK-016", (facts) =>
  servers(facts).map(({ server, files }) => filesFinding(server, files, facts)),
);

export const CERTIFICATE_TIME = check("SOCK-017", (facts) =>
  servers(facts).map(({ server, files }) => timeFinding(server, files, facts)),
);

function servers(facts: DoctorFacts) {
  return inetServers(facts).flatMap((server) => {
    const files = tlsFilesOf(server);
    return files === null ? [] : [{ server, files }];
  });
}

function filesFinding(server: InetServer, files: TlsFiles, facts: DoctorFacts): Results {
  const { caller, probe } = facts;
  const account = daemonAccount(facts);
  const named = [
    ["ssl_cert", files.cert, "certificate"],
    ["ssl_key", files.key, "key"],
    ["ssl_client_ca", files.clientCa, "certificate"],
  ] as const;
  for (const [key, path, kind] of named) {
    if (path === null) continue;
    const denied = realPathProblem(path, "read", account, probe);
    const text = denied === null ? probe.readText(path) : null;
    if (denied === null && text === null && caller.uid !== 0) {
      return unknown(`the contents of ${path} (needs root)`);
    }
    const problem =
      denied === null
        ? pemProblem(path, text ?? "", kind)
        : denied.errno === "ENOENT"
          ? `${path} does not exist`
          : `user ${userName(account.uid, probe)} cannot read ${path}`;
    if (problem !== null) return unusable(server, key, path, problem, facts);
  }
  const [cert, key] = [probe.readText(files.cert), probe.readText(files.key)];
  const seen = cert === null ? null : probe.certificate(cert, key);
  if (seen === null) {
    return unusable(server, "ssl_cert", files.cert, `${files.cert} cannot be read`, facts);
  }
  if (seen.isKeyItsOwn === true) return null;
  const problem = `the key in ${files.key} is not that of the certificate in ${files.cert}`;
  return unusable(server, "ssl_key", files.key, problem, facts);
}

function unusable(
  { section }: InetServer,
  key: string,
  path: string,
  problem: string,
  { config }: DoctorFacts,
): Results {
  return finding("error", section, {
    symptom: problem,
    cause: "The daemon does not start with such files. One that runs uses those from before.",
    evidence: [`[${section}] ${key} is ${path}`],
    place: optionPlace(config, section, key) ?? optionPlace(config, section, "ssl_cert"),
    repair: byHand(`Correct ${key}, or the file, so that the daemon's user can read it`, [
      `ls -lL ${shellWord(path)}`,
    ]),
  });
}

function timeFinding({ section }: InetServer, files: TlsFiles, facts: DoctorFacts): Results {
  const { probe, nowMs, config } = facts;
  const text = probe.readText(files.cert);
  // What cannot be read is reported as SOCK-016.
  const seen = text === null ? null : probe.certificate(text, null);
  if (seen === null) return null;
  const { fromMs, untilMs } = seen;
  const isEarly = nowMs < fromMs;
  if (!isEarly && nowMs < untilMs - SOON_MS) return null;
  const isOver = nowMs >= untilMs;
  const days = Math.max(1, Math.ceil((untilMs - nowMs) / DAY_MS));
  const place = optionPlace(config, section, "ssl_cert");
  const evidence = [`it is valid from ${dateOf(fromMs)} to ${dateOf(untilMs)}`];
  const clock = "Correct the clock of this host, or wait";
  return finding(isEarly || isOver ? "error" : "warning", files.cert, {
    symptom: isEarly
      ? "the certificate is not valid yet"
      : isOver
        ? "the certificate has expired"
        : `the certificate expires in ${days} ${days === 1 ? "day" : "days"}`,
    cause: isOver || isEarly ? "Clients refuse the server." : "Nothing has renewed it so far.",
    evidence,
    place,
    repair: isEarly
      ? byHand(clock, ["date"])
      : byHand(`Renew ${files.cert}; the daemon then uses it without a reload`),
  });
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
