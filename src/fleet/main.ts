// `tsv fleet`: asks the daemons of many hosts at the same time, and shows one table. The hosts are in an inventory; nothing is
// installed on them.

import { type Complaint, complaintLines } from "../core/base/complaint.ts";
import { envelopeText } from "../core/base/envelope.ts";
import { helpText } from "../core/base/help-page.ts";
import { textColumns } from "../core/base/printable.ts";
import { chooseHosts, isAll } from "../core/fleet/choice.ts";
import { type HostEntry, sameHosts } from "../core/fleet/inventory.ts";
import { columnLines, FLEET_EXIT, fleetStatus, GAP, rowOf } from "../core/fleet/outcome.ts";
import { withTerminal } from "../ctl/setup.ts";
import { findVerb } from "../ctl/verbs.ts";
import { stayAlive } from "../host/system/signals.ts";
import { canAsk, isConfirmed } from "../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../ports/terminal.ts";
import { askAll, failedReport, type Round } from "./all-hosts.ts";
import { type FleetArguments, fleetPage, parseFleet, readAction } from "./arguments.ts";
import { applyPage, wholePage } from "./help.ts";
import { openInventory } from "./host/inventory-file.ts";
import { HUB_VERBS } from "./hub/table.ts";
import { runHubVerb } from "./hub/verb.ts";
import { awayHub, type HubDevices, openHub } from "./hub-devices.ts";
import { type HostReport, type Member, runOnHost } from "./on-host.ts";
import { quietTerminal } from "./quiet-terminal.ts";
import { rolloutVerb } from "./rollouts/table.ts";
import { printTable, widthOf } from "./table.ts";
import { createHost } from "./transports.ts";
import {
  askStatus,
  programWidth,
  runApply,
  runSame,
  type StatusAnswer,
  statusLines,
} from "./verbs.ts";

const INTERRUPTED = 130;
const VERB = "fleet";

/** Runs `tsv fleet`. @returns the exit status */
export async function runFleet(argv: readonly string[]): Promise<number> {
  if (argv[0] === "agent") {
    return await (await import("./agent/main.ts")).runAgent(argv.slice(1));
  }
  return await withTerminal(async (terminal) => {
    if (argv[0] === "apply" && argv.some((word) => word === "-h" || word === "--help")) {
      terminal.write(helpText(applyPage(), terminal.size()?.columns ?? null));
      return FLEET_EXIT.OK;
    }
    const release = stayAlive();
    try {
      const verb = HUB_VERBS.get(argv[0] ?? "") ?? rolloutVerb(argv);
      if (verb !== null) return await runHubVerb(terminal, verb, ["fleet", ...argv]);
      return await runLine(terminal, argv);
    } finally {
      release();
    }
  });
}

