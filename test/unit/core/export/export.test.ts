// Programs in the formats of other process managers, and what these lack.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readEffective } from "../../../../src/core/config/effective.ts";
import { optionsOf } from "../../../../src/core/config/options/table.ts";
import { type Export, exportedProgram } from "../../../../src/core/export/exported.ts";
import { toProcfile } from "../../../../src/core/export/procfile.ts";
import { toSupervisor } from "../../../../src/core/export/supervisor.ts";
import { toSystemd } from "../../../../src/core/export/systemd.ts";
import { ELSEWHERE, REASONS, WRITERS } from "../../../../src/core/export/systemd-options.ts";
import { parseProcfile } from "../../../../src/core/run/procfile.ts";
import { fakeWorld, readText } from "../config/fake-world.ts";

const OTHERS = "[program:db]\ncommand=/bin/db\nready_check=tcp://127.0.0.1:1\n";

/** The program `web`, exported. */
function exported(to: typeof toSystemd, text: string, header = "program:web"): Export {
  const config = `[supervisord]\nuser=root\n${OTHERS}[${header}]\n${text}`;
  const files = { "/etc/s.conf": config, "/etc/a": "" };
  const world = fakeWorld(files, { env: { KEY: "hunter2" } });
  const sections = readEffective("/etc/s.conf", world);
  assert.ok(sections.ok, JSON.stringify(sections));
  const found = sections.value.find(({ name }) => name === header);
  const program = found === undefined ? null : exportedProgram(found, sections.value);
  assert.ok(program !== null);
  return to(program);
}

const lacking = ({ missing }: Export) => missing.map(({ option }) => option).sort();

