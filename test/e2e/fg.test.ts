// fg in front of a real terminal: of a program on pipes, and of one that has a terminal itself.

import assert from "node:assert/strict";
import { withoutPty } from "../integration/host/processes/pty-rig.ts";
import type { Daemon } from "./rig/daemon.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { Person } from "./tty-person.ts";

const absent = withoutPty();

/**
 * A shell that says its status after the command and how the terminal was left.
 * @param before commands that it runs first
 */
function inFrontOf(rig: Rig, name: string, before = ":"): Person {
  const command = `"${TSV}" fg -c "${rig.path("d.conf")}" ${name}`;
  const after = 'echo "status $?"; stty -a | grep -o " .\\?icanon .*echo "';
  // Ctrl-C is for ctl alone; what follows it must still run.
  return new Person(
    ["/bin/sh", "-c", `trap : INT; ${before}; ${command}; ${after}`],
    rig.mark,
    rig.directory,
  );
}

/** In front of the shell on a terminal, once it is up. */
async function inFrontOfShell(
  rig: Rig,
  before?: string,
): Promise<{ daemon: Daemon; person: Person }> {
  const daemon = await rig.startWith(ECHO);
  await daemon.logged(/success: shell/);
  return { daemon, person: inFrontOf(rig, "shell", before) };
}

async function sitsInAShellAgain(person: Person, status: number): Promise<void> {
  await person.sees(new RegExp(`status ${status}\\r\\n icanon iexten echo `));
  await person.leaves();
  person.close();
}

/**
 * Somebody else ends the program, and the next line that is typed is not taken. (A line that ends the program itself may
 * be the one at which that is noticed, as it is looked for after each.)
 */
async function noticesAtTheNextLine(rig: Rig, daemon: Daemon): Promise<void> {
  const person = inFrontOf(rig, "ends");
  await person.sees(/==> Press Ctrl-C to exit <==\r\n/);
  process.kill(Number((await daemon.info("ends"))["pid"]), "SIGKILL");
  await daemon.logged(/exited: ends/);
  person.type("two\r");
  await person.sees(/Process got killed\r\nExiting foreground\r\n/);
  await sitsInAShellAgain(person, 0);
}

const CAT = "[program:cat]\ncommand=cat\n";
const ECHO = `[program:shell]
command=/bin/sh -c 'echo ready; while :; do read -r line && eval "$line"; done'
tty=true
startsecs=0
autorestart=false
`;

e2e("lines go to a program on pipes, Ctrl-C leaves it running", absent, async (rig) => {
  const daemon = await rig.startWith(CAT);
  await daemon.logged(/success: cat/);
  const person = inFrontOf(rig, "cat");
  await person.sees(/==> Press Ctrl-C to exit <==\r\n/);
  person.type("hello\r");
  await person.sees(/hello\r\nhello\r\n/);
  person.type("\x03");
  await person.sees(/Exiting foreground\r\n/);
  await sitsInAShellAgain(person, 0);
  assert.equal((await daemon.info("cat"))["statename"], "RUNNING");
});

e2e(
  "the exit of a program on pipes is noticed and reported (fg-end-noticed)",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(
      "[program:ends]\ncommand=/bin/sh -c 'read x; echo last; echo words >&2; exit 3'\nautorestart=false\n",
    );
    await daemon.logged(/success: ends/);
    const person = inFrontOf(rig, "ends");
    await person.sees(/Ctrl-C/);
    person.type("\r");
    await person.sees(/ends exited with status 3\r\nExiting foreground\r\n/);
    assert.match(person.screen, /last\r\n/);
    assert.match(person.screen, /words\r\n/);
    await sitsInAShellAgain(person, 0);
  },
);

e2e(
  "keys, window size and signals reach a program on a terminal (fg-terminal)",
  absent,
  async (rig) => {
    const { daemon, person } = await inFrontOfShell(rig, "stty rows 30 cols 100");
    await person.sees(/==> Press Ctrl-\] to leave shell running <==\r\n/);
    await person.sees(/ready\r\n/);
    person.type("stty size\r");
    await person.sees(/30 100\r\n/);
    person.type("trap 'stty size; trap - WINCH' WINCH\r");
    person.type("trap 'echo interrupted' INT; echo set\r");
    await person.sees(/echo set\r\n[\s\S]*set\r\n/);
    person.resize(40, 120);
    person.type(":\r");
    await person.sees(/40 120\r\n/);
    person.type("\x03");
    await person.sees(/\^C[\s\S]*interrupted/);
    person.type(
      "stty -echo -icanon; echo list''ening; dd bs=1 count=1 2>/dev/null | od -An -c; stty sane\r",
    );
    await person.sees(/listening\r\n/);
    person.type("x"); // without Enter
    await person.sees(/ x\r\n/);
    person.type("\x1d");
    await person.sees(/Exiting foreground\r\n/);
    await sitsInAShellAgain(person, 0);
    assert.equal((await daemon.info("shell"))["statename"], "RUNNING");
  },
);

