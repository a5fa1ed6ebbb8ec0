// `tsv fleet hub`: the hub's program. It makes the streams, and runs its parts on each connection.

import { thrownMessage } from "../../core/base/result.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { createSignals } from "../../host/system/signals.ts";
import { type LinkEvents, type Session, stayConnected } from "../nats/connection.ts";
import { makeStreams } from "../nats/streams.ts";
import { createRollouts } from "../rollouts/hub.ts";
import { daemonOf, hubOf } from "./change.ts";
import { createEnrolment } from "./enrolment.ts";
import type { HubPart } from "./part.ts";
import { ownMembership } from "./store.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

export const hub: HubVerb = {
  usage: "tsv fleet hub [options]",
  summary: "the hub's program",
  about: [
    "Admit devices to the fleet and carry out roll-outs. A program of the daemon runs this, which tsv fleet init writes.",
  ],
  options: [DIR_OPTION],
  examples: [["tsv fleet hub", "as [program:tsv-fleet-hub] has it"]],
  isProgram: true,
  run: runHub,
};

async function runHub(call: Call): Promise<number> {
  const found = hubOf(call);
  if (!found.ok) return found.error;
  const daemon = await daemonOf(found.value, call);
  if (!daemon.ok) return call.fail(daemon.error);
  const log = (text: string): void => call.terminal.write(`${text}\n`);
  const enrolment = createEnrolment(found.value, daemon.value.call, log);
  const parts: readonly HubPart[] = [enrolment, createRollouts(log)];
  const signals = createSignals((_, error) => log(thrownMessage(error)));
  const over = new Promise<void>((resolve) => {
    signals.on("SIGTERM", resolve);
    signals.on("SIGINT", resolve);
  });
  signals.on("SIGHUP", () => {
    for (const part of parts) part.changed();
  });
  const events: LinkEvents = {
    connected(session) {
      void begin(session, parts, log);
    },
    lost: (why) => log(`lost the connection to nats-server: ${why}`),
    failed: ({ text }) => log(`no connection to nats-server: ${text}`),
    denied: log,
  };
  // There is one hub: it comes back first.
  const end = stayConnected(ownMembership(found.value, "key"), events, () => 1);
  await over;
  await end();
  return FLEET_EXIT.OK;
}

async function begin(
  session: Session,
  parts: readonly HubPart[],
  log: (text: string) => void,
): Promise<void> {
  const made = await makeStreams(session);
  if (!made.ok) {
    log(made.error);
    session.giveUp(made.error);
    return;
  }
  log("connected to nats-server");
  for (const part of parts) part.connected(session);
}
