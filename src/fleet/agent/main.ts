// `tsv fleet agent`: the program of a device. It connects to the hub, and answers calls, publishes events and reports the state of this
// host over that connection, until it is stopped.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../../core/base/help-page.ts";
import { USUAL_COLUMNS } from "../../core/base/printable.ts";
import { err } from "../../core/base/result.ts";
import type { FleetConfig } from "../../core/config/fleet.ts";
import { hostReport } from "../../core/fleet/reported.ts";
import { inboxOf } from "../../core/fleet/subjects.ts";
import { readProcessRows } from "../../ctl/answers.ts";
import { type CtlAccess, createCtlClient, targetOf } from "../../ctl/client.ts";
import { setupOf, withTerminal } from "../../ctl/setup.ts";
import { COMMON_OPTIONS, parseVerbArguments } from "../../ctl/verb-arguments.ts";
import { findSilentMounts } from "../../host/files/silent-mounts.ts";
import { httpClient } from "../../host/http/http-client.ts";
import { createProcessFacts } from "../../host/processes/process-stats.ts";
import { ownHostName } from "../../host/system/identity.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { VERSION } from "../../version.ts";
import { ownSection } from "../hub/own-section.ts";
import { stayConnected } from "../nats/connection.ts";
import { createDeviceConfiguration, type DeviceDeps } from "../rollouts/device.ts";
import { type LocalDaemon, serveCalls } from "./calls.ts";
import { publishEvents } from "./events.ts";
import { createReporter } from "./report.ts";

const EXIT = { FAILED: 1, USAGE: 2, OK: 0 } as const;

/** The option that names a configuration. */
const OPTIONS = COMMON_OPTIONS.filter(([term]) => term.startsWith("-c,"));

const PAGE: HelpPage = {
  usage: [["tsv fleet agent [options]", ""]],
  about: [
    "Connect this host to the hub of its fleet, answer calls of operators, and report events and states. This is the program [program:tsv-fleet] that tsv fleet join writes; it runs until it is stopped.",
    "The hub, the name of this device and its key are in the section [fleet] of the configuration of its daemon.",
  ],
  options: [...OPTIONS.map(([term, meaning]) => [term, meaning] as const), HELP_OPTION],
  examples: [["tsv fleet agent -c /etc/tsv/tsv.conf", "with this configuration"]],
  statuses: [
    [0, "stopped"],
    [2, "usage error, or the configuration cannot be used"],
  ],
};

/** @param argv the words behind `tsv fleet agent` @returns the exit status */
export function runAgent(argv: readonly string[]): Promise<number> {
  return withTerminal(async (terminal) => {
    const fail = (complaint: Complaint): number => {
      const lines = complaintLines(complaint, USUAL_COLUMNS);
      terminal.writeError(lines.map((line) => `${line}\n`).join(""));
      return EXIT.USAGE;
    };
    const misused = (message: string): number =>
      fail({ kind: "usage", message, steps: [["For help", "tsv fleet agent -h"]] });
    const parsed = parseVerbArguments("fleet agent", { options: [] }, argv);
    if (!parsed.ok) return misused(parsed.error.message);
    if (parsed.value.help) {
      terminal.write(helpText(PAGE, terminal.size()?.columns ?? null));
      return EXIT.OK;
    }
    const { words, ctlArguments } = parsed.value;
    if (words.length > 0) return misused(`fleet agent takes no names, and was given '${words[0]}'`);
    const own = await ownSection(["fleet", "agent", ...argv], ctlArguments);
    if (!own.ok) return fail(own.error);
    await serve(terminal, own.value.section, own.value.file, ctlArguments);
    return EXIT.OK;
  });
}

/** Nothing is known that could be called. */
const NO_DAEMON = err({
  kind: "connection" as const,
  failure: { code: "ENOENT", message: "no daemon" },
});
/** Milliseconds between two looks at the states of programs, after events. */
const LOOK_MS = 10_000;
/** Between two lines about what the hub does not permit, or about another connection with this key. */
const SAID_MS = 3_600_000;

