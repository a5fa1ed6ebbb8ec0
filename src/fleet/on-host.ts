// Runs a verb of ctl on a host of a fleet, within a limit, and collects what it reports. The verbs are those that one daemon gets,
// so that they do the same on each host.

import type { Complaint } from "../core/base/complaint.ts";
import { ok, thrownMessage } from "../core/base/result.ts";
import type { HostEntry } from "../core/fleet/inventory.ts";
import { FLEET_EXIT, type HostOutcome } from "../core/fleet/outcome.ts";
import { type CallResult, type CtlClient, isAnsweredAtOnce } from "../ctl/client.ts";
import { complaintOf } from "../ctl/complaints.ts";
import { CommandContext } from "../ctl/context.ts";
import { type CallFailure, UnhandledFailure } from "../ctl/failure.ts";
import { type Item, ownError, type Reporter } from "../ctl/report.ts";
import type { Where } from "../ctl/where.ts";
import { permissionFacts } from "../host/files/describe-path.ts";
import { monotonic } from "../host/time/clock.ts";
import { startPause } from "../host/time/pause.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { Host } from "./host.ts";
import { silent, within } from "./server-host.ts";
import { SSH_CODE } from "./ssh-host.ts";

/** A host and its section of the inventory. */
export interface Member {
  readonly entry: HostEntry;
  readonly host: Host;
}

/** How long a host has, in milliseconds. */
export interface HostLimits {
  /** For an answer that comes at once. */
  readonly answerMs: number;
  /** For all of it; null for no limit. */
  readonly wholeMs: number | null;
}

/** What a host came to, with the lines for people. */
export interface HostReport extends HostOutcome {
  readonly items: readonly Item[];
}

/** No file and no command of this host is about the daemon of another one. */
const ELSEWHERE: Where = {
  ...{ config: "", daemon: "", file: null, again: "", start: null },
  isElsewhere: true,
};
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Runs a job on a host. Never rejects.
 * @param terminal what the job sees
 * @param interrupted settles when the user does not want to wait any more
 * @param isData the job reports data, and no lines of its own
 */
export async function runOnHost(
  { entry, host }: Member,
  job: (context: CommandContext) => Promise<void>,
  { answerMs, wholeMs }: HostLimits,
  terminal: Terminal,
  interrupted: Promise<null>,
  isData = true,
): Promise<HostReport> {
  const until = wholeMs === null ? null : monotonic() + wholeMs;
  const leftMs = (): number => (until === null ? FOREVER_MS : Math.max(1, until - monotonic()));
  const client = clientOf(host, (method) =>
    isAnsweredAtOnce(method) ? Math.min(answerMs, leftMs()) : leftMs(),
  );
  const report = new Collector(isData);
  const explain = (failure: CallFailure): Complaint => hostComplaint(failure, entry);
  const context = new CommandContext({
    ...{ report, terminal, startPause, client, interactive: false, isOwn: true },
    access: () => ({ ...NO_ACCESS, serverUrl: host.url }),
    openServer: () => undefined,
    explainer: { where: ELSEWHERE, complaint: async (failure) => explain(failure) },
  });
  const work = job(context).then(
    () => "done" as const,
    (error: unknown) => {
      const isCall = error instanceof UnhandledFailure;
      report.complain(isCall ? explain(error.failure) : internalError(error));
      return "done" as const;
    },
  );
  const end = await Promise.race([within(work, leftMs()), interrupted.then(() => "stop" as const)]);
  const late = end === null ? explain(silent(wholeMs ?? 0).error) : null;
  const stopped = end === "stop" ? INTERRUPTED : null;
  if (end !== "done") host.close();
  const errors = [...report.errors, ...[late, stopped].flatMap((each) => each ?? [])];
  const isFailed = errors.length > 0 && context.exitStatus === 0;
  return {
    ...{ name: entry.name, url: entry.url, errors },
    exitStatus: isFailed ? FLEET_EXIT.FAILED : context.exitStatus,
    items: [...report.collected],
    results: report.collected.map(({ data }) => data),
  };
}

const NO_ACCESS = { username: null, password: null };
const INTERRUPTED: Complaint = {
  kind: "failed",
  message: "interrupted: its answer is not known",
  steps: [],
};

function internalError(error: unknown): Complaint {
  return { kind: "failed", message: `internal error: ${thrownMessage(error)}`, steps: [] };
}

/** The client of actions, to a host. @param limitMs of a method */
function clientOf(host: Host, limitMs: (method: string) => number): CtlClient {
  const call: CtlClient["call"] = (method, params = []) =>
    host.call(method, params, limitMs(method));
  return {
    call,
    query: async (calls) => {
      const results: CallResult[] = [];
      for (const { method, params } of calls) {
        const last = results.at(-1);
        const isLost = last?.ok === false && last.error.kind !== "fault";
        results.push(isLost ? last : await call(method, params));
      }
      return results;
    },
    follow: (path, onBytes, onHead) => ok(host.stream(path, onBytes, onHead)),
    close: () => undefined,
  };
}

/** Characters of what a host says of a failure: it may say anything. */
const LONGEST_MESSAGE = 400;

/** What a failure of a call says about a host. */
export function hostComplaint(failure: CallFailure, entry: HostEntry): Complaint {
  if (failure.kind === "connection") {
    const { code, message } = failure.failure;
    if (code === "SILENT") return { kind: "no-answer", message, steps: [] };
    if (code === SSH_CODE || entry.address.kind === "device")
      return { kind: "unreachable", message, steps: [] };
  }
  const { kind, message, steps } = complaintOf(failure, {
    access: { serverUrl: entry.url, username: entry.username, password: null },
    where: ELSEWHERE,
    permission: (path) => permissionFacts(path, "connect"),
  });
  const section = `[host:${entry.name}]`;
  const helps = steps.flatMap(([text, command]) => {
    const isOfOne = command !== null || text.includes("-s URL");
    return isOfOne ? [] : [[text.replace("[supervisorctl]", section), null] as const];
  });
  return {
    kind,
    message: message.slice(0, LONGEST_MESSAGE),
    steps: kind === "unauthorized" ? credentialSteps(helps, section) : helps,
  };
}

function credentialSteps(helps: Complaint["steps"], section: string): Complaint["steps"] {
  return helps.map(([text, command]) =>
    text.includes("-u NAME")
      ? [`Set username= and password= in ${section}`, null]
      : [text, command],
  );
}

/** Keeps results and errors. It takes nothing for people but their lines. */
class Collector implements Reporter {
  readonly isData: boolean;
  readonly collected: Item[] = [];
  readonly errors: Complaint[] = [];

  constructor(isData: boolean) {
    this.isData = isData;
  }

  items(items: readonly Item[]): void {
    this.collected.push(...items);
  }

  item(item: Item): void {
    this.collected.push(item);
  }

  error(line: string): void {
    this.errors.push(ownError(line));
  }

  complain(complaint: Complaint): void {
    this.errors.push(complaint);
  }

  hint(): void {}
  usage(): void {}
  chunk(): void {}
  notice(): void {}
  finish(): void {}
}