e2e(
  "a terminal is restored when the program exits, also from the alternate screen",
  absent,
  async (rig) => {
    const { person } = await inFrontOfShell(rig);
    await person.sees(/ready\r\n/);
    person.type("printf '\\033[?1049h\\033[?25lfull'; exit 4\r");
    await person.sees(
      /full[\s\S]*\x1b\[\?1049l[\s\S]*\x1b\[\?7;25h\r\nshell exited with status 4\r\n/,
    );
    await person.sees(/Exiting foreground\r\n/);
    await sitsInAShellAgain(person, 0);
  },
);

e2e("a terminal is restored when ctl is asked to end", absent, async (rig) => {
  const { person } = await inFrontOfShell(rig);
  await person.sees(/ready\r\n/);
  person.type(`pkill -TERM -P ${person.pid} -x -f '"?${TSV}.* fg .*'\r`);
  await sitsInAShellAgain(person, 143);
});

e2e(
  "a terminal is restored when the daemon is killed, and the reason is printed",
  absent,
  async (rig) => {
    const { daemon, person } = await inFrontOfShell(rig);
    await person.sees(/ready\r\n/);
    daemon.signal("SIGKILL");
    await person.sees(/ERROR: the connection to the daemon was lost\r\nExiting foreground\r\n/);
    await sitsInAShellAgain(person, 0);
  },
);

e2e("a full-screen program redraws for each new fg", absent, async (rig) => {
  const daemon = await rig.startWith("[program:less]\ncommand=less /etc/services\ntty=true\n");
  await daemon.logged(/success: less/);
  const person = inFrontOf(rig, "less");
  await person.sees(/tcpmux/);
  person.type("/submission\r");
  await person.sees(/submission/);
  person.type("\x1d");
  await person.sees(/Exiting foreground\r\n/);
  await sitsInAShellAgain(person, 0);
});

e2e(
  "neither strip_ansi nor the lack of a log takes anything from the screen",
  absent,
  async (rig) => {
    rig.configure(`${ECHO}[program:bare]\ncommand=/bin/sh\ntty=true\nstdout_logfile=NONE\n`);
    const daemon = await rig.start({ args: ["--strip_ansi"] });
    await daemon.logged(/success: bare/);
    const colours = inFrontOf(rig, "shell");
    await colours.sees(/ready\r\n/);
    colours.type("ls --color=auto -d /\r");
    await colours.sees(/\x1b\[01;34m\/\x1b\[0m/);
    colours.type("\x1d");
    await sitsInAShellAgain(colours, 0);
    const bare = inFrontOf(rig, "bare");
    await bare.sees(/Ctrl-\]/);
    bare.type("echo he''re; exit 6\r");
    await bare.sees(/here\r\n[\s\S]*bare exited/);
    await sitsInAShellAgain(bare, 0);
  },
);

e2e(
  "without a terminal in front, fg of a program on a terminal sends lines",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(ECHO);
    await daemon.logged(/success: shell/);
    const ran = await rig.command([
      "/bin/sh",
      "-c",
      // The shell holds both ends, so that there is no end of the input.
      `mkfifo keys; exec 3<>keys; echo 'echo answer; exit 5' >&3; exec "${TSV}" fg -c d.conf shell <&3`,
    ]);
    assert.match(
      ran.stdout,
      /^==> Press Ctrl-C to exit <==\n[\s\S]*answer\r\n[\s\S]*shell exited with status 5\nExiting foreground\n$/,
    );
  },
);

e2e(
  "of a program of Supervisor's, fg notices the end at the next line",
  absent || DEBIAN.absent(),
  async (rig) => {
    rig.configure(
      "[program:ends]\ncommand=/bin/sh -c 'read x; echo got $x; read y'\nautorestart=false\n",
    );
    const daemon = await rig.start({ implementation: DEBIAN });
    await daemon.logged(/success: ends/);
    const person = inFrontOf(rig, "ends");
    await person.sees(/==> Press Ctrl-C to exit <==\r\n/);
    person.type("one\r");
    await person.sees(/got one\r\n/);
    person.type("\x03");
    await sitsInAShellAgain(person, 0);
    await noticesAtTheNextLine(rig, daemon);
  },
);

e2e(
  "a program without a log still accepts lines, and its exit is reported",
  absent,
  async (rig) => {
    const none = "stdout_logfile=NONE\nstderr_logfile=NONE\nautorestart=false\n";
    const daemon = await rig.startWith(
      `[program:ends]\ncommand=/bin/sh -c 'read x; echo $x > took; read y'\n${none}`,
    );
    await daemon.logged(/success: ends/);
    const person = inFrontOf(rig, "ends");
    await person.sees(/Ctrl-C/);
    person.type("one\r");
    await waitForText(rig.path("took"), /^one\n/);
    person.type("\x03");
    await sitsInAShellAgain(person, 0);
    await noticesAtTheNextLine(rig, daemon);
  },
);
