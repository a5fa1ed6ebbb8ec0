// Command lines and configs that the daemon refuses: its words on stderr and its exit status. Also the small programs.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { DEBIAN, type Implementation } from "../rig/implementation.ts";
import { BASE, e2e, type Rig } from "../rig/rig.ts";
import { DebianStarts } from "./debian-starts.ts";
import { normaliseText } from "./normalise.ts";
import { comparison } from "./run.ts";
import { particulars } from "./session.ts";

const OPTIONS: readonly (readonly string[])[] = [
  ["-Q"],
  ["--foo"],
  ["-c"],
  ["--nodaemon=1"],
  ["--log", "x"],
  ["-n", "-n"],
  ["-e", "foo"],
  ["-v"],
  ["--version"],
  ["-v", "x"],
  ["one", "two"],
  ["-c", "/no/such/file"],
  ["-c", "/tmp"],
  ["-c", "d.conf", "-u", "nosuchuser"],
  ["-c", "d.conf", "-m", "9"],
  ["-c", "d.conf", "-d", "/no/such/directory"],
  ["-c", "d.conf", "-l", "/no/such/directory/log"],
  ["-c", "d.conf", "-y", "1TB"],
  ["-c", "d.conf", "-z", "x"],
  ["-c", "d.conf", "-j", "/no/such/directory/pid"],
  ["-c", "d.conf", "-q", "/no/such/directory"],
  ["-c", "d.conf", "-a", "x"],
  ["-c", "d.conf", "--minprocs", "x"],
];

/** Program sections with one mistake each. */
const PROGRAM_MISTAKES = [
  "",
  "command=x\nnumprocs=two",
  "command=x\nnumprocs=2",
  "command=x\npriority=high",
  "command=x\nautostart=maybe",
  "command=x\nautorestart=sometimes",
  "command=x\nstartsecs=1.5",
  "command=x\nstartretries=",
  "command=x\nexitcodes=0,256",
  "command=x\nexitcodes=0,",
  "command=x\nstopsignal=NOPE",
  "command=x\nstopsignal=99",
  "command=x\nstopwaitsecs=x",
  "command=x\nstopasgroup=true\nkillasgroup=false",
  "command=x\nuser=nosuchuser",
  "command=x\nuser=123456",
  "command=x\numask=9",
  "command=x\nstdout_logfile=/no/such/directory/log",
  "command=x\nstdout_logfile_maxbytes=1TB",
  "command=x\nstdout_logfile_backups=x",
  "command=x\nstderr_capture_maxbytes=-x",
  "command=x\nstdout_events_enabled=2",
  "command=x\nenvironment=A",
  "command=x\nenvironment=A=1,B",
  "command=x\nenvironment=A='1",
  "command=x %(nope)s",
  "command=x %",
  "command=x %q",
  "command=x %(ENV_NO_SUCH_VARIABLE)s",
  "command=x %(program_name)d",
  "command=x\nprocess_name=a b",
  "command=x\nprocess_name=a:b",
  "command=x\nredirect_stderr=x",
  "command=x\nno delimiter here",
];

/** Whole sections with one mistake each; they follow the plain config. */
const SECTION_MISTAKES = [
  "[program:a b]\ncommand=x",
  "[program:a/b]\ncommand=x",
  "[program:a:b]\ncommand=x",
  "[group:g]\nprograms=nope",
  "[group:g]\nprograms=nope\npriority=x",
  "[eventlistener:e]\ncommand=x",
  "[eventlistener:e]\ncommand=x\nevents=NOPE",
  "[eventlistener:e]\ncommand=x\nevents=TICK_5\nbuffer_size=0",
  "[eventlistener:e]\ncommand=x\nevents=TICK_5\nredirect_stderr=true",
  "[fcgi-program:f]\ncommand=x",
  "[fcgi-program:f]\ncommand=x\nsocket=nope",
  "[fcgi-program:f]\ncommand=x\nsocket=unix://relative",
  "[fcgi-program:f]\ncommand=x\nsocket=tcp://localhost:1\nsocket_mode=0700",
  "[fcgi-program:f]\ncommand=x\nsocket=unix:///tmp/x\nsocket_backlog=0",
  "[inet_http_server]",
  "[inet_http_server]\nport=x",
  "[inet_http_server]\nport=99999",
  "[inet_http_server]\nport=1.2.3.4:",
  "[inet_http_server]\nport=127.0.0.1:9999\nusername=x",
  "[unix_http_server:x]\nchmod=0700",
  "[unix_http_server:x]\nfile=/no/such/directory/socket",
  "[unix_http_server:x]\nfile=/tmp/tsv-e2e-no.sock\nchmod=9",
  "[unix_http_server:x]\nfile=/tmp/tsv-e2e-no.sock\nchown=nosuchuser",
  "[include]\nnofiles=x",
  "[include]\nfiles=%(nope)s",
  "[include]\nfiles=broken.inc",
  "[include]\nfiles=mistaken.inc",
  "[supervisord]\nminfds=x",
  "[supervisord]\nminfds=99999999999",
  "[supervisord]\nloglevel=loud",
  "[supervisord]\nlogfile=/no/such/directory/log",
  "[supervisord]\numask=x",
  "[supervisord]\nuser=nosuchuser",
  "[supervisord]\ndirectory=/no/such/directory",
  "[supervisord]\nchildlogdir=/no/such/directory",
  "[supervisord]\nenvironment=A",
  "[supervisord]\nnodaemon=perhaps",
  "[rpcinterface:x]\nkey=value",
  "no delimiter here\nnor here",
];

