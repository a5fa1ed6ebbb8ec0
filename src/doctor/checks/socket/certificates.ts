// Certificates of servers that speak TLS: files that cannot be used (SOCK-016), and a certificate that has expired or will
// soon (SOCK-017). Findings name files, never what is in them.

import { err, ok } from "../../../core/base/result.ts";
import {
  type TlsFiles,
  timeProblem,
  tlsFileProblem,
  tlsFilesOf,
} from "../../../core/net/certificates.ts";
import { daemonAccount, realPathProblem, userName } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, type Results, unknown } from "../check.ts";
import { type InetServer, inetServers } from "./addresses.ts";

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
  const textOf = (path: string) => {
    const denied = realPathProblem(path, "read", account, probe);
    if (denied?.errno === "ENOENT") return err(`${path} does not exist`);
    if (denied !== null) return err(`user ${userName(account.uid, probe)} cannot read ${path}`);
    const text = probe.readText(path);
    return text === null && caller.uid !== 0 ? err(null) : ok(text ?? "");
  };
  const found = tlsFileProblem(files, textOf, (text, key) => probe.certificate(text, key));
  if (found === null) return null;
  const { key, path, problem } = found;
  if (problem === null) return unknown(`the contents of ${path} (needs root)`);
  return unusable(server, key, path, problem, facts);
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
  const problem = timeProblem(seen, nowMs);
  if (problem === null) return null;
  const isSoon = problem.kind === "soon";
  return finding(isSoon ? "warning" : "error", files.cert, {
    symptom: problem.text,
    cause: isSoon ? "Nothing has renewed it so far." : "Clients refuse the server.",
    evidence: [`it is valid from ${dateOf(seen.fromMs)} to ${dateOf(seen.untilMs)}`],
    place: optionPlace(config, section, "ssl_cert"),
    repair:
      problem.kind === "early"
        ? byHand("Correct the clock of this host, or wait", ["date"])
        : byHand(`Renew ${files.cert}; the daemon then uses it without a reload`),
  });
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
