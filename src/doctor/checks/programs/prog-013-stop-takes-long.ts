// PROG-013: every stop of a program ends in SIGKILL.

import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { SIGKILL, signalName } from "../../../core/process/signals.ts";
import { historyTable, type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { isOutdated, placeIn, programFinding } from "./program-finding.ts";
import { setOptions } from "./program-repairs.ts";

export const STOP_TAKES_LONG = defineCheck({
  code: "PROG-013",
  area: "programs",
  title: "stop ends in SIGKILL",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`stop` takes ten seconds (`stopwaitsecs`), and the log says `killing 'web' (812) with SIGKILL`.",
    cause:
      "The program does not exit on the stop signal: it expects another signal, ignores it, or needs longer than `stopwaitsecs`. Doctor reports this if at least the last two stops that the daemon remembers needed SIGKILL.",
    repair:
      "Set `stopsignal=` to the signal that the program expects. For programs that doctor knows, it offers that (php-fpm and nginx exit gracefully on QUIT, uwsgi on INT). For a program that needs more time, raise `stopwaitsecs=`.",
  },
  look(situation, probe) {
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const killed = program.members
        .map((member) => stopsOf(histories.get(member)?.runs ?? []))
        .find((stops) => stops.length >= 2 && stops.every(({ signal }) => signal === SIGKILL));
      const { stopSignal, stopWaitSecs } = program.config;
      if (killed === undefined || stopSignal === SIGKILL) return [];
      if (isOutdated(program, killed.at(-1)?.end ?? 0, situation, probe)) return [];
      return [
        programFinding(program, {
          severity: "warning",
          symptom: `stop takes ${stopWaitSecs} s and ends in SIGKILL`,
          cause: `The program does not exit on ${signalName(stopSignal)} within ${stopWaitSecs} s.`,
          evidence: [`all of its last ${killed.length} stops needed SIGKILL`],
          place: placeIn(situation, program, "stopsignal"),
          repair: repairOf(program, (key, value, advice) =>
            setOptions(advice, program, { [key]: value }, situation, probe),
          ),
        }),
      ];
    });
  },
});

/** Only stops that the daemon began with another signal. */
function stopsOf<Run extends { readonly ending: string; readonly signals: readonly number[] }>(
  runs: readonly Run[],
): readonly Run[] {
  return runs.filter(({ ending, signals }) => ending === "stopped" && signals[0] !== SIGKILL);
}

const WANTED: readonly (readonly [RegExp, string])[] = [
  [/^php-fpm[\d.]*$/, "QUIT"],
  [/^nginx$/, "QUIT"],
  [/^uwsgi$/, "INT"],
  [/^(?:apache2|httpd)$/, "WINCH"],
  [/^postgres$/, "INT"],
];

function repairOf(
  { config }: Supervised,
  set: (key: string, value: string, advice: string) => Repair,
): Repair {
  const words = splitCommand(config.command);
  const name = words.ok ? splitPath(words.value[0] ?? "").tail : "";
  const wanted = WANTED.find(([pattern]) => pattern.test(name))?.[1];
  if (wanted === undefined || signalName(config.stopSignal) === `SIG${wanted}`) {
    return byHand("Find in its manual the signal for a graceful stop, or raise stopwaitsecs=");
  }
  return set("stopsignal", wanted, `Stop ${name} with SIG${wanted}`);
}
