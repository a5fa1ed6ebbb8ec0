// Operations on a booted host: commands and their outcome, users, files, and a host without an init system.

import assert from "node:assert/strict";
import { TSV } from "../e2e/rig/places.ts";
import { hostTest } from "./rig/rig.ts";

hostTest("commands have an outcome, a user, and an end", "s6", async (host) => {
  await host.boot();
  const { status, stdout, stderr, timedOut } = await host.run(
    'cat; pwd; echo "$COLOUR"; echo wrong >&2; exit 7',
    { input: "given\n", cwd: "/etc", env: { COLOUR: "red and blue" } },
  );
  assert.deepEqual(
    { status, stdout, stderr, timedOut },
    { status: 7, stdout: "given\n/etc\nred and blue\n", stderr: "wrong\n", timedOut: false },
  );
  await assert.rejects(host.must(["/bin/false"]), /status 1: \/bin\/false/);
  const ids = await host.must('id -un; id -gn; echo "$HOME"; sudo -n id -un', { user: "tester" });
  assert.equal(ids, "tester\ntester\n/home/tester\nroot\n");
  // A process in the background is not waited for; after a time-out, it gets the signal, too.
  assert.equal((await host.run("sleep 4322 & echo begun")).stdout, "begun\n");
  assert.equal((await host.run("sleep 4321 & sleep 4321", { timeoutMs: 300 })).timedOut, true);
  await host.until("! pgrep -f '[s]leep 4321'");
});

hostTest(
  "files are put into a host, booted or not, but never through a link out of it",
  "s6",
  async (host) => {
    host.put(TSV, "/usr/local/bin/tsv");
    host.write("/srv/deep/down/file", "text\n", 0o600);
    await host.boot();
    await host.must("tsv version >/dev/null; ln -s /etc /srv/out; ln -s /etc/hostname /srv/name");
    assert.equal(await host.must("stat -c '%a %U' /srv/deep/down/file"), "600 root\n");
    assert.throws(() => host.write("/srv/out/file", ""), /leads out of the host/);
    assert.throws(() => host.write("/srv/name", ""), /is a link/);
    host.put(TSV, "/usr/local/bin/tsv", 0o700); // A binary that runs is replaced, too.
    assert.equal(host.read("/srv/deep/down/file"), "text\n");
  },
);

hostTest("a host that cannot boot reports it at once, with its console", "s6", async (host) => {
  host.write("/usr/sbin/init", "#!/bin/sh\necho no such luck >/dev/console\nexit 1\n", 0o755);
  await assert.rejects(host.boot(), /ended while it booted:[\s\S]*no such luck/);
});
