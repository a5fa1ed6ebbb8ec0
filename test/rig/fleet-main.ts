// A device or a hub of a test, as a process of its own: `node fleet-main.js device|hub MEMBERSHIP [CONFIG]`; or a verb of
// roll-outs: `node fleet-main.js verb WORDS`.

import { createCtlClient } from "../../src/ctl/client.ts";
import { setupOf, withTerminal } from "../../src/ctl/setup.ts";
import { runHubVerb } from "../../src/fleet/hub/verb.ts";
import { putEntry } from "../../src/fleet/nats/buckets.ts";
import type { Membership, Session } from "../../src/fleet/nats/connection.ts";
import { stayConnected } from "../../src/fleet/nats/connection.ts";
import {
  createDeviceConfiguration,
  type ReportedConfiguration,
} from "../../src/fleet/rollouts/device.ts";
import { createRollouts } from "../../src/fleet/rollouts/hub.ts";
import { rolloutVerb } from "../../src/fleet/rollouts/table.ts";
import { httpClient } from "../../src/host/http/http-client.ts";

const [kind = "", given = "", config = ""] = process.argv.slice(2);
if (kind === "verb") await runRolloutVerb(process.argv.slice(3));
const membership = JSON.parse(given) as Membership;
const log = (line: string): void => void process.stdout.write(`${line}\n`);

async function runRolloutVerb(words: readonly string[]): Promise<never> {
  const verb = rolloutVerb(words);
  if (verb === null) throw new Error(`no verb ${words[0]}`);
  process.exit(await withTerminal((terminal) => runHubVerb(terminal, verb, ["fleet", ...words])));
}

function connectedDevice(): (session: Session) => void {
  const setup = setupOf(["tsv", "-c", config], true);
  if (setup.kind !== "run") throw new Error(`${config}: ${setup.kind}`);
  let session: Session | null = null;
  let last: ReportedConfiguration | null = null;
  const send = (): void => {
    if (session === null || last === null) return;
    void putEntry(session, "reported", membership.name, JSON.stringify({ configuration: last }));
  };
  const part = createDeviceConfiguration({
    ...{ device: membership.name, config, log },
    async call(method, params, patienceMs) {
      const client = createCtlClient(httpClient, () => setup.options, { patienceMs });
      const answer = await client.call(method, params);
      client.close();
      return answer;
    },
    report(reported) {
      last = reported;
      send();
    },
  });
  return (made) => {
    session = made;
    send();
    part.connected(made);
  };
}

const hub = createRollouts(log);
const connected = kind === "device" ? connectedDevice() : (made: Session) => hub.connected(made);
stayConnected(membership, {
  connected(session) {
    log("connected");
    connected(session);
  },
  lost: (why) => log(`lost: ${why}`),
  failed: ({ text }) => log(`failed: ${text}`),
  denied: log,
});
