// A fleet as its operator has it: from nothing to a device whose programs are seen, restarted and changed through the hub.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import { startHub, TestDevice, withoutFleet } from "./rig/fleet.ts";
import { e2e } from "./rig/rig.ts";

interface Row {
  readonly host: string;
  readonly ok: boolean;
  readonly results: readonly { readonly name: string; readonly state: string }[];
  readonly error: { readonly message: string } | null;
}

e2e(
  "a device that joins a hub is a host of every verb, until it is revoked",
  withoutFleet(),
  async (rig) => {
    const hub = await startHub(rig);
    assert.equal((await hub.init()).status, 0);
    const device = new TestDevice(rig, "pi-7");
    rig.write(
      "pi-7/conf.d/web.conf",
      "[program:web]\ncommand=sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\n",
    );
    rig.launch({ config: device.config });
    const isUp = async () => (await rig.tsv("status", "-c", device.config)).status === 0;
    await until(isUp, { what: "the daemon of the device" });
    const joined = await device.join(await hub.invite("pi-7"));
    assert.equal(joined.status, 0, joined.stderr);

    const inventory = `${hub.directory}/operators/admin/fleet.conf`;
    const fleet = (action: string, ...words: readonly string[]) =>
      rig.tsv("fleet", action, "--inventory", inventory, ...words);
    const rows = async (action: string, ...words: readonly string[]): Promise<readonly Row[]> => {
      const { stdout, stderr } = await fleet(action, "--json", ...words);
      assert.equal(stderr, "");
      return (JSON.parse(stdout) as { readonly results: readonly Row[] }).results;
    };
    const seen = async () =>
      (await rows("status").catch(() => [])).find(({ host }) => host === "pi-7");
    const row = await until(seen, { what: "a report of the device", timeoutMs: 60_000 });
    const states = row.results.map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(states.sort(), ["tsv-fleet RUNNING", "web RUNNING"]);
    const hosts = await fleet("hosts");
    assert.match(hosts.stdout, /^pi-7 +tls:\/\/127\.0\.0\.1:\d+\/pi-7$/m);

    const restarted = await fleet("restart", "web", "--on", "pi-*");
    assert.deepEqual([restarted.status, restarted.stderr], [0, ""]);
    assert.match(restarted.stdout, /pi-7 {2}web: started/);
    const logs = await fleet("logs", "web", "-n", "1");
    assert.match(logs.stdout, /^pi-7 \| \S+ +web \| hello$/m);
    assert.match(readFileSync(rig.path("pi-7/d.log"), "utf8"), /admin@fleet/);

    rig.write("web2.conf", "[program:web2]\ncommand=sleep 1000\nstartsecs=0\n");
    const applied = await fleet("apply", rig.path("web2.conf"), "--yes", "--settle", "1");
    assert.equal(applied.status, 0, `${applied.stdout}${applied.stderr}`);
    const changed = await rows("status", "--on", "pi-7", "web2");
    assert.equal(changed[0]?.results[0]?.state, "RUNNING");

    assert.equal((await hub.verb("revoke", "pi-7")).status, 0);
    const revoked = await rows("status", "--on", "pi-7");
    assert.equal(revoked[0]?.ok, false);
    assert.match(revoked[0]?.error?.message ?? "", /no agent/);
  },
);

e2e("a hub that is away has a row, and the other hosts are asked", withoutFleet(), async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const inventory = `${hub.directory}/operators/admin/fleet.conf`;
  const stopped = await rig.verb("stop", "nats-server");
  assert.equal(stopped.status, 0, stopped.stderr);
  const { status, stdout } = await rig.tsv("fleet", "status", "--inventory", inventory);
  assert.equal(status, 1);
  assert.match(stdout, /^hub {2}error: its devices are not known: /m);
  const chosen = await rig.tsv("fleet", "status", "--inventory", inventory, "--on", "pi-7");
  assert.equal(chosen.status, 2);
  assert.match(chosen.stderr, /no host matches 'pi-7'[\s\S]*cannot be reached/);
});
