// Packages on a test host, and a program that shows whether an upgrade stopped anything.

import assert from "node:assert/strict";
import type { Host } from "../../hosts/rig/host.ts";
import type { TreeOptions } from "../../hosts/rig/tree.ts";
import { type Packages, packages } from "./packages.ts";

/** What dpkg, apt and rpm keep of what they did. */
export const BOOKS: TreeOptions = {
  ignore: [
    "/var/log/dpkg.log",
    "/var/log/alternatives.log",
    "/var/lib/dpkg/status-old",
    "/var/lib/dpkg/diversions-old",
    "/var/lib/dpkg/statoverride-old",
    // What Debian's runit notes when packages come and go.
    "/etc/runit/runsvdir/*/.forced-rescan",
  ],
};

const DPKG = "DEBIAN_FRONTEND=noninteractive dpkg --force-confold";
const TIME = { timeoutMs: 900_000 };

/** Brings the packages of both versions onto a host: /root/old.deb, next.deb, old-names.deb, next-names.deb and the RPMs. */
export async function bring(host: Host): Promise<void> {
  const { old, next } = await packages();
  const put = (name: string, each: Packages): void => {
    host.put(each.deb, `/root/${name}.deb`, 0o644);
    host.put(each.supervisorDeb, `/root/${name}-names.deb`, 0o644);
  };
  put("old", old);
  put("next", next);
}

/** Runs dpkg. @returns what it and the packages' scripts said */
export async function dpkg(host: Host, words: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(`${DPKG} ${words}`, TIME);
  assert.equal(status, 0, `dpkg ${words}: ${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

/** Boots a host on which the old package is installed. */
export async function packaged(host: Host): Promise<void> {
  await bring(host);
  await host.boot();
  await dpkg(host, "-i /root/old.deb");
}

const COUNTER = `#!/bin/sh
n=0
while :; do
  n=$((n + 1))
  echo $n
  sleep 0.01
done
`;

/** Adds a program that writes its numbers, and waits until it runs. */
export async function addCounter(host: Host): Promise<void> {
  host.write("/usr/local/bin/count", COUNTER, 0o755);
  host.write(
    "/etc/tsv/conf.d/count.conf",
    "[program:count]\ncommand=/usr/local/bin/count\nstdout_logfile=/var/log/tsv/count.log\n",
  );
  await host.must("tsv update");
  await host.until("tsv status count | grep RUNNING");
}

/** The processes that an upgrade must leave alone. */
export async function pids(
  host: Host,
): Promise<{ readonly daemon: string; readonly count: string }> {
  return {
    daemon: (await host.must("tsv pid")).trim(),
    count: (await host.must("tsv pid count")).trim(),
  };
}

/** Kills the daemon, not its keeper. */
export async function killDaemon(host: Host): Promise<void> {
  await host.must('kill -9 $(pgrep -P "$(tsv pid)" -x tsv-daemon)');
}

/** Waits until the program has written more, and checks that since its start no number is missing or there twice. */
export async function countedOn(host: Host): Promise<void> {
  const last = "tail -n 1 /var/log/tsv/count.log";
  const now = Number(await host.must(last));
  await host.until(`[ "$(${last})" -gt ${now + 20} ]`);
  // Whole lines only: the last one may be just being written.
  const wrong = await host.must(
    `head -n "$(wc -l </var/log/tsv/count.log)" /var/log/tsv/count.log |
      awk '$1 == 1 { n = 0 } { n++ } $1 != n { print NR ": " $0; exit }'`,
  );
  assert.equal(wrong, "", "a number is missing, or there twice");
}

/** Takes the program away again. */
export async function removeCounter(host: Host): Promise<void> {
  await host.must("rm /etc/tsv/conf.d/count.conf && tsv update && rm /usr/local/bin/count");
}

/** Whether the daemon runs the executable that lies in /usr/bin now. */
export async function runsInstalled(host: Host): Promise<boolean> {
  return (
    (await host.run('[ "/proc/$(pgrep -P "$(tsv pid)" tsv-daemon)/exe" -ef /usr/bin/tsv ]'))
      .status === 0
  );
}
