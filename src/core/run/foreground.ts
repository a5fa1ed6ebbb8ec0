// A configuration in the foreground of a terminal: its output goes there, and no file is written.

import type { ChannelConfig, Config, GroupConfig } from "../config/model.ts";
import type { RawConfig, RawSection } from "../config/raw.ts";
import { isAboutRoot } from "../config/read.ts";
import type { RunArguments } from "./arguments.ts";

/** The log file of the daemon: its messages go to the terminal only. */
const NOWHERE = "/dev/null";

/** Options that are ignored here, so that the directories of these files need not exist. */
const FILES: ReadonlySet<string | null> = new Set([
  ...["logfile", "pidfile", "childlogdir", "stdout_logfile", "stderr_logfile"],
]);

/** Whether an option of a configuration is ignored here. @param key null for none */
export function isFileOption(key: string | null): boolean {
  return FILES.has(key);
}

/** The configuration without the options that name such files. */
export function withoutFiles({ sections, defaults }: RawConfig): RawConfig {
  const kept = (options: RawSection["options"]) =>
    new Map([...options].filter(([key]) => !isFileOption(key)));
  return {
    defaults: kept(defaults),
    sections: new Map(
      Array.from(sections, ([name, section]) => [
        name,
        { ...section, options: kept(section.options) },
      ]),
    ),
  };
}

/** The same programs in the foreground, with output to the terminal instead of to files. */
export function onTerminal(config: Config, { exitOn, grace }: RunArguments): Config {
  const { daemon } = config;
  const shown = (channel: ChannelConfig, kind: "stdout" | "none" = "stdout"): ChannelConfig => ({
    ...channel,
    logfile: { kind },
  });
  const groups = config.groups.map((group): GroupConfig => {
    const processes = group.processes.map((process) => ({
      ...process,
      // An event listener speaks the event protocol with the daemon on stdout.
      stdout: shown(process.stdout, group.kind === "eventlistener" ? "none" : "stdout"),
      stderr: shown(process.stderr),
    }));
    return { ...group, processes };
  });
  return {
    ...config,
    daemon: {
      ...daemon,
      ...{ nodaemon: true, silent: false, logfile: NOWHERE, nocleanup: true },
      exitOn: exitOn ?? daemon.exitOn,
      shutdownGrace: grace ?? daemon.shutdownGrace,
    },
    groups,
    notices: config.notices.filter((notice) => notice.level !== "INFO" && !isAboutRoot(notice)),
  };
}
