// The shell at a terminal: features that Supervisor's lacks, or that cannot be compared.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { event } from "../rig/wait.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { Typist, type TypistOptions, withoutTerminal } from "./rig/typist.ts";
import { waitForText } from "./rig/watch.ts";

const PROMPT = /^supervisor> $/;
const absent = withoutTerminal();

const WEB = `
[program:web]
command=/bin/sleep 1000
process_name=worker_%(process_num)03d
numprocs=120
autostart=false
[program:solo]
command=/bin/sleep 1000
startsecs=0
[program:\u7f51\u9875\u670d\u52a1]
command=/bin/sleep 1000
autostart=false
`;

/** Opens the shell and waits for its prompt. */
async function open(
  rig: Rig,
  words: readonly string[] = [],
  options: Partial<TypistOptions> = {},
): Promise<Typist> {
  const argv = [TSV_BY_NAME.path("supervisorctl"), "-c", rig.path("d.conf"), ...words];
  const { directory: cwd, mark } = rig;
  const typist = new Typist(argv, { cwd, mark, ...options });
  await typist.cursorAfter(PROMPT);
  return typist;
}

async function leave(typist: Typist): Promise<void> {
  typist.type("\u0005\u0015exit\r");
  assert.equal(await typist.ended(), 0);
}

e2e("the shell lines names up by the columns that they take", absent, async (rig) => {
  await rig.startWith(WEB);
  const typist = await open(rig, [], { columns: 100 });
  typist.type("status solo \u7f51\u9875\u670d\u52a1\r");
  await typist.shows(/^solo +(RUNNING|STARTING)/);
  await typist.shows(/^\u7f51\u9875\u670d\u52a1 {25}STOPPED {3}Not started$/);
  await leave(typist);
});

