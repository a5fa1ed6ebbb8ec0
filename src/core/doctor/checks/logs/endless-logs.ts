// Logs that nothing limits and that have grown large: a part of LOG-007.

import { type LogUse, listSome, logOwner } from "../../log-uses.ts";
import type { Finding } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../option-edits.ts";
import type { FileSystem, Probe } from "../../probe.ts";
import type { Situation } from "../../situation.ts";
import { describeBytes, type logSizes } from "./log-sizes.ts";
import { rotatingRules } from "./logrotate-rules.ts";

/** From here on, and from this part of its disk, a log without rotation is more than an oversight. */
const LARGE_LOG = 1024 ** 3;
const LARGE_PART = 0.1;

interface System {
  readonly system: FileSystem;
  readonly logs: ReadonlyMap<string, readonly LogUse[]>;
}

/** Logs without a limit that have grown large already. */
export function endlessLogs(
  systems: readonly System[],
  sizes: ReturnType<typeof logSizes>,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): readonly Finding[] {
  const large = systems.flatMap(({ system, logs }) =>
    Array.from(logs).flatMap(([path, uses]) => {
      const bytes = sizes.get(path)?.current ?? 0;
      const isEndless = uses.every(({ maxBytes }) => maxBytes === 0);
      const isLarge = bytes > LARGE_LOG && bytes > system.totalBytes * LARGE_PART;
      return isEndless && isLarge ? [{ path, uses, bytes }] : [];
    }),
  );
  if (large.length === 0) return [];
  const rules = rotatingRules(probe);
  return large
    .filter(({ path }) => !rules.some((rule) => rule.matches(path)))
    .flatMap(({ path, uses, bytes }) => {
      const [use] = uses;
      if (use === undefined) return [];
      const { section, key, channel, isAuto } = use;
      const owner = isAuto ? (sectionOf(use, situation) ?? section) : section;
      const limit = channel === "main" ? "logfile_maxbytes" : `${channel}_logfile_maxbytes`;
      const change = { section: owner, key: limit, value: "50MB" };
      const steps = changeOptions(situation.config, [change], probe);
      return [
        {
          severity: "warning",
          subject: path,
          symptom: `${path} grows without end`,
          cause: `${limit}=0 switches rotation off, and no rule of logrotate is for this file.`,
          evidence: [
            `${path} has ${describeBytes(bytes)}`,
            `logs of: ${listSome(uses.map(logOwner))}`,
          ],
          place:
            optionPlace(situation.config, owner, limit) ??
            optionPlace(situation.config, section, key),
          repair: {
            class: steps === null ? "C" : "B",
            advice: `Set ${limit}=50MB`,
            commands: describeChanges(situation.config, [change]),
            steps: steps ?? [],
          },
        } satisfies Finding,
      ];
    });
}

function sectionOf({ process }: LogUse, { config }: Situation): string | null {
  if (config.daemon?.ok !== true) return null;
  for (const { processes } of config.daemon.value.groups) {
    const found = processes.find(({ name }) => name === process);
    if (found !== undefined) return found.origin.section;
  }
  return null;
}
