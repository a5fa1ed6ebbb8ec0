// kill-mode on booted hosts: after a stop those descendants of a program live that tsv.conf(5) documents, and no others, with
// cgroups that an init system gives the daemon and without. The daemon was killed and upgraded before.

import assert from "node:assert/strict";
import { ALL, aliveOf, FAMILY, LEFT, STORM } from "../rig/families.ts";
import type { Host } from "./rig/host.ts";
import type { KindName } from "./rig/kinds.ts";
import { hostTest, installed } from "./rig/rig.ts";

function section(name: string, command: string, mode: string): string {
  const option = mode === "unset" ? "" : `kill_mode=${mode}\n`;
  return `[program:${name}]\ncommand=${command}\nstartsecs=0\n${option}`;
}

async function untilAlive(host: Host, name: string, wanted: string): Promise<void> {
  const test = `alive=$(${aliveOf(name)}); echo "of ${name} live: $alive"; [ "$alive" = "${wanted}" ]`;
  await host.until(test);
}

/** Boots a host with one program for each mode, and two that fork fast. */
async function withFamilies(host: Host): Promise<void> {
  const names = [...Object.keys(LEFT), "storm", "fast"];
  host.write("/srv/family.sh", FAMILY);
  host.write("/srv/storm.pl", STORM);
  const families = Object.keys(LEFT).map((mode) =>
    section(mode, `/bin/sh /srv/family.sh /srv/${mode}/kid`, mode),
  );
  const storms = ["storm", "fast"].map((name) => {
    const command = `/usr/bin/perl /srv/storm.pl /srv/${name}/kid ${name === "fast" ? 1 : ""}`;
    return `${section(name, command, "cgroup")}autostart=false\n`;
  });
  for (const name of names) host.write(`/srv/${name}/place`, "");
  await installed(host, "");
  for (const name of names) await host.must(`ln -s /bin/sleep /srv/${name}/kid`);
  host.write("/etc/tsv/conf.d/try.conf", [...families, ...storms].join(""));
  await host.must("tsv update");
  for (const mode of Object.keys(LEFT)) await untilAlive(host, mode, ALL);
}

/** Stops each program and looks for what it has left; then kills that. */
async function stopAll(host: Host): Promise<void> {
  for (const [name, left] of Object.entries(LEFT)) {
    const said = await host.must(`tsv stop ${name}`);
    assert.equal(/3 processes that it left were ended/.test(said), left === "", `${name}: ${said}`);
    await untilAlive(host, name, left);
    await host.must(`pkill -KILL -f '^/srv/${name}/kid ' || true`);
  }
}

/** Starts what forks fast, stops it, and asserts that nothing of it lives. */
async function calm(host: Host, name: string): Promise<void> {
  await host.must(`tsv start ${name}`);
  await host.until(`[ $(${aliveOf(name)} | wc -w) = 51 ]`);
  await host.must(`tsv stop ${name}`);
  assert.equal(await host.must(aliveOf(name)), "\n");
  await host.must("! pgrep -f '^/usr/bin/perl /srv/storm'");
}

/** The daemon, and not the keeper, dies. */
async function killDaemon(host: Host): Promise<void> {
  const pid = Number(await host.must("tsv pid"));
  await host.must(`kill -KILL $(pgrep -x tsv-daemon)`);
  await host.until("tsv status cgroup | grep RUNNING");
  assert.equal(Number(await host.must("tsv pid")), pid);
}

const FELL_BACK = "grep 'kill_mode=cgroup acts as kill_mode=tree' /var/log/tsv/tsv.log";

/** `cgroup`: the one of a program, below that of the daemon; empty without. */
interface Variant {
  readonly name: string;
  readonly kind: KindName;
  readonly cgroup: string;
  readonly prepare?: (host: Host) => void;
  /** What else is tried, last. */
  readonly again?: (host: Host) => Promise<void>;
}

const VARIANTS: readonly Variant[] = [
  { name: "with a cgroup", kind: "systemd-trixie", cgroup: "/program-cgroup:cgroup\\.\\d+" },
  {
    name: "without a cgroup",
    kind: "systemd-bookworm",
    cgroup: "",
    prepare: (host) =>
      host.write("/etc/systemd/system/tsv.service.d/own.conf", "[Service]\nDelegate=no\n"),
  },
  { name: "without a cgroup", kind: "openrc", cgroup: "" },
  {
    name: "with a cgroup",
    kind: "openrc",
    cgroup: "/tsv/program-cgroup:cgroup\\.\\d+",
    // OpenRC leaves cgroups alone in a container, unless it is told to use them; they are mounted below another mount.
    prepare: (host) =>
      host.write(
        "/etc/conf.d/tsv",
        `rc_cgroup_mode=unified
[ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 none /sys/fs/cgroup
. /lib/rc/sh/rc-cgroup.sh
`,
      ),
    again: async (host) => {
      const cgroups = "find /sys/fs/cgroup/tsv -mindepth 1 -type d";
      for (const restart of ["rc-service tsv restart", "kill -KILL $(tsv pid)"]) {
        const pid = await host.must("tsv pid");
        await host.must(restart);
        await host.until(`[ "$(tsv pid)" != ${pid.trim()} ] && tsv status cgroup | grep RUNNING`);
        const inside = await host.must(cgroups);
        assert.match(inside, /\/program-cgroup:cgroup\.\d+$/m);
      }
      await host.must("tsv stop all");
      await host.must("pkill -KILL -f '^/srv/.*/kid '");
      assert.doesNotMatch(await host.must("rc-service tsv stop 2>&1"), /rmdir|cgroup/);
      assert.equal((await host.run("ls -d /sys/fs/cgroup/tsv")).status, 2);
      await host.must("rc-service tsv start");
      await host.until(`${cgroups} | grep program-cgroup:cgroup`);
    },
  },
];

for (const { name, kind, cgroup, prepare, again } of VARIANTS) {
  hostTest(`a stop ends what kill_mode says, and no more, ${name}`, kind, async (host) => {
    prepare?.(host);
    await withFamilies(host);
    await killDaemon(host);
    await host.must(
      "cp -p /usr/local/bin/tsv /root/new && mv /root/new /usr/local/bin/tsv && tsv upgrade",
    );
    const place = await host.must("cat /proc/$(tsv pid cgroup)/cgroup");
    assert.match(place, new RegExp(`${cgroup}$`, "m"));
    assert.equal((await host.run(FELL_BACK)).status, cgroup === "" ? 0 : 1);
    await stopAll(host);
    await calm(host, "storm");
    // Only the kernel is faster.
    if (cgroup !== "") await calm(host, "fast");
    assert.equal(await host.must("tsv doctor --quiet"), "No problems found.\n");
    await again?.(host);
  });
}
