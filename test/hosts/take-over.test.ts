// Debian's Supervisor, taken over and given back: its programs under tsv at the same socket, and afterwards it runs again
// on a host that is the same byte for byte.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import type { KindName } from "./rig/kinds.ts";
import { assertSameTree, downloaded, hostTest } from "./rig/rig.ts";

const TSV = "/root/tsv";
/** What Supervisor itself writes while it runs, and dpkg's copy of its table of diversions. */
const IGNORED = {
  ignore: [
    ...(["/var/log/supervisor/*", "/var/log/tsv", "/var/log/tsv/**"] as const),
    "/var/lib/dpkg/diversions-old",
  ],
};
const PACKAGES = { packages: ["supervisor"] };

async function withProgram(host: Host): Promise<void> {
  host.write("/etc/supervisor/conf.d/old.conf", "[program:old]\ncommand=/bin/sleep 100000\n");
  await downloaded(host);
  await host.until("supervisorctl status old | grep RUNNING");
}

for (const kind of ["systemd-bookworm", "sysv", "openrc"] as const satisfies readonly KindName[]) {
  hostTest(
    "migrates from Supervisor with its configuration and socket, and restores it",
    kind,
    async (host) => {
      await withProgram(host);
      const before = host.tree(IGNORED);
      const planned = await host.must(`${TSV} install --boot --take-over --plan`);
      assert.match(planned, /\/var\/run\/supervisor\.sock\n +Supervisor answers -> tsv answers\n/);
      const said = await host.must(`${TSV} install --boot --take-over --yes`);
      assert.match(said, /tsv answers on unix:\/\/\/var\/run\/supervisor\.sock/);
      assert.match(said, /see what runs: +tsv status\n/);
      assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 1);
      // Supervisor's own client does not notice.
      await host.until("supervisorctl status old | grep RUNNING");
      assert.match(await host.must(`${TSV} install --boot --take-over --yes`), /Nothing to do/);
      await host.reboot();
      await host.until("supervisorctl status old | grep RUNNING");
      assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 1);
      assert.equal((await host.run("tsv install --status")).status, 0);

      await host.must("tsv uninstall --yes --purge");
      await host.until("supervisorctl status old | grep RUNNING");
      assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 0);
      assertSameTree(before, host.tree(IGNORED));
      await host.reboot();
      await host.until("supervisorctl status old | grep RUNNING");
      assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 0);
    },
    PACKAGES,
  );
}

for (const kind of ["systemd-bookworm", "sysv"] as const satisfies readonly KindName[]) {
  hostTest(
    "continues with the configuration of a Supervisor whose package was purged",
    kind,
    async (host) => {
      await withProgram(host);
      await host.must(`${TSV} install --boot --take-over --yes`);
      const config = "/etc/supervisor/supervisord.conf";
      assert.match(await host.must(`dpkg-divert --list ${config}`), /of-package/);
      await host.must("dpkg --purge supervisor");
      await host.until("tsv status old | grep RUNNING");
      await host.reboot();
      await host.until("tsv status old | grep RUNNING");
      await host.must("tsv uninstall --yes");
      assert.equal((await host.must(`dpkg-divert --list ${config}`)).trim(), "");
    },
    PACKAGES,
  );
}

hostTest(
  "a take-over that fails leaves Supervisor running as before",
  "systemd-bookworm",
  async (host) => {
    await withProgram(host);
    const before = host.tree(IGNORED);
    // The unit cannot be started: its runtime directory is in the way of a file.
    await host.must("touch /run/tsv");
    const outcome = await host.run(`${TSV} install --boot --take-over --yes`);
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /All changes were rolled back/);
    await host.must("rm -f /run/tsv");
    assertSameTree(before, host.tree(IGNORED));
    await host.until("supervisorctl status old | grep RUNNING");
    assert.equal((await host.must("systemctl is-enabled supervisor")).trim(), "enabled");
  },
  PACKAGES,
);

hostTest(
  "without being asked it refuses Supervisor's configuration, names both ways, and stands beside it",
  "systemd-bookworm",
  async (host) => {
    await withProgram(host);
    const before = host.tree(IGNORED);
    const refused = await host.run(
      `${TSV} install --boot --yes --config /etc/supervisor/supervisord.conf`,
    );
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /--take-over[\s\S]*in\s+addition\s+to\s+it/);
    assertSameTree(before, host.tree(IGNORED));

    const said = await host.must(`${TSV} install --boot --yes`);
    assert.match(said, /stays;\s+--take-over\s+would\s+replace\s+it/);
    await host.until("tsv status -c /etc/tsv/tsv.conf; [ $? -le 3 ]");
    assert.match(await host.must("supervisorctl status old"), /RUNNING/);
    await host.must("tsv uninstall --yes --purge");
    assertSameTree(before, host.tree(IGNORED));
  },
  PACKAGES,
);

hostTest(
  "migrates from a Supervisor installed by pip with a local unit",
  "systemd-bookworm",
  async (host) => {
    host.write(
      "/srv/app/supervisord.conf",
      "[unix_http_server]\nfile=/srv/app/s.sock\n[supervisord]\nlogfile=/srv/app/s.log\npidfile=/srv/app/s.pid\n" +
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" +
        "[supervisorctl]\nserverurl=unix:///srv/app/s.sock\n[program:old]\ncommand=/bin/sleep 100000\n",
    );
    host.write(
      "/etc/systemd/system/supervisord.service",
      "[Service]\nWorkingDirectory=/srv/app\nExecStart=/usr/bin/supervisord -n -c supervisord.conf\n" +
        "[Install]\nWantedBy=multi-user.target\n",
    );
    await downloaded(host);
    await host.must("systemctl disable --now supervisor; systemctl enable --now supervisord");
    const running = "supervisorctl -c /srv/app/supervisord.conf status old | grep RUNNING";
    await host.until(running);
    const ignored = { ignore: ["/srv/app/s.*", ...IGNORED.ignore, "/tmp/**"] };
    const before = host.tree(ignored);
    const said = await host.must(`${TSV} install --boot --take-over --yes`);
    assert.match(said, /tsv answers on unix:\/\/\/srv\/app\/s\.sock/);
    await host.reboot();
    await host.until(running);
    assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 1);
    await host.must("tsv uninstall --yes --purge");
    await host.until(running);
    assertSameTree(before, host.tree(ignored));
  },
  PACKAGES,
);
