// LOG-006: a Supervisor has the same identifier and AUTO log directory as this daemon, and removes its logs at start. tsv
// never removes the logs of a running tsv.

import { parseIni } from "../../../core/config/ini-dialect.ts";
import { dirname } from "../../../core/config/paths.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";

export const SHARED_AUTO_LOGS = defineCheck({
  code: "LOG-006",
  area: "logs",
  title: "another daemon removes this one's logs",
  repairs: ["B"],
  page: {
    symptom:
      "AUTO logs of running programs disappear when another daemon starts, `tail` shows nothing for them, and the activity log may say `Failed to clean up '/tmp/web-stdout---supervisor-k3v9d0x_.log'`.",
    cause:
      "At its start, a daemon removes the AUTO logs of its previous run. It identifies them by `childlogdir=` and by the `identifier=` in their names. A Supervisor with the same values removes this daemon's logs, too. The defaults are the same for every daemon of a host: identifier `supervisor`, directory `/tmp`. tsv daemons do not remove each other's logs: a log in use is locked.",
    repair:
      "Each daemon needs its own `identifier=` in [supervisord]. After you confirm, doctor writes one into the examined configuration. It applies from the next start of the daemon.",
  },
  look(situation, probe) {
    const config = readConfig(situation);
    const { daemon, daemons } = situation;
    if (config === null || daemon === null) return [];
    const { identifier, childLogDir } = config.daemon;
    const isAuto = config.groups.some(({ processes }) =>
      processes.some(
        ({ stdout, stderr }) => stdout.logfile.kind === "auto" || stderr.logfile.kind === "auto",
      ),
    );
    if (!isAuto) return [];
    const place = probe.realPath(childLogDir) ?? childLogDir;
    return daemons.flatMap((other) => {
      if (other.pid === daemon.pid) return [];
      const theirs = autoLogsOf(other, situation, probe);
      // tsv removes only files of its own user that are not in use; Supervisor removes whatever it has permission to remove.
      if (theirs === null || other.kind === "tsv" || theirs.keeps) return [];
      if (theirs.identifier !== identifier || theirs.directory !== place) return [];
      return [clash(other, { identifier, directory: childLogDir }, situation, probe)];
    });
  },
});

interface AutoLogs {
  readonly identifier: string;
  readonly directory: string;
  readonly keeps: boolean;
}

/** The settings of another daemon, from its configuration and command line; null if unknown. */
function autoLogsOf(daemon: RunningDaemon, situation: Situation, probe: Probe): AutoLogs | null {
  if (daemon.config === null || daemon.config === situation.config.path) return null;
  const text = probe.readText(daemon.config);
  const read =
    text === null ? null : parseIni(text, daemon.config, (name) => name === "supervisord");
  if (read === null || !read.ok) return null;
  const options = read.value.sections.get("supervisord")?.options;
  const here = dirname(daemon.config);
  const value = (key: string): string | null =>
    options?.get(key)?.value.replaceAll("%(here)s", here) ?? null;
  const identifier = wordAfter(daemon, "-i", "--identifier") ?? value("identifier") ?? "supervisor";
  const directory = wordAfter(daemon, "-q", "--childlogdir") ?? value("childlogdir") ?? "/tmp";
  const keeps =
    daemon.command.some((word) => word === "-k" || word === "--nocleanup") ||
    /^(?:yes|true|on|1)$/i.test(value("nocleanup") ?? "");
  return { identifier, directory: probe.realPath(directory) ?? directory, keeps };
}

function wordAfter({ command }: RunningDaemon, short: string, long: string): string | null {
  for (const [index, word] of command.entries()) {
    if (word === short || word === long) return command[index + 1] ?? null;
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1);
  }
  return null;
}

function clash(
  other: RunningDaemon,
  common: { readonly identifier: string; readonly directory: string },
  situation: Situation,
  probe: Probe,
): Finding {
  const { identifier, directory } = common;
  const { config, service } = situation;
  const fresh = identifier === service.name ? `${service.name}-2` : service.name;
  const change = { section: "supervisord", key: "identifier", value: fresh };
  const steps = changeOptions(config, [change], probe);
  return {
    severity: "warning",
    subject: other.config ?? `pid ${other.pid}`,
    symptom: `AUTO logs in ${directory} disappear when the other daemon starts`,
    cause: `The daemon with pid ${other.pid} has the same identifier and AUTO log directory, and removes the AUTO logs there when it starts.`,
    evidence: [
      `identifier=${identifier} and childlogdir=${directory} in both`,
      `pid ${other.pid} runs ${other.config ?? "with an unknown configuration"}`,
    ],
    place: optionPlace(config, "supervisord", "identifier"),
    repair: {
      class: steps === null ? "C" : "B",
      advice: `Set identifier=${fresh} for this daemon`,
      commands: describeChanges(config, [change]),
      steps: steps ?? [],
    },
  };
}
