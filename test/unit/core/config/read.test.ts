// Complete readings of sections, includes and command lines, and their errors.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tlsFilesOf } from "../../../../src/core/net/certificates.ts";
import { errorOf, fakeWorld, readIn, readText } from "./fake-world.ts";

describe("the daemon's configuration", () => {
  test("has every default", () => {
    const { daemon, groups, servers, notices } = readText("");
    assert.deepEqual(daemon, {
      configFile: "/etc/s.conf",
      here: "/etc",
      logfile: "/home/ops/supervisord.log",
      logfileMaxBytes: 52428800,
      logfileBackups: 10,
      logfileFlushSecs: 0,
      maxTotal: 0,
      logLevel: "INFO",
      pidfile: "/home/ops/supervisord.pid",
      umask: 18,
      nodaemon: false,
      silent: false,
      minfds: 1024,
      minprocs: 200,
      nocleanup: false,
      orphans: "warn",
      exitOn: "never",
      shutdownGrace: null,
      stateDirectory: "/var/lib/tsv",
      history: "off",
      upgradePaths: [],
      childLogDir: "/tmp",
      user: { uid: 0, gid: 0, name: "root" },
      directory: null,
      stripAnsi: false,
      environment: {},
      identifier: "supervisor",
    });
    assert.deepEqual([groups, servers, notices], [[], [], []]);
  });

  test("warns root who names no user", () => {
    const config = readIn(fakeWorld({ "/etc/s.conf": "[supervisord]\n" }));
    assert.ok("daemon" in config);
    assert.equal(config.notices[0]?.level, "CRIT");
    assert.match(
      config.notices[0]?.text ?? "",
      /^Supervisor is running as root\. {2}Privileges were not/,
    );
  });

  test("reads the policy for programs of a killed daemon (orphans-option)", () => {
    assert.equal(readText("").daemon.orphans, "warn");
    assert.equal(readText("orphans=stop\n").daemon.orphans, "stop");
    assert.match(errorOf("[supervisord]\norphans=kill\n").text, /it is warn or stop/);
  });

  test("lists executables for upgrades, by commas or lines, absolute ones only (upgrade-paths-option)", () => {
    const { daemon } = readText("upgrade_paths=/opt/a/tsv, %(here)s/tsv,\n  /opt/b/tsv\n");
    assert.deepEqual(daemon.upgradePaths, ["/opt/a/tsv", "/etc/tsv", "/opt/b/tsv"]);
    assert.match(errorOf("[supervisord]\nupgrade_paths=/a,tsv\n").text, /absolute path: 'tsv'/);
  });

  test("keeps how options with variables may be shown: harmless values, no others", () => {
    const { groups } = readText(
      `[program:p]
command=x %(ENV_KEY)s %(ENV_LANG)s %(process_num)d %%(x)s
directory=/%(ENV_LANG)s
environment=OWN=%(ENV_KEY)s
stdout_logfile=/tmp/%(ENV_KEY)s.log
priority=%(ENV_NUMBER)s
numprocs=2
process_name=%(process_num)s
[program:q]
command=x %(ENV_LANG)s
`,
      {},
      { env: { KEY: "secret", LANG: "de", NUMBER: "7" } },
    );
    const shown = {
      command: "x %(ENV_KEY)s de 1 %(x)s",
      environment: "OWN=%(ENV_KEY)s",
      stdout_logfile: "/tmp/%(ENV_KEY)s.log",
      priority: "%(ENV_NUMBER)s",
    };
    assert.deepEqual(groups[0]?.processes[1]?.shown, shown);
    assert.equal(groups[0]?.processes[1]?.command, "x secret de 1 %(x)s");
    assert.deepEqual(groups[1]?.processes[0]?.shown, {});
  });

  test("keeps of masks and modes the bits that there are (mask-bits)", () => {
    const config = readText(
      "umask=0777777777777022\n[unix_http_server]\nfile=/tmp/s\nchmod=0777777777770660\n" +
        "[program:p]\ncommand=p\numask=-1\n",
    );
    const [server] = config.servers;
    assert.ok(server?.kind === "unix");
    const masks = [config.daemon.umask, server.mode, config.groups[0]?.processes[0]?.umask];
    assert.deepEqual(masks, [0o022, 0o660, 0o777]);
  });

  test("removes the blanks around the name of a listener (listener-name)", () => {
    const config = readText("[eventlistener: ear ]\ncommand=x\nevents=TICK\n");
    assert.deepEqual(
      config.groups.map((group) => [group.name, group.processes[0]?.name]),
      [["ear", "ear"]],
    );
  });

  test("keeps nothing of an earlier reading (reread-fresh)", () => {
    const program = "[program:p]\ncommand=p %(ENV_X)s\n";
    const files = { "/etc/s.conf": `[supervisord]\nuser=root\nenvironment=X="1"\n${program}` };
    const world = fakeWorld(files);
    assert.ok("daemon" in readIn(world));
    files["/etc/s.conf"] = `[supervisord]\nuser=root\n${program}`;
    const next = readIn(world);
    assert.ok("text" in next);
    assert.match(next.text, /contains names \('ENV_X'\) which cannot be expanded/);
  });

  test("takes the brackets from an IPv6 address (ipv6-brackets)", () => {
    for (const [port, host] of [
      ["[::1]:80", "::1"],
      ["::1:80", "::1"],
      ["[::]:80", "::"],
      ["[name]:80", "[name]"],
    ] as const) {
      const [server] = readText(`[inet_http_server]\nport=${port}\n`).servers;
      assert.deepEqual(server?.kind === "inet" && [server.host, server.port], [host, 80]);
    }
  });

  test("finds the files of TLS beside the configuration (tls)", () => {
    const inet = "[inet_http_server]\nport=1\n";
    const files = "ssl_cert=%(here)s/c.pem\nssl_key=keys/k.pem\nssl_client_ca=~/ca.pem\n";
    const [server] = readText(inet + files).servers;
    assert.ok(server?.kind === "inet");
    const { cert, key, clientCa } = tlsFilesOf(server) ?? {};
    assert.deepEqual(
      [cert, key?.startsWith("/"), clientCa?.startsWith("/")],
      ["/etc/c.pem", true, true],
    );
    const [alone] = readText(`${inet}ssl_cert=/c.pem\n`).servers;
    assert.ok(alone !== undefined);
    assert.deepEqual(tlsFilesOf(alone), { cert: "/c.pem", key: "/c.pem", clientCa: null });
    const [plain] = readText(`${inet}ssl_cert=\n`).servers;
    assert.ok(plain !== undefined);
    assert.equal(tlsFilesOf(plain), null);
    for (const key of ["ssl_key", "ssl_client_ca"]) {
      const world = fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${inet}${key}=/x\n` });
      const read = readIn(world);
      assert.ok("text" in read);
      assert.deepEqual([read.text, read.rule], [`${key} needs ssl_cert`, "combination"]);
    }
  });

  test("takes an empty username for none, as Supervisor does", () => {
    for (const server of ["unix_http_server]\nfile=/s", "inet_http_server]\nport=:80"]) {
      const [open] = readText(`[${server}\nusername=\npassword=p\n`).servers;
      assert.equal(open?.credentials, null);
      const [closed] = readText(`[${server}\nusername=u\npassword=\n`).servers;
      assert.deepEqual(closed?.credentials, { username: "u", password: "" });
    }
  });
});

describe("includes", () => {
  const main = "[include]\nfiles=conf.d/*.conf none.conf\n";

  test("that cannot be read are skipped with a word about it (unreadable-include)", () => {
    const config = readText(main, { "/etc/conf.d/a.conf": null });
    const texts = config.notices.map((n) => `${n.level} ${n.text}`);
    assert.ok(
      texts.some((text) =>
        /^WARN Included file "\/etc\/conf.d\/a.conf" was skipped: EACCES/.test(text),
      ),
    );
  });
});
