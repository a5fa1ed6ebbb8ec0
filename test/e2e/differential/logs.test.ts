// Output of programs: the bytes in their files, rotation, reading and tailing by offsets, clearing, capture.

import { CHILD } from "../rig/places.ts";
import { compareDaemons } from "./run.ts";

const OFFSETS = [0, 1, 3, 6, 7, 8, 50, -1, -3, -6, -100];
const LENGTHS = [0, 1, 5, 7, 10, 100, -1];

compareDaemons({
  name: "logs",
  config: `
[program:plain]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/plain.out
stderr_logfile=%(here)s/plain.err

[program:both]
command=${CHILD}
startsecs=0
redirect_stderr=true
stdout_logfile=%(here)s/both.out

[program:rotated]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/rotated.out
stdout_logfile_maxbytes=20
stdout_logfile_backups=2

[program:truncated]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/truncated.out
stdout_logfile_maxbytes=20
stdout_logfile_backups=0

[program:endless]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/endless.out
stdout_logfile_maxbytes=0

[program:auto]
command=${CHILD}
startsecs=0

[program:silent]
command=${CHILD}
startsecs=0
stdout_logfile=NONE
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/success: /, 7);
    await session.tell("plain", "printf 'abc\\ndef'", "plain.out", "def");
    await session.tell("plain", "echo problem >&2", "plain.err", "problem");
    for (const offset of OFFSETS) {
      for (const length of LENGTHS) {
        await session.ask("readProcessStdoutLog", "plain", offset, length);
        await session.ask("tailProcessStdoutLog", "plain", offset, length);
      }
    }
    await session.ask("tailProcessStderrLog", "plain", 0, 100);
    await session.ask("readProcessStderrLog", "plain", 0, 0);
    await session.tell("plain", "printf 'gr\\303\\274n & <b> \\303'", "plain.out", "<b>");
    await session.ask("readProcessStdoutLog", "plain", 0, 15);
    await session.tell("both", "echo one; echo two >&2; echo three", "both.out", "three");
    await session.ask("tailProcessStderrLog", "both", 0, 100);
    await session.ask("readProcessStderrLog", "both", 0, 100);
    for (let i = 1; i <= 9; i++) {
      await session.tell("rotated", `echo rotated ${i}`, "rotated.out", `rotated ${i}\n`);
      await session.ask("tailProcessStdoutLog", "rotated", 0, 1000);
    }
    for (const name of ["rotated", "truncated"]) {
      const command = "echo 12345678901234567890123456789; echo end >&2";
      await session.tell(name, command, `${name}-stderr-`, "end");
    }
    await session.tell("endless", "echo 12345678901234567890123456789", "endless.out", "789\n");
    await session.ask("tailProcessStdoutLog", "silent", 0, 100);
    await session.ask("stopProcess", "plain");
    await session.ask("readProcessStdoutLog", "plain", 0, 3);
    await session.ask("startProcess", "plain");
    await session.tell("plain", "echo again", "plain.out", "again");
    await session.ask("stopAllProcesses");
    await session.written("plain", "both", "rotated", "truncated", "endless", "auto");
    for (const prefix of ["plain.", "both.", "rotated.", "truncated.", "endless.", "auto-"]) {
      session.files(prefix);
    }
    await session.ask("startProcess", "rotated");
    await session.ask("clearProcessLogs", "rotated");
    session.files("rotated.");
    await session.ask("clearAllProcessLogs");
  },
});

compareDaemons({
  name: "log-filters",
  config: `
[program:ansi]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/ansi.out

[program:capture]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/capture.out
stdout_capture_maxbytes=1KB

[program:gone]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/gone.out
`,
  args: ["-t"],
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/success: /, 3);
    const command = "printf 'a\\033[1mbold\\033[0m b\\033[2K \\033[31;1mred\\033[m end\\n'";
    await session.tell("ansi", command, "ansi.out", "end");
    const tokens = "<!--XSUPERVISOR:BEGIN-->captured<!--XSUPERVISOR:END-->";
    const text = `before this there is a long text ${tokens} and this follows, long enough too`;
    await session.tell("capture", `printf '%s' '${text}'`, "capture.out", "follows");
    await session.tell("gone", "echo first", "gone.out", "first");
    await session.tell("gone", "rm gone.out; echo lost; touch mark-gone", "mark-gone", "");
    daemon.signal("SIGUSR2");
    await daemon.logged(/supervisord logreopen/);
    await session.ask("stopAllProcesses");
    await session.written("ansi", "capture");
    session.files("ansi.");
    session.files("capture.");
  },
});