const WHOLE = [
  "",
  "x=1\n",
  "[nothing]\nx=1\n",
  "\ufeff[supervisord]\n",
  "[supervisord]\nfoo\nbar\n",
];

type Rows = Map<string, string>;

/** Starts an implementation with what it must refuse: a label, the arguments, and before that what is to be written. */
async function observe(
  rig: Rig,
  implementation: Implementation,
  starts: (add: (label: string, args: readonly string[]) => Promise<void>) => Promise<void>,
): Promise<Rows> {
  const rows: Rows = new Map();
  const own = { ...particulars(rig, implementation, 0) };
  mkdirSync(rig.path("empty"));
  rig.write("broken.inc", "no delimiter\n");
  rig.write("mistaken.inc", "[program:included]\ncommand=%(here)s\nnumprocs=x\n");
  rig.configure("");
  const debian = implementation === DEBIAN ? new DebianStarts(rig) : null;
  await starts(async (label, args) => {
    const outcome = await (debian?.run(args) ?? rig.run(implementation, "supervisord", args));
    const { stdout, stderr, status } = outcome;
    rows.set(`${label}: exit`, String(status));
    rows.set(`${label}: stderr`, normaliseText(stderr, own));
    if (stdout !== "") rows.set(`${label}: stdout`, normaliseText(stdout, own));
  });
  debian?.end();
  return rows;
}

comparison(
  "startup-options",
  (rig, implementation) =>
    observe(rig, implementation, async (add) => {
      for (const args of OPTIONS)
        await add(
          `options ${args.join(" ")}`,
          args.map((a) => a.replace("d.conf", rig.path("d.conf"))),
        );
      for (const mistake of PROGRAM_MISTAKES) {
        rig.write("p.conf", `${BASE}\n[program:p]\n${mistake}\n`);
        await add(`program ${JSON.stringify(mistake)}`, ["-n", "-s", "-c", rig.path("p.conf")]);
      }
    }),
  ["config-directory", "password-not-shown", "size-forms"],
);

comparison(
  "startup-sections",
  (rig, implementation) =>
    observe(rig, implementation, async (add) => {
      for (const mistake of SECTION_MISTAKES) {
        rig.write("s.conf", `${BASE}\n${mistake}\n`);
        await add(`section ${JSON.stringify(mistake)}`, ["-n", "-s", "-c", rig.path("s.conf")]);
      }
      for (const text of WHOLE) {
        rig.write("w.conf", text);
        await add(`file ${JSON.stringify(text)}`, ["-n", "-s", "-c", rig.path("w.conf")]);
      }
    }),
  ["fcgi-socket-error", "socket-diagnosis", "minfds-limit", "password-not-shown"],
);

comparison(
  "small-programs",
  async (rig, implementation) => {
    const rows: Rows = new Map();
    const own = particulars(rig, implementation, 0);
    const sample = await rig.run(implementation, "echo_supervisord_conf", ["ignored", "--words"]);
    const active = sample.stdout.split("\n").filter((line) => /^[^;\s]/.test(line));
    rows.set("sample: exit", String(sample.status));
    rows.set(
      "sample: first line",
      String(sample.stdout.split("\n")[0]?.includes("Sample supervisor config file")),
    );
    rows.set(
      "sample: active lines",
      active
        .map((line) =>
          line
            .replace(/\s*;.*/, "")
            .replace(/\s*=\s*/, "=")
            .trim(),
        )
        .join("\n"),
    );
    const optionsOf = (text: string): string =>
      [...text.matchAll(/(?:^|[\s(])(-\w|-\?)?\/?(--[a-z_-]+)/gm)]
        .map((found) => found[2])
        .sort()
        .filter((word, at, all) => word !== all[at - 1])
        .join(" ");
    for (const program of ["supervisord", "supervisorctl"] as const) {
      for (const flag of ["-h", "--help", "-?"]) {
        const help = await rig.run(implementation, program, [flag]);
        rows.set(`${program} ${flag}: exit`, String(help.status));
        rows.set(`${program} ${flag}: options`, optionsOf(help.stdout));
        rows.set(`${program} ${flag}: on stderr`, normaliseText(help.stderr, own));
      }
    }
    const pidproxy = async (label: string, args: readonly string[]): Promise<void> => {
      const outcome = await rig.run(implementation, "pidproxy", args);
      rows.set(`pidproxy ${label}: exit`, String(outcome.status));
    };
    await pidproxy("without arguments", []);
    await pidproxy("with a file alone", ["/tmp/x"]);
    return rows;
  },
  ["exit-on"],
);

e2e(
  "python-interfaces: an interface of Python's is missing with a warning, and the rest runs",
  async (rig) => {
    const daemon = await rig.startWith(
      "[rpcinterface:extra]\nsupervisor.rpcinterface_factory=supervisor_extra:make\nkey=value\n",
    );
    await daemon.logged(/WARN .*rpcinterface:extra.*/);
    assert.equal(await daemon.ask("getIdentification"), "supervisor");
    const answer = await daemon.call("extra.anything");
    assert.deepEqual(answer, { kind: "fault", code: 1, text: "UNKNOWN_METHOD" });
  },
);
