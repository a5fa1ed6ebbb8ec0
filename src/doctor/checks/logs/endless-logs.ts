// Large logs without a limit: a part of LOG-007.

import { type LogUse, listSome, logOwner } from "../../facts/log-uses.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { describeBytes, type logSizes } from "./log-sizes.ts";
import { rotatingRules } from "./logrotate-rules.ts";

/** A log without rotation is reported from this size, and from this part of its disk. */
const LARGE_LOG = 1024 ** 3;
const LARGE_PART = 0.1;
/** The default limit. */
const LIMIT = "50MB";

interface System {
  readonly system: FileSystem;
  readonly logs: ReadonlyMap<string, readonly LogUse[]>;
}

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

/** All AUTO logs without a limit, and other large logs without one. */
export function endlessLogs(
  systems: readonly System[],
  sizes: ReturnType<typeof logSizes>,
  looking: Looking,
): readonly Finding[] {
  const auto = new Map<string, LogUse>();
  const large: {
    readonly path: string;
    readonly uses: readonly LogUse[];
    readonly bytes: number;
  }[] = [];
  for (const { system, logs } of systems) {
    for (const [path, uses] of logs) {
      const [use] = uses;
      if (use === undefined || uses.some(({ maxBytes }) => maxBytes !== 0)) continue;
      const bytes = sizes.get(path)?.current ?? 0;
      if (use.isAuto) auto.set(`${use.owner} ${use.channel}`, use);
      else if (bytes > LARGE_LOG && bytes > system.totalBytes * LARGE_PART) {
        large.push({ path, uses, bytes });
      }
    }
  }
  const rules = large.length === 0 ? [] : rotatingRules(looking.probe);
  const forgotten = large.filter(({ path }) => !rules.some((rule) => rule.matches(path)));
  return [
    ...Array.from(auto, ([subject, use]) => endlessAuto(subject, use, looking)),
    ...forgotten.map(({ path, uses, bytes }) => endless(path, uses, bytes, looking)),
  ];
}

/** The symptom is Supervisor's warning. */
function endlessAuto(subject: string, use: LogUse, looking: Looking): Finding {
  const { owner, channel } = use;
  return {
    severity: "warning",
    subject,
    symptom: `For [${owner}], AUTO logging used for ${channel}_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
    cause: `${limitOf(use)}=0 disables rotation, and nothing else can rotate AUTO logs, because their names are random.`,
    evidence: [`${limitOf(use)}=0`],
    place: optionPlace(looking.situation.config, owner, limitOf(use)),
    repair: limitRepair([use], looking),
  };
}

function endless(path: string, uses: readonly LogUse[], bytes: number, looking: Looking): Finding {
  const [use] = uses;
  const { config } = looking.situation;
  return {
    severity: "warning",
    subject: path,
    symptom: `${path} grows without limit`,
    cause:
      "Its maxbytes is 0, which disables rotation, and no rule of logrotate matches this file.",
    evidence: [
      `the size of ${path} is ${describeBytes(bytes)}`,
      `logs of: ${listSome(uses.map(logOwner))}`,
    ],
    place: use === undefined ? null : optionPlace(config, use.owner, limitOf(use)),
    repair: limitRepair(uses, looking),
  };
}

function limitOf({ channel }: LogUse): string {
  return channel === "main" ? "logfile_maxbytes" : `${channel}_logfile_maxbytes`;
}

function limitRepair(uses: readonly LogUse[], { situation, probe }: Looking): Repair {
  const changes = new Map(
    uses.map((use) => {
      const change = { section: use.owner, key: limitOf(use), value: LIMIT };
      return [`${change.section} ${change.key}`, change] as const;
    }),
  );
  const wanted = Array.from(changes.values());
  const steps = changeOptions(situation.config, wanted, probe);
  return {
    class: steps === null ? "C" : "B",
    advice: `Set ${Array.from(new Set(uses.map(limitOf))).join(" and ")} to ${LIMIT}`,
    commands: describeChanges(situation.config, wanted),
    steps: steps ?? [],
  };
}
