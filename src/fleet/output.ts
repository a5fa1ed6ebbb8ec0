// `tsv fleet logs` and `tsv fleet run`: the lines of many hosts, each with the name of its host in front, as they come.

import { complaintLines } from "../core/base/complaint.ts";
import { USUAL_COLUMNS } from "../core/base/printable.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { sameHosts } from "../core/fleet/inventory.ts";
import { FLEET_EXIT } from "../core/fleet/outcome.ts";
import type { Terminal } from "../ports/terminal.ts";
import { askAll, failedReport, type Round } from "./all-hosts.ts";
import type { FleetArguments } from "./arguments.ts";
import { HostLines } from "./host-lines.ts";
import { type HostReport, hostComplaint, type Member, runOnHost } from "./on-host.ts";
import { quietTerminal } from "./quiet-terminal.ts";
import { widthOf } from "./table.ts";
import { runSame } from "./verbs.ts";

/** Each host that is followed takes a connection, or a process of ssh, all the time. */
const MOST_FOLLOWED = 256;

/** @returns what each came to; its errors are shown already, but in JSON */
export async function streamOutput(
  args: FleetArguments,
  round: Round,
  members: readonly Member[],
): Promise<readonly HostReport[]> {
  const { action, given } = args;
  const isFollow = action === "logs" && given.follow;
  if (isFollow && members.length > MOST_FOLLOWED) {
    const text = `at most ${MOST_FOLLOWED} hosts can be followed, not ${members.length}: choose with --on`;
    const refused = members.map((member) => failedReport(member, text));
    complain(round.terminal, refused.slice(0, 1));
    return refused;
  }
  const isLive = isFollow || (action === "run" && round.terminal.stdoutIsTty);
  const style = {
    width: widthOf(members.map(({ entry }) => entry.name)),
    json: given.json,
    isLive,
  };
  const same = sameHosts(members.map(({ entry }) => entry));
  const signals = new Signals(round.terminal);
  const all = isFollow ? { ...round, parallel: members.length } : round;
  try {
    return await askAll(
      members,
      all,
      async (member) => {
        const first = same.get(member.entry);
        const isOfLogs = action === "logs";
        const lines = new HostLines(member.entry.name, round.terminal, { ...style, isOfLogs });
        const report =
          first !== undefined
            ? failedReport(member, `it has the url of ${first.name}`)
            : isOfLogs
              ? await readLogs(args, round, member, lines, signals)
              : await runCommand(args, round, member, lines);
        lines.end();
        if (!given.json) complain(round.terminal, [report]);
        return report;
      },
      false,
    );
  } finally {
    signals.forget();
  }
}

function complain(terminal: Terminal, reports: readonly HostReport[]): void {
  for (const { name, errors } of reports) {
    for (const error of errors) {
      const message = `${name}: ${error.message}`;
      const lines = complaintLines({ ...error, message }, USUAL_COLUMNS);
      terminal.writeError(lines.map((line) => `${line}\n`).join(""));
    }
  }
}

async function readLogs(
  args: FleetArguments,
  round: Round,
  member: Member,
  lines: HostLines,
  signals: Signals,
): Promise<HostReport> {
  const { terminal } = round;
  const { given } = args;
  const { name } = member.entry;
  const ofHost: Terminal = {
    ...quietTerminal(terminal),
    ...{ stdoutIsTty: terminal.stdoutIsTty, colours: terminal.colours },
    write: (data) => lines.push("stdout", typeof data === "string" ? Buffer.from(data) : data),
    writeError: (text) => terminal.writeError(text.replace(/^(?=.)/gm, `${name}: `)),
    onInterrupt: (callback) => signals.add(callback),
    onOutputClosed: (callback) => signals.add(callback),
  };
  const shown = { ...given, prefix: given.prefix ?? true };
  const job = runOnHost(
    member,
    (context) => runSame(context, "logs", shown),
    args,
    ofHost,
    // A log that is followed ends by itself at Ctrl-C.
    given.follow ? new Promise<null>(() => undefined) : round.interrupted,
    given.json,
  );
  return await job;
}

async function runCommand(
  { given, wholeMs }: FleetArguments,
  { interrupted }: Round,
  member: Member,
  lines: HostLines,
): Promise<HostReport> {
  const { entry, host } = member;
  if (host.run === null) {
    return failedReport(
      member,
      "it cannot run commands: its url is not ssh://",
      FLEET_EXIT.UNREACHED,
    );
  }
  const { words } = given;
  const [line = ""] = words;
  const command = words.length === 1 ? line : words.map(shellWord).join(" ");
  const output = {
    stdout: (piece: Uint8Array) => lines.push("stdout", piece),
    stderr: (piece: Uint8Array) => lines.push("stderr", piece),
  };
  const run = host.run(command, output, wholeMs);
  const result = await Promise.race([run, interrupted]);
  if (result === null) return failedReport(member, "interrupted", FLEET_EXIT.UNREACHED);
  if (!result.ok) {
    return failedReport(member, hostComplaint(result.error, entry), FLEET_EXIT.UNREACHED);
  }
  const { name, url } = entry;
  return { name, url, exitStatus: result.value, results: [], errors: [], items: [] };
}

/** Ctrl-C and the end of the reader, for all hosts: a terminal tells only the newest. */
class Signals {
  readonly #callbacks = new Set<() => void>();
  readonly #forget: readonly (() => void)[];

  constructor(terminal: Terminal) {
    const ring = (): void => {
      for (const callback of [...this.#callbacks]) callback();
    };
    this.#forget = [terminal.onInterrupt(ring), terminal.onOutputClosed(ring)];
  }

  add(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  forget(): void {
    for (const each of this.#forget) each();
  }
}