describe("a unit of systemd", () => {
  test("has the counterparts of options, and what is different without them", () => {
    const { file, text, missing } = exported(
      toSystemd,
      "command=/srv/web --log \"a b\" '$HOME' 100%%\ndirectory=/tmp\nuser=web\numask=22\n" +
        'environment=A="x y",B="1%%"\nenv_file=/etc/a, ?/etc/b\nstopsignal=INT\nstopwaitsecs=3\n' +
        "autorestart=true\ndepends_on=db:ready\nredirect_stderr=true\nstdout_logfile=/tmp/log\n",
    );
    assert.equal(file, "web.service");
    assert.match(
      text,
      /^# web\.service\n\[Unit\]\nDescription=web\n[^[]*\n\[Service\]\nExecStart=/,
    );
    const lines = text.split("\n");
    for (const line of [
      'ExecStart=/srv/web --log "a b" $$HOME 100%%',
      ...["WorkingDirectory=/tmp", "User=web", "UMask=0022", "KillSignal=SIGINT"],
      ...["EnvironmentFile=/etc/a", "EnvironmentFile=-/etc/b", 'Environment="A=x y"'],
      ...['Environment="B=1%%"', "Restart=always", "KillMode=process", "TimeoutStopSec=3"],
      ...["StandardOutput=append:/tmp/log", "StandardError=inherit", "Requires=db.service"],
      ...["After=db.service", "WantedBy=multi-user.target"],
    ]) {
      assert.ok(lines.includes(line), `${line} in\n${text}`);
    }
    assert.deepEqual(missing, []);
  });

  test("has the limits of the program", () => {
    for (const [option, lines] of [
      ["nice=-5", ["Nice=-5"]],
      ["ionice=best-effort:7", ["IOSchedulingClass=best-effort", "IOSchedulingPriority=7"]],
      ["ionice=idle", ["IOSchedulingClass=idle"]],
      ["oom_score_adj=500", ["OOMScoreAdjust=500"]],
      ["cpu_affinity=0 2 3", ["CPUAffinity=0,2-3"]],
      ["rlimit_nofile=1024:unlimited", ["LimitNOFILE=1024:infinity"]],
      ["rlimit_core=0", ["LimitCORE=0"]],
      ["rlimit_as=4G", ["LimitAS=4G"]],
      ["rlimit_memlock=unlimited", ["LimitMEMLOCK=infinity"]],
      ["memory_max=400MB", ["MemoryMax=400M"]],
      ["memory_high=max", ["MemoryHigh=infinity"]],
      ["cpu_max=150%", ["CPUQuota=150%"]],
      ["cpu_max=50000 200000", ["CPUQuota=25%", "CPUQuotaPeriodSec=200000us"]],
      ["cpu_max=max", []],
      ["pids_max=100", ["TasksMax=100"]],
      ["pids_max=max", ["TasksMax=infinity"]],
      ["io_weight=50", ["IOWeight=50"]],
      ["no_new_privs=yes", ["NoNewPrivileges=true"]],
      [
        "capabilities=net_bind_service, CAP_CHOWN",
        [
          "CapabilityBoundingSet=CAP_CHOWN CAP_NET_BIND_SERVICE",
          "AmbientCapabilities=CAP_CHOWN CAP_NET_BIND_SERVICE",
        ],
      ],
      ["capabilities=", ["CapabilityBoundingSet=", "AmbientCapabilities="]],
    ] as const) {
      const plain = exported(toSystemd, "command=/bin/a\n").text.split("\n");
      const { text, missing } = exported(toSystemd, `command=/bin/a\n${option}\n`);
      assert.deepEqual(
        text.split("\n").filter((line) => !plain.includes(line)),
        lines,
        option,
      );
      assert.deepEqual(missing, [], option);
    }
  });

  test("reloads by the command, or by the signal", () => {
    const of = (text: string) => {
      const found = exported(toSystemd, `command=/bin/a\n${text}`);
      return [found.text.match(/^ExecReload=.*$/m)?.[0], found.missing.map(({ reason }) => reason)];
    };
    assert.deepEqual(of("reload_signal=SIGHUP"), ["ExecReload=/bin/kill -HUP $MAINPID", []]);
    assert.deepEqual(of("reload_signal=HUP\nreload_command=/bin/a -s 'x y' 5%%"), [
      ...['ExecReload=/bin/a -s "x y" 5%%', []],
    ]);
    for (const command of [
      "/bin/kill -1 $TSV_PID",
      "bin/a",
      "'b c/d' e",
      "/bin/a --password hunter2",
    ]) {
      const [line, reasons] = of(`reload_command=${command}`);
      assert.deepEqual([line, reasons?.length], [undefined, 1]);
    }
  });

  test("has no line with a variable of the daemon", () => {
    const { text, missing } = exported(toSystemd, "command=/bin/a\ndirectory=/srv/%(ENV_KEY)s\n");
    assert.doesNotMatch(text, /WorkingDirectory/);
    assert.deepEqual(
      missing.map(({ option, reason }) => [option, reason]),
      [["directory", "it has a variable of the daemon"]],
    );
  });

  test("has a line for each option of a program, or a reason why not", () => {
    const kinds = ["program", "fcgi-program", "eventlistener"] as const;
    const keys = new Set(kinds.flatMap((kind) => optionsOf(kind).map(({ key }) => key)));
    // Inherited options are in the section.
    keys.delete("extends");
    const known = [...ELSEWHERE, ...Object.keys(WRITERS), ...Object.keys(REASONS)];
    assert.deepEqual(known.sort(), Array.from(keys).sort());
  });

  test("stops and restarts as the program does", () => {
    const of = (text: string): string => exported(toSystemd, `command=/bin/a\n${text}`).text;
    assert.match(of(""), /^Restart=on-failure$/m);
    assert.match(of("exitcodes=0,2"), /^SuccessExitStatus=2$/m);
    assert.doesNotMatch(of("autorestart=false"), /^Restart=/m);
    assert.doesNotMatch(of("type=oneshot\nautorestart=false"), /^Restart=/m);
    assert.match(of("stopasgroup=true"), /^KillMode=control-group$/m);
    assert.match(of("killasgroup=true"), /^KillMode=mixed$/m);
    assert.doesNotMatch(of("autostart=false"), /Install/);
    assert.doesNotMatch(of("enabled=false"), /Install/);
    assert.match(of("stopsignal=9"), /^KillSignal=9$/m);
    const notify = "ready_check=notify\nready_timeout=5s\n";
    assert.match(of(notify), /^Type=notify\nTimeoutStartSec=5s$/m);
    assert.match(of("directory=/tmp\ncommand=./b c"), /^ExecStart=\/tmp\/\.\/b c$/m);
  });

  test("is a template where there are several processes", () => {
    const { file, text, missing } = exported(
      toSystemd,
      "command=/bin/a --slot %(process_num)02d\nprocess_name=%(process_num)d\nnumprocs=3\n",
    );
    assert.equal(file, "web@.service");
    assert.match(text, /^ExecStart=\/bin\/a --slot %i$/m);
    assert.deepEqual(
      missing.map(({ reason }) => reason),
      ["enable instances: web@0 to web@2"],
    );
  });

  test("requires the units of the processes that it names", () => {
    const others =
      "[program:many]\ncommand=/bin/m\nnumprocs=2\nnumprocs_start=3\nprocess_name=m_%(process_num)02d\n" +
      "[program:a]\ncommand=/bin/a\nprocess_name=%(group_name)s_x\n[group:g]\nprograms=many,a\n";
    const of = (text: string) =>
      exported(toSystemd, `command=/bin/web\n${text}\n${others}`).text.match(/^(?!\[).*@3.*$/gm);
    const lines = (units: string) => [`Requires=${units}`, `After=${units}`];
    const both = "many@3.service many@4.service";
    assert.deepEqual(of("depends_on=many"), lines(both));
    assert.deepEqual(of("depends_on=db:ready, g:*"), lines(`db.service ${both} a.service`));
    assert.deepEqual(of("depends_on=g:m_03,g:g_x:running"), lines("many@3.service a.service"));
    assert.deepEqual(of("restart_with=g:m_03"), [
      ...["PartOf=many@3.service", "After=many@3.service"],
    ]);
    const template = exported(
      toSystemd,
      `command=/bin/web\nnumprocs=2\nnumprocs_start=1\nprocess_name=%(process_num)d\n` +
        `depends_on=g:m_%(process_num)02d\n${others}`.replace(
          "numprocs_start=3",
          "numprocs_start=1",
        ),
    );
    assert.doesNotMatch(template.text, /Requires=/);
    assert.deepEqual(
      template.missing.map(({ option, reason }) => [option, reason]),
      [
        ["depends_on", "it has an expansion: name the instances"],
        ["numprocs", "enable instances: web@1 to web@2"],
      ],
    );
  });

  test("names what it lacks, each with a reason, and shows no secret", () => {
    const found = exported(
      toSystemd,
      'command=/bin/a --password hunter2 %(ENV_KEY)s\nenvironment=DB_PASSWORD="hunter2"\n' +
        "priority=3\nhealth_check=tcp://127.0.0.1:1\nready_check=tcp://127.0.0.1:1\nlog_format=json\n",
    );
    assert.doesNotMatch(JSON.stringify(found), /hunter2/);
    assert.deepEqual(lacking(found), [
      ...["command", "command", "environment DB_PASSWORD", "health_check"],
      ...["log_format", "priority", "ready_check"],
    ]);
    for (const { reason } of found.missing) assert.notEqual(reason, "");
  });

  test("no value begins a line of its own", () => {
    const { text } = exported(
      toSystemd,
      'command=/bin/a "x\n  y"\nenvironment=A="x\n  User=root"\n',
    );
    assert.doesNotMatch(text, /^\s*(?:y|User=root)/m);
  });
});

describe("a section for Supervisor", () => {
  test("has no option that Supervisor lacks, and means the same otherwise", () => {
    const text =
      "command=/bin/a %%\nuser=web\nhealth_check=tcp://127.0.0.1:1\nmax_memory=1MB\n" +
      'environment=A="x y",TOKEN="hunter2"\nstdout_logfile=@stdout\nstderr_logfile=@journal\n';
    const found = exported(toSupervisor, text);
    assert.equal(
      found.text,
      '[program:web]\ncommand=/bin/a %%\nuser=web\nenvironment=A="x y"\n' +
        "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n",
    );
    assert.deepEqual(lacking(found), [
      ...["environment TOKEN", "health_check", "max_memory", "stderr_logfile"],
    ]);
    const again = readText(found.text, { "/dev/stdout": "" }).groups[0]?.processes[0];
    assert.deepEqual([again?.command, again?.user], ["/bin/a %", "web"]);
  });

  test("is none where the command has a secret", () => {
    const found = exported(toSupervisor, "command=/bin/a --password hunter2\nuser=web\n");
    assert.equal(found.text, "");
    assert.deepEqual(found.missing, [
      { program: "web", option: "command", reason: "it has a secret: no section is written" },
    ]);
  });

  test("is one of the same kind", () => {
    const { text } = exported(toSupervisor, "command=/bin/a\nevents=TICK\n", "eventlistener:l");
    assert.match(
      text,
      /^\[eventlistener:l\]\ncommand=\/bin\/a\nevents=TICK\n|^\[eventlistener:l\]\nevents/,
    );
  });
});

describe("a line of a Procfile", () => {
  test("is a command with its directory and variables", () => {
    const of = (text: string): string => exported(toProcfile, text).text;
    assert.equal(of("command=/bin/a 'b c' 5%%\n"), "web: /bin/a 'b c' '5%'\n");
    assert.equal(
      of('command=/bin/a\ndirectory=/tmp\nenvironment=A="x y"\n'),
      "web: cd /tmp && exec env A='x y' /bin/a\n",
    );
    assert.ok(parseProcfile(of("command=/bin/a\n")).ok);
  });

  test("is none where it cannot be one, and names what it lacks", () => {
    const found = exported(toProcfile, "command=/bin/a\nuser=web\nautorestart=true\n");
    assert.deepEqual(lacking(found), ["autorestart", "user"]);
    assert.equal(exported(toProcfile, 'command=/bin/a "b\n  c"\n').text, "");
    const dotted = exported(toProcfile, "command=/bin/a\n", "program:a.b");
    assert.deepEqual([dotted.text, lacking(dotted)], ["", ["name"]]);
  });
});
