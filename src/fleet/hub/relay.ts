// `tsv fleet relay`: passes connections of the devices of a site on to the hub. TLS is between a device and the hub, so that the hub
// knows each device by its own key, and the relay can neither read nor change anything.

import { parseTcp } from "../../core/config/check-target.ts";
import { readHubUrl } from "../../core/fleet/hub-files.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import { type RelayReports, startRelay } from "../../host/sockets/tcp-relay.ts";
import { createSignals } from "../../host/system/signals.ts";
import { monotonic } from "../../host/time/clock.ts";
import { ownSection } from "./own-section.ts";
import type { Call, HubVerb } from "./verb.ts";

const USUAL_LISTEN = "0.0.0.0:4222";

export const relay: HubVerb = {
  usage: "tsv fleet relay [options]",
  summary: "pass connections of devices of this site on to the hub",
  about: [
    "Pass connections of other devices on to the hub of this host, which its section [fleet] names: for a site where one host reaches the hub, or may. Devices join with --through, and connect to this host instead of the hub.",
    "The connection is encrypted between a device and the hub: this host sees bytes only, and keeps none. It runs until it is stopped, as a program of the daemon.",
  ],
  options: [
    ["--listen <host:port>", `where devices connect to (default: ${USUAL_LISTEN})`, addSetting],
  ],
  examples: [["tsv service add tsv-fleet-relay -- tsv fleet relay", "as a program of the daemon"]],
  isProgram: true,
  run: runRelay,
};

async function runRelay(call: Call): Promise<number> {
  const [word] = call.given.words;
  if (word !== undefined) {
    return call.misused(`fleet relay takes no words, and was given '${word}'`);
  }
  const given = call.option("--listen") ?? USUAL_LISTEN;
  const listen = parseTcp(`tcp://${given}`);
  if (listen === null || typeof listen === "string") {
    return call.misused(`--listen takes HOST:PORT, not '${given}'`);
  }
  const own = await ownSection(call.words, call.given.ctlArguments);
  if (!own.ok) return call.fail(own.error);
  const { url, through } = own.value.section;
  const target = readHubUrl(through === null ? url.replace(/^nats:/, "tls:") : `tls://${through}`);
  if (target === null) return call.failed(`${url} is no tls://HOST:PORT`);
  const log = (text: string): void => call.terminal.write(`${text}\n`);
  const relay = await startRelay(listen, target, reportsOf(log, through ?? url));
  if (!relay.ok) {
    const steps = [["Use another address", "tsv fleet relay --listen HOST:PORT"]] as const;
    return call.failed(relay.error, steps);
  }
  log(`listening at ${given} for devices of ${url}`);
  const signals = createSignals(() => undefined);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) signals.on(signal, resolve);
  });
  relay.value();
  return FLEET_EXIT.OK;
}

/** Between two lines about too many connections. */
const SAID_MS = 3_600_000;

/** Says when the hub is lost and found, and that connections are too many, once an hour. */
function reportsOf(log: (text: string) => void, hub: string): RelayReports {
  let before: string | null = null;
  let saidFull = Number.NEGATIVE_INFINITY;
  return {
    target(problem) {
      if (problem === before) return;
      if (problem === null) log(`${hub} is reached again`);
      else log(`${hub} cannot be reached: ${problem}`);
      before = problem;
    },
    full() {
      if (monotonic() - saidFull < SAID_MS) return;
      saidFull = monotonic();
      log("there are too many connections: further ones are closed");
    },
  };
}