e2e("colours are for terminals, and for who wants them", absent, async (rig) => {
  await rig.startWith(
    "[program:off]\ncommand=cat\nautostart=false\n[program:bad]\ncommand=/nope\n",
  );
  for (const [env, isColoured] of [
    [{}, true],
    [{ NO_COLOR: "1" }, false],
    [{ CLICOLOR: "0" }, false],
    [{ TERM: "dumb" }, false],
  ] as const) {
    const typist = await open(rig, [], { env });
    typist.type("start nope\r");
    await typist.shows(/^nope: ERROR \(no such process\)$/);
    // The bytes that end the colour may come after the text.
    await typist.cursorAfter(PROMPT);
    const colour = /\u001b\[31mERROR \(no such process\)\u001b\[0m/.test(typist.screen.bytes);
    assert.equal(colour, isColoured, JSON.stringify(env));
    // A dumb terminal has no editing: a control character would be a part of the line.
    typist.type("exit\r");
    assert.equal(await typist.ended(), 0);
  }
  // What Supervisor's scripts read is the same, whatever the variables say.
  const env = { FORCE_COLOR: "1" };
  const piped = await rig.command([TSV_BY_NAME.path("supervisorctl"), "-c", rig.path("d.conf")], {
    input: "start nope\nexit\n",
    env,
  });
  const status = [TSV, "status", "-c", rig.path("d.conf"), "bad"];
  assert.match(
    (await rig.command(status, { env })).stdout,
    /bad +\u001b\[3\dm(?:BACKOFF|FATAL)\u001b\[0m/,
  );
  assert.match((await rig.command(status)).stdout, /bad +(?:BACKOFF|FATAL)/);
  assert.match(piped.stdout, /supervisor> nope: ERROR \(no such process\)\nsupervisor> \n$/);
});

e2e("more choices than fit are counted", absent, async (rig) => {
  await rig.startWith(WEB);
  const typist = await open(rig, [], { columns: 50, rows: 10 });
  typist.type("start web:\t\t");
  await typist.shows(/^\.\.\. and \d+ more: type some letters, then Tab$/);
  await typist.cursorAfter(/> start web:$/);
  typist.type("worker_11\t\t");
  await typist.shows(/^web:worker_110 +web:worker_1\d\d/);
  await typist.cursorAfter(/^supervisor> start web:worker_11$/);
  await leave(typist);
});

e2e(
  "a long line in a narrow window can be edited, also after the window changed",
  absent,
  async (rig) => {
    await rig.startWith(WEB);
    const typist = await open(rig, [], { columns: 30, rows: 8 });
    const names = Array.from({ length: 6 }, (_, index) => `web:worker_00${index}`).join(" ");
    typist.type(`status ${names}x`);
    await typist.cursorAfter(/005x$/);
    // The last letter shows that all keys before it were acted on.
    typist.type("\u007f\u0001\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u0005y");
    await typist.cursorAfter(/005y$/);
    typist.type("\u007f");
    await typist.cursorAfter(/005$/);
    typist.resize(120, 30);
    typist.type("\r");
    await typist.shows(/^web:worker_005 +STOPPED {3}Not started$/);
    await leave(typist);
  },
);

e2e("pasted text is run line by line", absent, async (rig) => {
  await rig.startWith(WEB);
  const typist = await open(rig);
  const { row } = typist.screen;
  typist.type("version\r\nnonsense\r\n\r\nstart so\tlo\nhelp nope\nexit\nstatus\n");
  assert.equal(await typist.ended(), 0);
  assert.deepEqual(typist.screen.lines(row), [
    "supervisor> version",
    "4.2.5",
    "supervisor> nonsense",
    "*** Unknown syntax: nonsense",
    "supervisor>",
    "supervisor> start solo lo",
    "solo: ERROR (already started)",
    "lo: ERROR (no such process)",
    "supervisor> help nope",
    "*** No help on nope",
    "supervisor> exit",
    "",
    "",
  ]);
});

e2e("a history file keeps what was typed, privately (-r)", absent, async (rig) => {
  await rig.startWith(WEB);
  const first = await open(rig, ["-r", rig.path("history")]);
  const second = await open(rig, ["-r", rig.path("history")]);
  first.type("version\rstatus solo\r\rstatus solo\r");
  await first.shows(/^4\.2\.5$/);
  await leave(first);
  second.type("pid solo\r");
  await second.shows(/^\d+$/);
  second.hangUp();
  await waitForText(rig.path("history"), /^pid solo$/m);
  const third = await open(rig, ["-r", rig.path("history")]);
  third.type("\u001b[A\u001b[A");
  await third.cursorAfter(/> exit$/);
  await leave(third);
  const kept = readFileSync(rig.path("history"), "utf8");
  assert.equal(kept, "version\nstatus solo\nexit\npid solo\nexit\n");
  assert.equal(statSync(rig.path("history")).mode & 0o777, 0o600);
});

e2e("tsv ctl keeps its history for the next shell, privately", absent, async (rig) => {
  await rig.startWith(WEB);
  const argv = [TSV, "ctl", "-c", rig.path("d.conf")];
  const options = { cwd: rig.directory, mark: rig.mark, env: { HOME: rig.directory } };
  const first = new Typist(argv, options);
  await first.cursorAfter(PROMPT);
  first.type("version\rexit\r");
  assert.equal(await first.ended(), 0);
  const path = rig.path(".local/state/tsv/history");
  assert.equal(readFileSync(path, "utf8"), "version\nexit\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(rig.path(".local/state/tsv")).mode & 0o777, 0o700);
  const second = new Typist(argv, options);
  await second.cursorAfter(PROMPT);
  second.type("\u001b[A\u001b[A");
  await second.cursorAfter(/> version$/);
  await leave(second);
});

e2e("a history file behind a symlink is not changed, and that is reported", absent, async (rig) => {
  await rig.startWith(WEB);
  writeFileSync(rig.path("target"), "target\n");
  symlinkSync(rig.path("target"), rig.path("link"));
  const typist = await open(rig, ["-r", rig.path("link")], { columns: 200 });
  await typist.shows(
    /^Warning: cannot use the history in .*link: it is a symbolic link; set history_file/,
  );
  typist.type("version\r");
  await typist.shows(/^4\.2\.5$/);
  await leave(typist);
  assert.equal(readFileSync(rig.path("target"), "utf8"), "target\n");
});

e2e("a daemon that hangs holds Tab up, and Ctrl-C still leaves", absent, async (rig) => {
  await rig.startWith(WEB);
  const typist = await open(rig);
  const server = createServer();
  await event(server.listen(rig.path("hung")), "listening");
  const asked = once(server, "connection");
  // The shell itself begins with status, which a daemon that hangs would never answer.
  typist.type(`open unix://${rig.path("hung")}\r`);
  await asked;
  typist.type("\u0003");
  assert.equal(await typist.ended(), 0);
  server.close();
});

e2e("Ctrl-C at the prompt, and in a command, leaves with status 0", absent, async (rig) => {
  await rig.startWith(WEB);
  const typist = await open(rig);
  const { row } = typist.screen;
  typist.type("half a line\u0003");
  assert.equal(await typist.ended(), 0);
  assert.deepEqual(typist.screen.lines(row), ["supervisor> half a line", ""]);
  const other = await open(rig);
  other.type("maintail -f\r");
  await other.shows(/supervisord started with pid/);
  other.type("\u0003");
  await other.cursorAfter(PROMPT);
  other.type("\u0004");
  assert.equal(await other.ended(), 0);
});

e2e("a password is asked for, can be corrected, and is not shown", absent, async (rig) => {
  const login = "username=ann\npassword=right";
  rig.write("d.conf", BASE.replace("[unix_http_server]", `[unix_http_server]\n${login}`));
  await rig.start();
  const argv = [TSV_BY_NAME.path("supervisorctl"), "-c", rig.path("d.conf")];
  const typist = new Typist(argv, { cwd: rig.directory, mark: rig.mark });
  await typist.cursorAfter(/^Username:$/);
  typist.type("ann\r");
  await typist.cursorAfter(/^Password:$/);
  typist.type("no\u0015wrighx\u007ft\u0001\u001b[3~\r");
  await typist.cursorAfter(PROMPT);
  typist.type("version\r");
  await typist.shows(/^4\.2\.5$/);
  assert.doesNotMatch(typist.screen.bytes, /wrigh|right/);
  await leave(typist);
  const other = new Typist(argv, { cwd: rig.directory, mark: rig.mark });
  await other.cursorAfter(/^Username:$/);
  other.type("ann\r");
  await other.cursorAfter(/^Password:$/);
  other.type("half\u0003");
  assert.equal(await other.ended(), 0);
});

e2e("the end of input in a command ends that command only", absent, async (rig) => {
  await rig.startWith("[program:cat]\ncommand=cat\nstartsecs=0\n");
  const typist = await open(rig);
  for (const command of ["fg cat", "shutdown", "fg cat"]) {
    const { row } = typist.screen;
    typist.type(`${command}\r`);
    await typist.shows(/Press Ctrl-C|y\/N\?/, row);
    typist.type("\u0004");
    await typist.cursorAfter(PROMPT);
    typist.type("vers\t\u0001# \u0005");
    await typist.cursorAfter(/^supervisor> # version $/);
    typist.type("\u0015");
    await typist.cursorAfter(PROMPT);
  }
  await leave(typist);
});

e2e(
  "a configuration that is refused leads to tsv check (config-error-hint)",
  absent,
  async (rig) => {
    const conf = rig.configure("[program:a]\ncommand=cat\nstartsecs=x\nnumprocs=y\n");
    const supervisord = [TSV_BY_NAME.path("supervisord"), "-n", "-c", conf];
    const typist = new Typist(supervisord, { cwd: "/", mark: rig.mark, columns: 200 });
    await typist.shows(/^Error: invalid literal for int\(\) with base 10: /);
    await typist.shows(/^ {2}Show all errors: tsv check .*d\.conf$/);
    assert.equal(await typist.ended(), 2);
    const script = await rig.command(supervisord);
    assert.match(script.stderr, /^Error: .*\nFor help, use .*\n$/);
    const own = await rig.tsv("daemon", "-c", conf);
    assert.match(own.stderr, /^Error: \S+d\.conf:\d+: /);
    assert.match(
      own.stderr.replaceAll("\n  ", " "),
      /\(the first of 2 errors\) Show all errors: tsv check/,
    );
    assert.equal(own.status, 2);
  },
);

e2e("errors suggest what to do (ctl-hints)", absent, async (rig) => {
  rig.write("d.conf", BASE);
  const typist = await open(rig, [], { columns: 200 });
  const socket = `unix://${rig.path("d.sock")}`;
  const lines = typist.screen.lines();
  assert.equal(lines[0], `${socket} no such file`);
  assert.match(lines[1] ?? "", /^Hint: no daemon is running: .* does not exist$/);
  await leave(typist);
  const script = await rig.ctl(TSV_BY_NAME, "status");
  assert.deepEqual([script.stdout, script.stderr], [`${socket} no such file\n`, ""]);
  const verb = await rig.command([TSV, "status", "-c", rig.path("d.conf")]);
  assert.equal(verb.stdout, "");
  assert.match(verb.stderr, /^Error: no daemon is running: .* does not exist\n/);
  assert.ok(verb.stderr.includes(`tsv daemon -c ${rig.path("d.conf")}\n`), verb.stderr);
});
