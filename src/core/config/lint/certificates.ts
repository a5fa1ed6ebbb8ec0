// Certificates of servers that speak TLS: files that the daemon cannot use, and a certificate that has expired or will soon.

import { err, ok } from "../../base/result.ts";
import {
  type ReadCertificate,
  type TlsFiles,
  timeProblem,
  tlsFileProblem,
  tlsFilesOf,
} from "../../net/certificates.ts";
import type { Config, ConfigWarning } from "../model.ts";
import { INET_SERVER } from "../options/servers.ts";
import { type Advice, findOption, type RawConfig, warnAt } from "../raw.ts";
import type { ConfigWorld } from "../world.ts";
import { isDaemonsUser, OF_USER } from "./env-files.ts";

/**
 * Errors for files that keep the daemon from starting; warnings for a file that another host may have, and for a certificate that
 * clients refuse, or soon will.
 */
export function lintCertificates(
  { servers, daemon }: Pick<Config, "servers" | "daemon">,
  raw: RawConfig,
  world: ConfigWorld,
): readonly ConfigWarning[] {
  const { certificates } = world;
  if (certificates === undefined) return [];
  return servers.flatMap((server): readonly ConfigWarning[] => {
    const files = tlsFilesOf(server);
    const section = raw.sections.get(server.section);
    if (files === null || section === undefined) return [];
    const at = (key: string, advice: Advice): ConfigWarning => {
      const option = findOption(raw, section.name, key);
      const first = findOption(raw, section.name, INET_SERVER.sslCert.key);
      return warnAt(section, option ?? first, advice);
    };
    const found = fileAdvice(files, world, certificates.read, daemon.user?.uid ?? null);
    const ofFiles = found === null ? [] : [at(found.key, found.advice)];
    const text = textOf(files.cert, world);
    const seen = text.ok ? certificates.read(text.value, null) : null;
    const problem = seen === null ? null : timeProblem(seen, certificates.nowMs);
    if (problem === null) return ofFiles;
    const suggestion = problem.kind === "early" ? "check the clock of this host" : "renew it";
    const message = `${files.cert}: ${problem.text}`;
    const ofTime = { rule: "certificate-time", message, suggestion } as const;
    return [...ofFiles, at(INET_SERVER.sslCert.key, ofTime)];
  });
}

/** @param daemonUid the user of the daemon; null where the configuration does not name one */
function fileAdvice(
  files: TlsFiles,
  world: ConfigWorld,
  read: ReadCertificate,
  daemonUid: number | null,
): { readonly key: string; readonly advice: Advice } | null {
  const isCertain = isDaemonsUser(world, daemonUid);
  const found = tlsFileProblem(
    files,
    (path) => {
      const text = textOf(path, world);
      if (text.ok) return text;
      if (text.error === "ENOENT") return err(`${path} does not exist`);
      const isHidden = !isCertain && OF_USER.has(text.error);
      return err(isHidden ? null : `${path} cannot be read: ${text.error}`);
    },
    read,
  );
  const { key, path, problem } = found ?? { key: "ssl_key", path: files.key, problem: null };
  if (problem !== null) {
    const isMissing = world.isMissing(path);
    const rule = isMissing ? "missing-certificate" : "certificate-file";
    return { key, advice: { rule, message: problem, suggestion: null } };
  }
  if (found === null && (daemonUid === null || daemonUid === world.uid)) return null;
  const why =
    found === null
      ? "whether the daemon's user may read it is not known"
      : "could not look: this user has no permission to read it";
  const suggestion = "run tsv check as the user of the daemon";
  return { key, advice: { rule: "certificate-unseen", message: `${path}: ${why}`, suggestion } };
}

/** As the daemon reads it. */
function textOf(path: string, world: ConfigWorld) {
  const bytes = world.readEnvFile(path);
  return bytes.ok ? ok(new TextDecoder("latin1").decode(bytes.value)) : bytes;
}
