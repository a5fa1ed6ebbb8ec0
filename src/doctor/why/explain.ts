// Why one program is as it is: what the daemon remembers of it, what its log says last, and what the checks find for it.

import { displayName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import type { Check } from "../checks/check.ts";
import { examineHost } from "../checks/examine.ts";
import { readConfig } from "../facts/daemon-account.ts";
import { describeExit } from "../facts/exit-status.ts";
import { clueIn } from "../facts/log-end.ts";
import type { Probe } from "../facts/probe.ts";
import type { ProgramHistory } from "../facts/program-history.ts";
import type { ProgramStatus, Situation } from "../facts/situation.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { adviceFor } from "./advice.ts";
import { describeState } from "./describe-state.ts";
import { lastOutput } from "./last-output.ts";
import { describeKill } from "./memory.ts";
import type { Explanation } from "./model.ts";
import type { KnownProcess } from "./names.ts";

/** Every process that the daemon or the configuration knows. */
export function knownProcesses(situation: Situation): readonly KnownProcess[] {
  const active = (situation.programs ?? []).map(({ group, name }) => ({ group, name }));
  const written = (readConfig(situation)?.groups ?? []).flatMap(({ name: group, processes }) =>
    processes.map(({ name }) => ({ group, name })),
  );
  const byName = new Map([...active, ...written].map((one) => [`${one.group}:${one.name}`, one]));
  return [...byName.values()];
}

/** @param checks those that may say something about one program */
export function explain(
  process: KnownProcess,
  situation: Situation,
  checks: readonly Check[],
  probe: Probe,
): Explanation {
  const isThis = (one: KnownProcess): boolean =>
    one.group === process.group && one.name === process.name;
  const status = situation.programs?.find(isThis) ?? null;
  const history = situation.histories?.find(isThis) ?? null;
  const last = history?.runs.at(-1);
  const config = readConfig(situation);
  const isWritten = config === null || narrowed(config, process).groups.length > 0;
  const diagnosis = examineHost(checks, onlyThis(situation, process), probe);
  const output = lastOutput(process, status, config, probe);
  const known = {
    ...process,
    state: status?.state ?? null,
    history,
    output,
    clue: clueIn(output?.lines ?? []),
    kill:
      last === undefined
        ? null
        : describeKill(
            last,
            { daemonPid: situation.daemon?.pid ?? null, bootedMs: situation.host.bootedMs },
            probe,
          ),
    findings: relevant(diagnosis, status),
    unseen: diagnosis.unseen.map(({ what }) => what),
  };
  const remarks = remarksOf(situation, { status, isWritten });
  const summary = summaryOf(status, history, situation);
  return {
    ...known,
    summary,
    remarks,
    advice: adviceFor(
      {
        ...known,
        label: displayName(process.group, process.name),
        written: config === null ? null : writtenProcess(config, process),
      },
      situation,
      probe,
    ),
  };
}

/** The situation as if the host had this one program. */
function onlyThis(situation: Situation, process: KnownProcess): Situation {
  const isThis = (one: KnownProcess): boolean =>
    one.group === process.group && one.name === process.name;
  const { daemon } = situation.config;
  return {
    ...situation,
    config: {
      ...situation.config,
      daemon: daemon?.ok === true ? { ok: true, value: narrowed(daemon.value, process) } : daemon,
    },
    programs: situation.programs?.filter(isThis) ?? null,
    histories: situation.histories?.filter(isThis) ?? null,
    pools: situation.pools?.filter(({ name }) => name === process.group) ?? null,
  };
}

function writtenProcess(config: Config, process: KnownProcess): ProcessConfig | null {
  return narrowed(config, process).groups[0]?.processes[0] ?? null;
}

function narrowed(config: Config, { group, name }: KnownProcess): Config {
  const groups = config.groups.flatMap((one) => {
    const processes = one.processes.filter((process) => process.name === name);
    return one.name === group && processes.length > 0 ? [{ ...one, processes }] : [];
  });
  return { ...config, groups };
}

/** What says why, without what is only worth knowing; of logs only where a log is the trouble. */
function relevant({ findings }: Diagnosis, status: ProgramStatus | null): readonly CodedFinding[] {
  const isLog = status?.spawnError.includes("making dispatchers") === true;
  return findings.filter(
    ({ severity, area, code }) =>
      severity !== "info" && code !== "PROG-009" && (area !== "logs" || isLog),
  );
}

function summaryOf(
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  situation: Situation,
): string {
  if (history !== null) return describeState(history);
  if (status === null) {
    if (situation.programs !== null) return "The daemon does not know it.";
    return isDown(situation)
      ? "No daemon runs, so nothing supervises it."
      : "The daemon could not be asked, so that its state is not known.";
  }
  const { state, spawnError, description, exitStatus } = status;
  const why = spawnError === "" ? "" : `: ${printable(spawnError)}`;
  const exit = state === "EXITED" ? `, with exit status ${exitStatus}` : "";
  return `It is ${state}${exit}${why}${why === "" && description !== "" ? ` (${printable(description)})` : ""}.`;
}

/** Nobody listens at any of the addresses, and no process looks like the daemon. */
function isDown({ daemon, servers }: Pick<Situation, "daemon" | "servers">): boolean {
  return daemon === null && servers.every(({ kind }) => kind === "missing" || kind === "refused");
}

function remarksOf(
  { config, programs, servers, histories, daemon, daemons }: Situation,
  { status, isWritten }: { readonly status: ProgramStatus | null; readonly isWritten: boolean },
): readonly string[] {
  const remarks: string[] = [];
  for (const other of daemons) {
    // Somebody may mean a program of that one.
    if (daemon !== null && other.pid !== daemon.pid && config.chosenBy !== "option") {
      remarks.push(
        `asked: pid ${daemon.pid}, with ${config.path}; another runs, pid ${other.pid}${other.config === null ? "" : `, with ${other.config} (-c names it)`}`,
      );
    }
  }
  if (programs === null) {
    const [server] = servers;
    const why = server === undefined ? "" : ` (${server.url}: ${server.kind}, ${server.detail})`;
    remarks.push(
      daemon === null
        ? `no daemon answers${why}; this is what the configuration and the files say`
        : `a daemon runs (pid ${daemon.pid}) and does not answer${why}; this is what the configuration and the files say`,
    );
  } else if (histories === null) {
    remarks.push(
      "this daemon does not remember the runs of its programs: it is not tsv, or an older one",
    );
  }
  if (config.daemon?.ok === false) {
    remarks.push(`the configuration cannot be read: ${printable(config.daemon.error.text)}`);
  }
  if (programs !== null && status === null) {
    remarks.push("it is in the configuration and not in the daemon; tsv update adds it");
  }
  if (status !== null && !isWritten) {
    remarks.push("it is in the daemon and no longer in the configuration; tsv update removes it");
  }
  return remarks;
}

/** One line for a run. */
export function describeRun(run: ProgramHistory["runs"][number]): string {
  if (run.ending === "not-spawned") return printable(run.spawnError);
  return describeExit(run);
}
