// LOG-006: a Supervisor with the identifier and the directory for AUTO logs of this daemon. It removes them when it starts; tsv
// leaves the logs of a running tsv alone.

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
  page: {
    symptom:
      "AUTO logs of running programs vanish when another daemon starts, `tail` of them is empty, and the activity log may say `Failed to clean up '/tmp/web-stdout---supervisor-k3v9d0x_.log'`.",
    cause:
      "When a daemon starts it removes the AUTO logs of its previous run, which it knows by `identifier=` in their names and `childlogdir=`. A Supervisor that has both in common with this daemon takes its logs for old ones. The default identifier is `supervisor` and the default directory `/tmp`, for every daemon of a host. Daemons of tsv leave each other's logs alone: a log in use is locked.",
    repair:
      "Each daemon needs an `identifier=` of its own in [supervisord]. Doctor writes one into the examined configuration after a yes; it counts when the daemon is started the next time.",
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
      // A tsv removes only files of its own user that no other has in use; Supervisor removes what it may.
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

/** What another daemon's configuration and command line say; null when that cannot be told. */
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
    symptom: `AUTO logs in ${directory} vanish when the other daemon starts`,
    cause: `The daemon with pid ${other.pid} has the same identifier and the same directory for AUTO logs, and removes what it finds there when it starts.`,
    evidence: [
      `identifier=${identifier} and childlogdir=${directory} in both`,
      `pid ${other.pid} runs ${other.config ?? "with a configuration that is not known"}`,
    ],
    place: optionPlace(config, "supervisord", "identifier"),
    repair: {
      class: steps === null ? "C" : "B",
      advice: `Give this daemon the identifier ${fresh}`,
      commands: describeChanges(config, [change]),
      steps: steps ?? [],
    },
  };
}