/** Serves until the process is stopped. */
async function serve(
  terminal: Terminal,
  config: FleetConfig,
  file: string,
  ctlArguments: readonly string[],
): Promise<void> {
  const { url, through, key, ca, name, labels } = config;
  const hub = through === null ? url : `${url} through ${through}`;
  const log = (text: string): void => terminal.write(`${text}\n`);
  const seldom = createSeldom(log);
  const daemon = createOwnDaemon(ctlArguments);
  const reporter = createReporter(name);
  const configuration = createDeviceConfiguration({
    ...{ device: name, config: file, call: daemon.call, log },
    report: (reported) => reporter.set("configuration", reported),
  });
  const run = `${Date.now().toString(36)}-${process.pid}`;
  let [states, isContended]: [readonly string[] | null, boolean] = [null, false];
  let version = VERSION;
  const { bootId } = createProcessFacts();
  const tell = (): void => {
    const facts = { version, hostName: ownHostName(), labels, bootId, states, isContended };
    reporter.set("host", hostReport(facts));
  };
  const look = createLook(daemon, (found) => {
    states = found;
    tell();
  });
  const stop = stayConnected(
    { url, through, key, ca, name, inboxPrefix: inboxOf(name) },
    {
      connected(session) {
        log(`connected to the hub at ${hub} as ${name}`);
        reporter.use(session);
        configuration.connected(session);
        serveCalls(session, name, daemon);
        void publishEvents(session, name, run, daemon, {
          daemonIsUp(server) {
            // An upgrade of the daemon leaves this process as it is.
            version = /^tsv\/(\S+)/.exec(server)?.[1] ?? version;
            tell();
            look();
          },
          daemonIsGone() {
            states = null;
            tell();
          },
          happened: look,
          contended() {
            isContended = true;
            tell();
            seldom(
              `another connection uses the key of ${name}: revoke it on the hub and join again`,
            );
          },
          log,
        });
      },
      lost: (why) => log(`lost the hub at ${hub}: ${why}`),
      failed: ({ text }) => log(`cannot connect to the hub at ${hub}: ${text}`),
      denied: (text) => seldom(text),
    },
  );
  await stopped();
  await stop();
}

/** Settles at a signal that ends programs. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(signal, () => resolve());
    }
  });
}

/** Prints a line at most so often, without what differs from one to the next. */
function createSeldom(log: (text: string) => void): (text: string) => void {
  const last = new Map<string, number>();
  return (text) => {
    const kind = text.replace(/ \S+$/, "");
    const before = last.get(kind);
    if (before !== undefined && monotonic() - before < SAID_MS) return;
    last.set(kind, monotonic());
    log(text);
  };
}

/** A daemon that also says in which states its processes are; null when it does not answer. */
interface OwnDaemon extends LocalDaemon {
  states(): Promise<readonly string[] | null>;
  readonly call: DeviceDeps["call"];
}

/** The daemon as ctl finds it, and finds it again after a failure: it may listen elsewhere then. */
function createOwnDaemon(ctlArguments: readonly string[]): OwnDaemon {
  let access: CtlAccess | null = null;
  const target: LocalDaemon["target"] = () => {
    if (access === null) {
      const setup = setupOf(["tsv", ...ctlArguments], true);
      if (setup.kind !== "run") return err("its configuration cannot be read");
      access = setup.options;
    }
    const found = targetOf(access);
    return found.ok ? found : err("the address of its server is wrong");
  };
  const failed = (): void => {
    // The configuration is read again, on the only thread: what does not answer must be known before.
    void findSilentMounts().then(() => {
      access = null;
    });
  };
  return {
    target,
    failed,
    async call(method, params, patienceMs) {
      const found = target();
      const at = access;
      if (!found.ok || at === null) return NO_DAEMON;
      const client = createCtlClient(httpClient, () => at, { patienceMs });
      const answer = await client.call(method, params);
      client.close();
      if (!answer.ok && answer.error.kind !== "fault") failed();
      return answer;
    },
    async states() {
      if (!target().ok || access === null) return null;
      const found = access;
      const client = createCtlClient(httpClient, () => found);
      const answer = await client.call("supervisor.getAllProcessInfo");
      client.close();
      if (!answer.ok) {
        failed();
        return null;
      }
      return readProcessRows(answer.value).map(({ stateName }) => stateName);
    },
  };
}

/** Asks for the states of all processes: now, or when the last look is long enough ago. */
function createLook(
  daemon: OwnDaemon,
  found: (states: readonly string[] | null) => void,
): () => void {
  let [isWanted, isLooking] = [false, false];
  const look = async (): Promise<void> => {
    isLooking = true;
    while (isWanted) {
      isWanted = false;
      found(await daemon.states());
      await startPause(LOOK_MS).over;
    }
    isLooking = false;
  };
  return () => {
    isWanted = true;
    if (!isLooking) void look();
  };
}
