// A site whose devices reach the hub through one of them, which runs `tsv fleet relay`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EVENTS_STREAM, eventSubject, inboxOf } from "../../src/core/fleet/subjects.ts";
import { connect, type Session } from "../../src/fleet/nats/connection.ts";
import { freePort } from "../rig/free-port.ts";
import { until } from "../rig/wait.ts";
import { startHub, TestDevice, withoutFleet } from "./rig/fleet.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

interface Event {
  readonly kind: string;
  readonly seq?: number;
  readonly name?: string;
}

/** All events of a device that its hub has, oldest first. */
async function eventsOf(session: Session, device: string): Promise<readonly Event[]> {
  const found: Event[] = [];
  for (let seq = 1; ; ) {
    const wanted = JSON.stringify({ seq, next_by_subj: eventSubject(device) });
    const answer = await session.request(`$JS.API.DIRECT.GET.${EVENTS_STREAM}`, wanted, 30_000);
    assert.ok(answer.ok);
    if (answer.value.status !== null) return found;
    seq = Number(answer.value.header("Nats-Sequence")) + 1;
    found.push(...JSON.parse(new TextDecoder().decode(answer.value.data)).events);
  }
}

e2e(
  "devices reach the hub through a relay, and nothing is lost when it was away",
  withoutFleet(),
  async (rig) => {
    const hub = await startHub(rig);
    // No name server knows it: only the relay leads to the hub.
    const made = await hub.init("--url", `tls://hub.invalid:${hub.port}`);
    assert.equal(made.status, 0, made.stderr);
    const [gateway, pi] = [new TestDevice(rig, "gw"), new TestDevice(rig, "pi-7")];
    for (const { config } of [gateway, pi]) {
      rig.launch({ config });
      const isUp = async () => (await rig.tsv("status", "-c", config)).status === 0;
      await until(isUp, { what: "a daemon" });
    }
    const joined = await gateway.join(await hub.invite("gw"), `127.0.0.1:${hub.port}`);
    assert.equal(joined.status, 0, joined.stderr);
    const listen = `127.0.0.1:${await freePort()}`;
    const relay = [TSV, "fleet", "relay", "-c", gateway.config, "--listen", listen];
    const added = await rig.tsv("service", "add", "relay", "-c", gateway.config, "--", ...relay);
    assert.equal(added.status, 0, added.stderr);
    const through = await pi.join(await hub.invite("pi-7"), listen);
    assert.equal(through.status, 0, through.stderr);
    assert.match(readFileSync(rig.path("pi-7/conf.d/tsv-fleet.conf"), "utf8"), /^through=127/m);

    const ca = `${hub.directory}/authority.pem`;
    const key = `${hub.directory}/operators/admin/admin.key`;
    const opened = await connect({
      ...{ url: hub.url, key, ca, name: "admin", inboxPrefix: inboxOf("admin") },
    });
    assert.ok(opened.ok);
    const inventory = `${hub.directory}/operators/admin/fleet.conf`;
    const reachable = rig.write(
      "hub/operators/admin/near.conf",
      readFileSync(inventory, "utf8").replace("hub.invalid", "127.0.0.1"),
    );
    const fleet = (...words: readonly string[]) =>
      rig.tsv("fleet", ...words, "--inventory", reachable, "--on", "pi-7");
    const isSeen = async () => (await fleet("status")).status === 0;
    await until(isSeen, { what: "the device", timeoutMs: 60_000 });

    const ctl = (verb: string, program: string, device: TestDevice) =>
      rig.tsv(verb, "-c", device.config, program);
    const agentLog = async () => (await ctl("logs", "tsv-fleet", pi)).stdout;
    assert.equal((await ctl("stop", "relay", gateway)).status, 0);
    const isLost = async () => /lost the hub at \S+ through 127/.test(await agentLog());
    await until(isLost, { what: "the device to lose the hub" });
    const web = ["service", "add", "web", "-c", pi.config, "--", "sleep", "1000"];
    assert.equal((await rig.tsv(...web)).status, 0);
    assert.equal((await ctl("start", "relay", gateway)).status, 0);
    await until(isSeen, { what: "the device again", timeoutMs: 60_000 });
    const session = opened.value;
    const events = await until(
      async () => {
        const seen = await eventsOf(session, "pi-7");
        return seen.some(({ name, kind }) => name === "web" && kind === "executes") && seen;
      },
      { what: "what happened meanwhile" },
    );
    assert.deepEqual(
      events.filter(({ kind }) => kind === "gap"),
      [],
    );
    const numbers = events.flatMap(({ seq }) => seq ?? []);
    const [first = 0] = numbers;
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => first + at),
    );
    await session.close();
  },
);

e2e("fleet relay says what it cannot use", withoutFleet(), async (rig) => {
  rig.configure("");
  const relay = (...words: readonly string[]) =>
    rig.tsv("fleet", "relay", "-c", rig.path("d.conf"), ...words);
  const none = await relay();
  assert.equal(none.status, 1);
  assert.match(none.stderr, /has no section \[fleet\]/);
  const wrong = await relay("--listen", "4222");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--listen takes HOST:PORT/);
  rig.configure("[fleet]\nurl=tls://h\nname=a\nkey=k\nthrough=a b\n");
  const bad = await relay();
  assert.match(bad.stderr, /through is not HOST:PORT/);
});
