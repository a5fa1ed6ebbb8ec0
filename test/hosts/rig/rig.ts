// The rig of a test on a host: the host, and its complete cleanup.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { type Host, makeHost } from "./host.ts";
import { type HostName, KINDS } from "./kinds.ts";
import { withoutArchitecture, withoutHostsOrTsv } from "./requirements.ts";
import { difference, type Tree } from "./tree.ts";

/** The daemon's own log, as `tsv install` writes it. */
const DAEMON_LOG = "/var/log/tsv/tsv.log";

/** How a test wants its host. */
export interface HostTestOptions {
  /** More packages of the kind's Debian; each set makes a base of its own. */
  readonly packages?: readonly string[];
  readonly timeoutMs?: number;
}

/** A test with a host of this kind, not yet booted. A failure prints the end of its console and of the daemon's log. */
export function hostTest(
  name: string,
  kind: HostName,
  body: (host: Host, t: TestContext) => Promise<void>,
  options: HostTestOptions = {},
): void {
  const absent = withoutHostsOrTsv() || withoutArchitecture(KINDS[kind].architecture);
  // Long enough to build the base on a busy machine, and to run the test on it through an emulator.
  const timeout = options.timeoutMs ?? 3_600_000;
  void test(`${kind}: ${name}`, { skip: absent, timeout }, async (t) => {
    const host = await makeHost(kind, options.packages);
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
