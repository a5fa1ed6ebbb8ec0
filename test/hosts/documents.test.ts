// README's quick start, docs/getting-started.md and the migration of docs/coming-from.md, followed word for word on a fresh host,
// by a user with sudo; and the first fleet of docs/fleet.md on three hosts, by root.

import assert from "node:assert/strict";
import { TSV } from "../e2e/rig/places.ts";
import { withoutPrograms } from "../rig/programs.ts";
import { COMING_FROM, FLEET, GETTING_STARTED, QUICK_START } from "./rig/documents.ts";
import { follow } from "./rig/follow.ts";
import { type Host, makeHost } from "./rig/host.ts";
import { joinByRouter } from "./rig/network.ts";
import { hostTest } from "./rig/rig.ts";

const USER = "op";
const HOME = "/home/op";

/** A host with a user who may do everything with sudo. @param path of tsv */
async function fresh(host: Host, path: string): Promise<void> {
  host.put(TSV, path);
  await host.boot();
  await host.must(`useradd --create-home --home-dir ${HOME} --shell /bin/bash ${USER}`);
  host.write(`/etc/sudoers.d/${USER}`, `${USER} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
}

hostTest("the quick start of README works as it is written", "systemd-bookworm", async (host) => {
  await fresh(host, "/usr/local/bin/tsv");
  await follow(new Map([["", host]]), QUICK_START, USER);
  assert.equal((await host.run("pgrep -f '[t]sv daemon'")).status, 1);
});

hostTest(
  "docs/getting-started.md leads to a service as it is written",
  "systemd-bookworm",
  async (host) => {
    await fresh(host, "/root/tsv");
    host.write("/srv/job", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    await follow(new Map([["", host]]), GETTING_STARTED, USER);
    await host.reboot();
    await host.until("tsv status web | grep RUNNING");
  },
  { packages: ["python3"] },
);

hostTest(
  "docs/coming-from.md migrates from Supervisor and back as it is written",
  "systemd-bookworm",
  async (host) => {
    host.write("/etc/supervisor/conf.d/old.conf", "[program:old]\ncommand=/bin/sleep 100000\n");
    await fresh(host, `${HOME}/tsv`);
    await host.until("supervisorctl status old | grep RUNNING");
    await follow(new Map([["", host]]), COMING_FROM, USER);
    await host.until("supervisorctl status old | grep RUNNING");
    assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 0);
  },
  { packages: ["supervisor"] },
);

const NATS = ["nats-server", "openssl"] as const;

hostTest(
  "docs/fleet.md leads to a fleet of three hosts, one behind NAT, as it is written",
  "systemd-bookworm",
  async (hub, t) => {
    const absent = withoutPrograms(["ip", "nft"], "make test-hosts");
    if (absent !== false) return t.skip(absent);
    const made = async (): Promise<Host> => {
      const host = await makeHost("systemd-bookworm", NATS);
      t.after(() => host.dispose());
      return host;
    };
    const [router, db, pi] = [await made(), await made(), await made()];
    const hosts = new Map([
      ["hub", hub],
      ["db-1", db],
      ["pi-1", pi],
    ]);
    for (const host of hosts.values()) host.put(TSV, "/root/tsv");
    await router.bootWithoutInit();
    await Promise.all(Array.from(hosts.values(), (host) => host.boot()));
    joinByRouter(router, [
      { host: hub, name: "hub", address: "198.51.100.10" },
      { host: db, name: "db", address: "203.0.113.20" },
      { host: pi, name: "pi", address: "192.168.7.30", isBehindNat: true },
    ]);
    for (const host of hosts.values()) {
      await host.must("echo 198.51.100.10 hub.example.com >>/etc/hosts");
    }
    await follow(hosts, FLEET, "root");
    await pi.until("tsv tail tsv-fleet | grep -i 'does not accept'");
    const inward = await hub.run("timeout 1 bash -c '</dev/tcp/192.168.7.30/22'");
    assert.equal(inward.status, 124, "the hub reaches pi-1");
  },
  { packages: NATS },
);
