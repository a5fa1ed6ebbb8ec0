// Describes what was examined: the configuration, why it was chosen, and its daemon.

import { printable } from "../../core/base/printable.ts";
import { describeDaemon } from "../facts/describe-process.ts";
import type { Probe } from "../facts/probe.ts";
import type { ConfigFacts, Situation } from "../facts/situation.ts";
import { userName } from "../repairs/ownership.ts";
import { shellLine } from "../repairs/shell-quoting.ts";

/** As text. */
export interface Examination {
  readonly configuration: string;
  readonly daemon: string;
  /** Other daemons of this host, each with the command that examines it. */
  readonly others: readonly string[];
  /** There is a configuration, but no daemon runs with it. */
  readonly isDown: boolean;
}

const CHOSEN: Readonly<Record<NonNullable<ConfigFacts["chosenBy"]>, string>> = {
  option: "named with --config",
  service: "of the service",
  daemon: "of the running daemon",
  search: "the first existing default path",
};

/** Describes what was examined. */
export function describeExamination(situation: Situation, probe: Probe): Examination {
  const { config, daemon, daemons, service } = situation;
  const { path, chosenBy, raw } = config;
  const why = chosenBy === null ? "" : ` (${CHOSEN[chosenBy]}${ofName(chosenBy, service.name)})`;
  const isFragment = raw !== null && !raw.sections.has("supervisord");
  return {
    configuration: path === null ? "none found" : `${path}${why}`,
    daemon:
      daemon === null
        ? `none runs${path === null ? "" : " with this configuration"}`
        : `pid ${daemon.pid} of ${userName(daemon.uid, probe)}${daemon.kind === "supervisor" ? ", Supervisor" : ""}`,
    others: [
      ...daemons
        .filter(({ pid }) => pid !== daemon?.pid)
        .map((one) => `another daemon runs: ${describeDaemon(one, probe)}${examining(one.config)}`),
      ...(service.others ?? []).map(({ name, config: other }) => {
        return printable(`another service: ${name}, with ${other}${examining(other)}`);
      }),
    ],
    isDown: path !== null && daemon === null && !isFragment && !isAnswered(situation),
  };
}

function examining(config: string | null): string {
  return config === null ? "" : ` (${shellLine(["tsv", "doctor", "--config", config])})`;
}

function ofName(chosenBy: ConfigFacts["chosenBy"], name: string): string {
  return chosenBy === "service" ? ` ${name}` : "";
}

/** A daemon in a container or of another user may answer although its process is hidden. */
function isAnswered({ servers }: Situation): boolean {
  return servers.some(({ section, kind }) => section !== "supervisorctl" && kind === "answers");
}