async function runLine(terminal: Terminal, argv: readonly string[]): Promise<number> {
  const isJson = argv.includes("--json");
  const columns = terminal.size()?.columns ?? null;
  const action = readAction(argv);
  const fail = (complaints: readonly Complaint[]): number => {
    if (isJson) {
      const more = { action: action.ok ? action.value : null };
      const exitStatus = FLEET_EXIT.USAGE;
      terminal.write(
        envelopeText({ verb: VERB, exitStatus, results: [], errors: complaints }, more),
      );
    } else {
      const lines = complaints.flatMap((each) => complaintLines(each, textColumns(columns)));
      terminal.writeError(lines.map((line) => `${line}\n`).join(""));
    }
    return FLEET_EXIT.USAGE;
  };
  const refuse = ({ message, steps }: Omit<Complaint, "kind">): number => {
    const help =
      action.ok && action.value !== "help" ? `tsv fleet ${action.value} -h` : "tsv fleet -h";
    return fail([{ kind: "usage", message, steps: [...steps, ["For help", help]] }]);
  };
  if (!action.ok) return refuse(action.error);
  if (action.value === "help") {
    terminal.write(helpText(wholePage(), columns));
    return FLEET_EXIT.OK;
  }
  const parsed = parseFleet(action.value, argv.slice(1));
  if (!parsed.ok) return refuse(parsed.error);
  if (parsed.value === "help") {
    terminal.write(helpText(fleetPage(action.value), columns));
    return FLEET_EXIT.OK;
  }
  const problem = (await findVerb(action.value)?.problem?.(parsed.value.given)) ?? null;
  if (problem !== null) return refuse(problem);
  const { choice, inventory: given, isActing } = parsed.value;
  const inventory = openInventory(given);
  if (!inventory.ok) return fail(inventory.error);
  const { warning, file } = inventory.value;
  if (warning !== null && !isJson) {
    terminal.writeError(`Warning: ${warning[0]}\n  ${warning[1]}\n`);
  }
  const { hosts, hub } = inventory.value;
  const opened = hub === null ? null : await openHub(hub);
  const away = opened?.ok === false ? opened.error : null;
  const devices = opened?.ok === true ? opened.value : hub && awayHub(hub, away ?? "");
  const chosen = chooseHosts([...hosts, ...(devices?.entries ?? [])], choice);
  if (!chosen.ok) {
    devices?.close();
    const message = `${chosen.error} (${file}${away === null ? "" : `; ${hub?.url}: ${away}`})`;
    return fail([{ kind: "usage", message, steps: [["Show the hosts", "tsv fleet hosts"]] }]);
  }
  if (isActing && isAll(choice) && !parsed.value.given.yes && !canAsk(terminal)) {
    devices?.close();
    const message = `this is for all ${chosen.value.length} hosts: choose some with --on or --label, or give --yes`;
    return refuse({ message, steps: [] });
  }
  try {
    return await runAction(terminal, parsed.value, chosen.value, devices);
  } finally {
    devices?.close();
  }
}

/** Runs an action on the hosts that were chosen. @returns the exit status */
async function runAction(
  terminal: Terminal,
  args: FleetArguments,
  entries: readonly HostEntry[],
  devices: HubDevices | null,
): Promise<number> {
  const { action, given, parallel } = args;
  if (action === "hosts") return listHosts(terminal, given.json, entries);
  const members = entries.map((entry): Member => ({ entry, host: createHost(entry, devices) }));
  const closeAll = (): void => {
    for (const { host } of members) host.close();
  };
  let isOver = false;
  let interrupt = (): void => undefined;
  const interrupted = new Promise<null>((resolve) => {
    interrupt = () => {
      isOver = true;
      resolve(null);
    };
  });
  const round: Round = { terminal, parallel, interrupted, isInterrupted: () => isOver };
  const forget = [terminal.onHangup(closeAll)];
  if (!(await isWanted(args, round, members))) {
    closeAll();
    return FLEET_EXIT.OK;
  }
  forget.push(terminal.onInterrupt(interrupt));
  try {
    if (action === "ui") return await showPages(args, round, members);
    const reports = await reportsOf(args, round, members);
    const exitStatus = isOver && !given.follow ? INTERRUPTED : fleetStatus(action, reports);
    if (given.json) {
      const results = reports.map((report) => rowOf(report, action === "status"));
      terminal.write(envelopeText({ verb: VERB, exitStatus, results, errors: [] }, { action }));
    }
    return exitStatus;
  } finally {
    for (const each of forget) each();
    closeAll();
  }
}

/** Serves pages until Ctrl-C. */
async function showPages(
  { listen, answerMs, parallel }: FleetArguments,
  { terminal, interrupted }: Round,
  members: readonly Member[],
): Promise<number> {
  const { serveUi } = await import("./ui/serve.ts");
  const options = { address: listen, answerMs, parallel };
  const served = await serveUi(terminal, members, options, interrupted);
  if (served.ok) return FLEET_EXIT.OK;
  const complaint: Complaint = {
    kind: "failed",
    message: served.error,
    steps: [["Use another port", "tsv fleet ui --listen 127.0.0.1:9003"]],
  };
  const lines = complaintLines(complaint, textColumns(terminal.size()?.columns ?? null));
  terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  return FLEET_EXIT.FAILED;
}

