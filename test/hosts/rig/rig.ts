// The rig of a test on a host: the host, and its complete cleanup.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { TSV } from "../../e2e/rig/places.ts";
import { type Host, makeHost } from "./host.ts";
import { type HostName, kindOf } from "./kinds.ts";
import { withoutArchitecture, withoutHostsOrTsv } from "./requirements.ts";
import { difference, type Tree } from "./tree.ts";

/** The daemon's own log, as `tsv install` writes it. */
const DAEMON_LOG = "/var/log/tsv/tsv.log";

/**
 * A test with a host of this kind, not yet booted. A failure prints the end of its console and of the daemon's log.
 * @param packages more packages of the kind's Debian; each set makes a base of its own
 */
export function hostTest(
  name: string,
  kind: HostName,
  body: (host: Host, t: TestContext) => Promise<void>,
  { packages = [] }: { readonly packages?: readonly string[] } = {},
): void {
  const absent = withoutHostsOrTsv() || withoutArchitecture(kindOf(kind).architecture);
  // Long enough to build the base on a busy machine, and to run the test on it through an emulator.
  const timeout = 3_600_000;
  void test(`${kind}: ${name}`, { skip: absent, timeout }, async (t) => {
    const host = await makeHost(kind, packages);
    try {
      await body(host, t);
    } catch (error) {
      for (const line of consoleTail(host)) t.diagnostic(line);
      if (error instanceof Error) {
        error.message += `\n${DAEMON_LOG} ends with:\n${daemonTail(host).join("\n")}`;
      }
      throw error;
    } finally {
      host.dispose();
    }
  });
}

/** A program that runs until it is stopped. */
export const STEADY = `[program:steady]
command=/bin/sleep 100000
startsecs=0
`;

/** Boots a host on which a user has downloaded tsv to /root/tsv. */
export async function downloaded(host: Host): Promise<void> {
  host.put(TSV, "/root/tsv");
  await host.boot();
}

/** Boots a host, installs tsv as its service, and adds sections to the configuration. */
export async function installed(host: Host, sections: string): Promise<void> {
  await downloaded(host);
  await host.must("/root/tsv install --boot --yes");
  host.write("/etc/tsv/conf.d/try.conf", sections);
  await host.must("tsv update");
}

/** Waits until a program runs. @returns the pid of the daemon */
export async function isUp(host: Host, program = "steady"): Promise<number> {
  await host.until(`tsv status ${program} | grep RUNNING`);
  return Number(await host.must("tsv pid"));
}

/** Asserts that no daemon runs. The brackets keep pgrep from finding the shell that runs it. */
export async function isGone(host: Host): Promise<void> {
  assert.equal((await host.run("pgrep -f '[t]sv daemon'")).status, 1, "a daemon runs");
}

function consoleTail(host: Host): readonly string[] {
  try {
    return readFileSync(host.consoleFile, "utf8").split(/\r*\n/).slice(-25);
  } catch {
    return ["it was never booted"];
  }
}

function daemonTail(host: Host): readonly string[] {
  try {
    return host.read(DAEMON_LOG).trimEnd().split("\n").slice(-15);
  } catch {
    return [`${DAEMON_LOG} cannot be read`];
  }
}

/** Asserts that two snapshots are equal; the message lists what is not. */
export function assertSameTree(before: Tree, after: Tree): void {
  const lines = difference(before, after);
  assert.equal(lines.length, 0, `${lines.length} files differ:\n${lines.slice(0, 50).join("\n")}`);
}
