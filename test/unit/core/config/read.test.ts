// Complete readings of sections, includes and command lines, and their errors.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
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

  test("yields to the command line", () => {
    const files = {
      "/etc/s.conf": "[supervisord]\nloglevel=debug\nidentifier=file\nnodaemon=false\n",
    };
    const config = readIn(fakeWorld(files), "-ne", "warn", "--ident=line", "-u", "web");
    assert.ok("daemon" in config);
    const { logLevel, identifier, nodaemon, user } = config.daemon;
    assert.deepEqual([logLevel, identifier, nodaemon], ["WARN", "line", true]);
    assert.deepEqual(user, { uid: 1000, gid: 100, name: "web" });
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

  test("sorts a program's processes by name and gives each its own values", () => {
    const config = readText(
      "[program:p]\nnumprocs=11\nprocess_name=%(program_name)s_%(process_num)d\n" +
        'command=run %(process_num)02d %(ENV_N)s\nenvironment=N="%(process_num)x"\n',
    );
    const processes = config.groups[0]?.processes ?? [];
    assert.deepEqual(
      processes.slice(0, 4).map((p) => [p.name, p.command]),
      [
        ["p_0", "run 00 0"],
        ["p_1", "run 01 1"],
        ["p_10", "run 10 a"],
        ["p_2", "run 02 2"],
      ],
    );
  });

  test("merges the global environment under the program's and offers it for expansion", () => {
    const config = readText(
      'environment=A=1,B="50%%"\n[program:p]\ncommand=x %(ENV_A)s\nenvironment=A=2,C=%(ENV_A)s\n',
    );
    const [process] = config.groups[0]?.processes ?? [];
    assert.deepEqual(process?.environment, { A: "2", B: "50%", C: "1" });
    assert.equal(process?.command, "x 2");
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

  test("sorts groups by priority, takes members out of their own groups and drops doubles", () => {
    const config = readText(
      "[program:a]\ncommand=a\npriority=5\n[program:b]\ncommand=b\n[group:z]\nprograms=b\npriority=1\n" +
        "[group:a]\nprograms=\npriority=1\n",
    );
    assert.deepEqual(
      config.groups.map((g) => [g.name, g.priority, g.processes.length]),
      [
        ["a", 1, 0],
        ["z", 1, 1],
      ],
    );
  });

  test("gives a listener pool priority -1 and its processes 999", () => {
    const config = readText("[eventlistener:e]\ncommand=e\nevents=tick_5,TICK_5,process_log\n");
    const [pool] = config.groups;
    assert.ok(pool?.kind === "eventlistener");
    assert.deepEqual([pool.priority, pool.processes[0]?.priority], [-1, 999]);
    assert.deepEqual(pool.events, ["TICK_5", "PROCESS_LOG"]);
  });

  test("gives a FastCGI socket to the program's user", () => {
    const config = readText(
      "[fcgi-program:f]\ncommand=f\nuser=web\nsocket=unix:///tmp/../tmp/%(program_name)s\n",
    );
    const [group] = config.groups;
    assert.ok(group?.kind === "fcgi");
    assert.deepEqual(group.socket, {
      url: "unix:///tmp/f",
      address: { kind: "unix", path: "/tmp/f" },
      backlog: null,
      owner: { uid: 1000, gid: 100 },
      mode: 0o700,
    });
  });

  test("notices the logging traps that Supervisor notices", () => {
    const config = readText(
      "[program:p]\ncommand=p\nredirect_stderr=1\nstderr_logfile=/tmp/e\nstdout_logfile=syslog\n" +
        "[program:q]\ncommand=q\nstdout_logfile_maxbytes=0\n",
    );
    assert.deepEqual(
      config.notices.map((n) => n.text),
      [
        "For [program:p], stdout_logfile=syslog but this is deprecated and will be removed.  " +
          "Use stdout_syslog=true to enable syslog instead.",
        "For [program:p], redirect_stderr=true but stderr_logfile has also been set to a filename, " +
          "the filename has been ignored",
        "For [program:q], AUTO logging used for stdout_logfile without rollover, set maxbytes > 0 to avoid " +
          "filling up filesystem unintentionally",
      ],
    );
    assert.deepEqual(config.groups[0]?.processes[0]?.stderr.logfile, { kind: "none" });
    assert.equal(config.groups[0]?.processes[0]?.stdout.syslog, true);
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

  test("takes an empty username for none, as Supervisor does", () => {
    for (const server of ["unix_http_server]\nfile=/s", "inet_http_server]\nport=:80"]) {
      const [open] = readText(`[${server}\nusername=\npassword=p\n`).servers;
      assert.equal(open?.credentials, null);
      const [closed] = readText(`[${server}\nusername=u\npassword=\n`).servers;
      assert.deepEqual(closed?.credentials, { username: "u", password: "" });
    }
  });

  test("puts inet servers before unix servers", () => {
    const config = readText(
      "[unix_http_server]\nfile=~/s\n[inet_http_server:b]\nport=*:80\nusername=u\npassword=p\n",
    );
    assert.deepEqual(
      config.servers.map((s) => [s.section, s.kind === "unix" ? s.path : s.port, s.credentials]),
      [
        ["inet_http_server:b", 80, { username: "u", password: "p" }],
        ["unix_http_server", "/root/s", null],
      ],
    );
  });
});

describe("includes", () => {
  const main = "[include]\nfiles=conf.d/*.conf none.conf\n";

  test("are read in order, each with its own %(here)s", () => {
    const config = readText(`${main}[program:m]\ncommand=%(here)s/m\n`, {
      "/etc/conf.d/b.conf": "[program:b]\ncommand=%(here)s/b\n",
      "/etc/conf.d/a.conf": "[program:a]\ncommand=%(here)s/a\n",
    });
    assert.deepEqual(
      config.groups.map((g) => [g.processes[0]?.command, g.origin.file]),
      [
        ["/etc/conf.d/a", "/etc/conf.d/a.conf"],
        ["/etc/conf.d/b", "/etc/conf.d/b.conf"],
        ["/etc/m", "/etc/s.conf"],
      ],
    );
    assert.deepEqual(
      config.notices.map((n) => n.text),
      [
        'No file matches via include "/etc/none.conf"',
        'Included extra file "/etc/conf.d/a.conf" during parsing',
        'Included extra file "/etc/conf.d/b.conf" during parsing',
      ],
    );
  });

  test("that cannot be read are skipped with a word about it (unreadable-include)", () => {
    const config = readText(main, { "/etc/conf.d/a.conf": null });
    const texts = config.notices.map((n) => `${n.level} ${n.text}`);
    assert.ok(
      texts.some((text) =>
        /^WARN Included file "\/etc\/conf.d\/a.conf" was skipped: EACCES/.test(text),
      ),
    );
  });

  test("name the included file in errors", () => {
    const error = errorOf(`[supervisord]\n${main}`, {
      "/etc/conf.d/a.conf": "; first\n[program:a]\ncommand=a\nstartsecs=x\n",
    });
    assert.deepEqual(error, {
      rule: "value",
      text:
        "invalid literal for int() with base 10: 'x' in section 'program:a' " +
        "(file: '/etc/conf.d/a.conf')",
      file: "/etc/conf.d/a.conf",
      line: 4,
      section: "program:a",
      key: "startsecs",
    });
  });
});