/** Asks a person, before something changes on all hosts, or a plan is applied. */
async function isWanted(
  args: FleetArguments,
  round: Round,
  members: readonly Member[],
): Promise<boolean> {
  const { action, given, choice, isActing } = args;
  const { terminal } = round;
  if (!isActing || given.yes || given.json || !canAsk(terminal)) return true;
  const count = members.length === 1 ? "1 host" : `${members.length} hosts`;
  if (action === "apply" && !given.undo) {
    const plan = { ...args, given: { ...given, plan: true } };
    const reports = await askMembers(plan, round, members);
    printTable(terminal, reports, "nothing to apply");
    if (reports.every(({ items }) => items.length === 0)) return false;
    return await isConfirmed(terminal, `Apply this on ${count}`);
  }
  if (!isAll(choice)) return true;
  const what = action === "run" ? "Run this" : `${action} ${given.words.join(" ")}`;
  return await isConfirmed(terminal, `${what} on all ${count}`);
}

/** Asks all, and shows what they came to, if a person reads it. */
async function reportsOf(
  args: FleetArguments,
  round: Round,
  members: readonly Member[],
): Promise<readonly HostReport[]> {
  const { action, given } = args;
  const { terminal } = round;
  if (action === "logs" || action === "run") {
    const { streamOutput } = await import("./output.ts");
    return await streamOutput(args, round, members);
  }
  if (action === "status") return await showStatus(args, round, members);
  const reports = await askMembers(args, round, members);
  if (!given.json) printTable(terminal, reports, "nothing to do");
  return reports;
}

/** Runs the verb on each host, but for those that another section names, too. */
async function askMembers(
  args: FleetArguments,
  round: Round,
  members: readonly Member[],
): Promise<readonly HostReport[]> {
  const { action, given } = args;
  return await askEach(args, round, members, async (context) => {
    if (action === "apply") await runApply(context, given);
    else await runSame(context, action, given);
  });
}

async function askEach(
  args: Pick<FleetArguments, "answerMs" | "wholeMs">,
  round: Round,
  members: readonly Member[],
  job: (context: Parameters<typeof askStatus>[0], member: Member) => Promise<void>,
): Promise<readonly HostReport[]> {
  const same = sameHosts(members.map(({ entry }) => entry));
  const quiet = quietTerminal(round.terminal);
  return await askAll(members, round, async (member) => {
    const first = same.get(member.entry);
    if (first !== undefined) return failedReport(member, `it has the url of ${first.name}`);
    return await runOnHost(
      member,
      (context) => job(context, member),
      args,
      quiet,
      round.interrupted,
    );
  });
}

async function showStatus(
  args: FleetArguments,
  round: Round,
  members: readonly Member[],
): Promise<readonly HostReport[]> {
  const { given } = args;
  const { terminal } = round;
  const answers = new Map<string, StatusAnswer>();
  const reports = await askEach(args, round, members, async (context, { entry }) => {
    const answer = await askStatus(context, given);
    if (answer !== null) answers.set(entry.name, answer);
  });
  const columns = terminal.size()?.columns ?? null;
  const room = columns === null ? null : columns - widthOf(reports.map(({ name }) => name)) - GAP;
  const width = programWidth([...answers.values()]);
  const whole = reports.map((report): HostReport => {
    const answer = answers.get(report.name);
    const items = answer === undefined ? [] : statusLines(answer, room, width);
    return { ...report, items, results: items.map(({ data }) => data) };
  });
  if (!given.json) {
    printTable(terminal, whole, given.failed ? "no program needs attention" : "no programs", true);
  }
  return whole;
}

function listHosts(terminal: Terminal, isJson: boolean, entries: readonly HostEntry[]): number {
  const exitStatus = FLEET_EXIT.OK;
  if (isJson) {
    const results = entries.map(({ name, url, labels }) => {
      return { host: name, url, labels: Object.fromEntries(labels) };
    });
    const more = { action: "hosts" };
    terminal.write(envelopeText({ verb: VERB, exitStatus, results, errors: [] }, more));
    return exitStatus;
  }
  const rows = entries.map(({ name, url, labels }) => {
    return [name, url, Array.from(labels, ([label, value]) => `${label}=${value}`).join(", ")];
  });
  const lines = columnLines(rows);
  terminal.write(lines.map((line) => `${line}\n`).join(""));
  return exitStatus;
}
