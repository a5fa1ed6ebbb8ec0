// On OpenRC: the commands that doctor and the verbs print start the service in every state that a killed process, a forgotten
// service or a daemon of a shell leaves. OpenRC takes a service for started whose processes were killed, and Debian's
// `service tsv stop` makes it forget a service that runs.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import { hostTest, installed, isGone, isUp, STEADY } from "./rig/rig.ts";

const SUPERVISOR = "$(cat /run/supervise-tsv.pid)";
const DAEMON = "$(cat /run/tsv/tsv.pid)";

interface State {
  readonly name: string;
  /** Makes it from a service that runs. */
  readonly make: string;
  /** What doctor reports. */
  readonly code: string;
}

const WITH_DAEMON: readonly State[] = [
  {
    name: "the supervise-daemon was killed",
    make: `kill -9 ${SUPERVISOR}`,
    code: "BOOT-020",
  },
  {
    name: "OpenRC has forgotten the service",
    make: "service tsv stop",
    code: "BOOT-020",
  },
];
const WITHOUT_DAEMON: readonly State[] = [
  {
    name: "supervise-daemon and daemon were killed",
    make: `kill -9 ${SUPERVISOR} ${DAEMON}`,
    code: "SOCK-003",
  },
  {
    name: "the service is stopped",
    make: "rc-service tsv stop",
    code: "SOCK-001",
  },
];

/** The commands that doctor prints for a finding. */
async function printedByDoctor(host: Host, code: string): Promise<string> {
  const { stdout } = await host.run("tsv doctor --json");
  const { results } = JSON.parse(stdout);
  const found = results.find((one: { code: string }) => one.code === code);
  assert.ok(found, stdout);
  return found.fix.commands.join("\n");
}

async function printedByStatus(host: Host): Promise<string> {
  const { stderr } = await host.run("tsv status");
  const [, start] = /Start it: (.*)/.exec(stderr) ?? [];
  assert.ok(start, stderr);
  return start;
}

/** The service runs, as OpenRC and doctor say, and its daemon stays the same until shells of earlier daemons have exited. */
async function isStarted(host: Host, state: string): Promise<void> {
  const pid = await isUp(host);
  await host.until("test $(pgrep -fc '^/bin/sh -c.*[t]sv daemon') = 1");
  await host.must("rc-service tsv status");
  assert.equal(await host.must("tsv doctor --quiet"), "No problems found.\n", state);
  assert.equal(await isUp(host), pid, state);
}

hostTest(
  "what doctor and tsv status print starts a service without daemon",
  "openrc",
  async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    for (const { name, make, code } of WITHOUT_DAEMON) {
      for (const printed of [() => printedByDoctor(host, code), () => printedByStatus(host)]) {
        await host.must(make);
        await host.until("! pgrep -f '[t]sv daemon'");
        await host.must(await printed());
        await isStarted(host, name);
      }
    }
  },
);

hostTest(
  "what doctor prints, and a restart, start a daemon as a service again",
  "openrc",
  async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    for (const { name, make, code } of WITH_DAEMON) {
      await host.must(make);
      await host.must(await printedByDoctor(host, code));
      await isStarted(host, name);
      await host.must(make);
      await host.must("rc-service tsv restart");
      await isStarted(host, name);
    }
    const byHand = "rc-service tsv stop && tsv daemon -c /etc/tsv/tsv.conf";
    await host.must(byHand);
    await isUp(host);
    await host.must(await printedByDoctor(host, "BOOT-020"));
    await isStarted(host, byHand);
  },
);

hostTest("doctor --fix starts a service whose processes were killed", "openrc", async (host) => {
  await installed(host, STEADY);
  await isUp(host);
  await host.must(`kill -9 ${SUPERVISOR} ${DAEMON}`);
  await host.until("! pgrep -f '[t]sv daemon'");
  const { stdout, stderr } = await host.run("tsv doctor --fix --yes");
  assert.match(stdout, /SOCK-001 .*: fixed/, stdout + stderr);
  await isStarted(host, "fixed");
});

hostTest("nothing starts the daemon again after its shutdown", "openrc", async (host) => {
  await installed(host, STEADY);
  await isUp(host);
  for (const { make } of WITH_DAEMON) {
    await host.must(make);
    await host.must("tsv shutdown");
    await host.until("! pgrep supervise-daemo && ! pgrep -f '^/bin/sh -c.*[t]sv daemon'");
    await isGone(host);
    await host.must("rc-service tsv restart");
    await isUp(host);
  }
});
