// All paths in a configuration and a service, with owner and mode of every component.

import { octalMode } from "../../core/base/permission-words.ts";
import { dirname } from "../../core/config/paths.ts";
import { splitCommand } from "../../core/config/posix-lexer.ts";
import { socketPathOf } from "../../core/config/server-address.ts";
import { fromRoot } from "../facts/access.ts";
import { includePatterns } from "../facts/config-facts.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";

/** A thousand programs have a few thousand paths; more are not useful. */
const MOST = 5000;

/** Absolute paths, each once, in order. */
export function namedPaths(facts: DoctorFacts): readonly string[] {
  const { config, service, servers, programs, executable, daemons } = facts;
  const { layout } = service;
  const paths = [
    executable.path,
    ...config.search.map(({ path }) => path),
    ...config.files,
    ...includePatterns(facts).map(({ path }) => dirname(path)),
    ...rawPaths(facts),
    ...readPaths(facts),
    ...servers.flatMap(({ url }) => socketPathOf(url) ?? []),
    ...(programs ?? []).flatMap(({ stdoutLog, stderrLog }) => [stdoutLog, stderrLog]),
    ...daemons.flatMap(({ exe, config: file }) => [exe ?? "", file ?? ""]),
    service.file?.path ?? "",
    layout.environmentFile ?? "",
    layout.configDirectory,
    layout.runDirectory,
    layout.logDirectory,
    layout.stateDirectory,
  ];
  return Array.from(new Set(paths.filter((path) => /^\/[^*?[]*$/.test(path)))).sort();
}

/** Values that are paths, even in a configuration with errors. */
function rawPaths({ config }: DoctorFacts): readonly string[] {
  return Array.from(config.raw?.sections.values() ?? []).flatMap(({ options }) =>
    Array.from(options.values()).flatMap(({ key, value }) => {
      const text = value.replace(/^unix:\/\//, "");
      if (key === "environment" || /^(?:user|pass)/.test(key)) return [];
      if (key === "command") return commandPaths(text);
      return /^\/[^%\s]*$/.test(text) ? [text] : [];
    }),
  );
}

/** The executable, and the script that it runs. */
function commandPaths(command: string): readonly string[] {
  const words = splitCommand(command);
  return words.ok ? words.value.slice(0, 2).filter((word) => /^\/[^%\s]*$/.test(word)) : [];
}

function readPaths({ config }: DoctorFacts): readonly string[] {
  if (config.daemon?.ok !== true) return [];
  const { daemon, groups } = config.daemon.value;
  const ofPrograms = groups.flatMap(({ processes }) =>
    processes.flatMap(({ directory, command, stdout, stderr, envFiles }) => [
      directory ?? "",
      ...envFiles.map(({ path }) => path),
      ...commandPaths(command),
      ...[stdout, stderr].map(({ logfile }) => (logfile.kind === "file" ? logfile.path : "")),
    ]),
  );
  return [
    daemon.logfile,
    daemon.pidfile,
    daemon.childLogDir,
    daemon.directory ?? "",
    ...ofPrograms,
  ];
}

/** Each directory once: mode, owner, kind, path, and the target of a symlink. */
export function permissionsText(paths: readonly string[], probe: Probe): string {
  const steps = Array.from(new Set(paths.flatMap(fromRoot))).sort();
  const lines = steps.slice(0, MOST).map((path) => {
    const found = probe.look(path);
    const target = probe.linkTarget(path);
    const link = target === null ? "" : ` -> ${target}`;
    if (!found.ok) return `${found.error} ${path}${link}`;
    const owner = probe.ownerName(found.uid, found.gid);
    return `${octalMode(found.mode)} ${owner.padEnd(20)} ${found.kind.padEnd(9)} ${path}${link}`;
  });
  const rest = steps.length - lines.length;
  return `${lines.join("\n")}\n${rest > 0 ? `and ${rest} more\n` : ""}`;
}
