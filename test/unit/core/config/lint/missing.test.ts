// Commands and working directories that do not exist, and those of which that is not known.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import type { ConfigWorld } from "../../../../../src/core/config/world.ts";
import { fakeWorld } from "../fake-world.ts";

const HOST: Readonly<Record<string, string>> = {
  "/bin/sh": "",
  "/usr/sbin/nginx": "",
  "/opt/app/bin/serve": "",
  "/etc/path.env": "PATH=/opt/app/bin\n",
  "/opt/data/readme": "",
};
const NOT_EXECUTABLE = ["/etc/path.env", "/opt/data/readme"];

/** What is said of [program:a] on a host that has these files, is asked from a shell with PATH=/bin, and hides /root. */
function check(lines: string, daemon = "", changes: Partial<ConfigWorld> = {}): readonly string[] {
  const text = `[supervisord]\nuser=root\n${daemon}[program:a]\n${lines}\n`;
  const world = fakeWorld({ ...HOST, "/etc/s.conf": text });
  const isMissing = (path: string) => !path.startsWith("/root") && !world.exists(path);
  const env = { PATH: "/bin" };
  const isNotExecutable = (path: string) => NOT_EXECUTABLE.includes(path);
  return checkConfig("/etc/s.conf", { ...world, env, isMissing, isNotExecutable, ...changes })
    .filter(({ rule }) => /^(?:missing|unfit)-/.test(rule))
    .map(formatProblem);
}

describe("a warning names", () => {
  for (const [lines, said] of [
    ["command=/opt/nothing/here", "command: /opt/nothing/here does not exist on this host"],
    ["command=nosuch -x", "command: nosuch is in no directory of PATH"],
    ["command=chroot /srv sh", "command: chroot is in no directory of PATH"],
    ["command=./run\ndirectory=/opt/app", "command: /opt/app/./run does not exist on this host"],
    ["command=sh\nready_check=exec:/none/x y", "ready_check: /none/x does not exist on this host"],
    ["command=sh\nhealth_check=exec:curl -f x", "health_check: curl is in no directory of PATH"],
    ["command=/opt/app", "command: /opt/app is a directory, not a program"],
    ["command=app\nenvironment=PATH=/opt", "command: /opt/app is a directory, not"],
    ["command=/etc/path.env", "command: /etc/path.env is not executable ("],
    ["command=data/readme\ndirectory=/opt", "command: /opt/data/readme is not executable ("],
    ["command=readme\nenvironment=PATH=/opt/data", "command: /opt/data/readme is not executable"],
    ["command=sh\nenv_command=/opt/data/readme", "env_command: /opt/data/readme is not executable"],
    ["command=sh\nready_check=exec:/opt/app x", "ready_check: /opt/app is a directory, not "],
    ["command=sh\ndirectory=/bin/sh", "directory: /bin/sh is not a directory: with it no start"],
    ["command=sh\nenv_command=/nope", "env_command: /nope does not exist on this host"],
    ["command=sh\ndirectory=/srv/none", "directory: /srv/none does not exist on this host: "],
    ["command=./run\ndirectory=/srv/none", "directory: /srv/none does not exist on this host: "],
    [
      "command=sh\nwatch=/opt/app, /opt/no",
      "watch: /opt/no does not exist on this host: no change",
    ],
    ["command=sh\nwatch=no\ndirectory=/opt", "watch: /opt/no does not exist on this host: no "],
    ["command=sh\nwatch=no\ndirectory=/no", "directory: /no does not exist on this host: with"],
    ["command=sh\ndirectory=~/x", "directory: ~/x begins with a directory named ~: "],
    [
      'command=sh\nenvironment=PATH="/opt/app/bin"',
      "command: sh is in no directory of the PATH of the program",
    ],
    [
      "command=sh\nenv_file=/etc/path.env",
      "command: sh is in no directory of the PATH of the program",
    ],
    ["command=serve\nenvironment_pass=X", "command: serve is in no directory of the PATH of the"],
  ] as const) {
    test(lines.replaceAll("\n", " "), () => {
      const [first = "", ...more] = check(lines);
      assert.ok(first.includes(`: warning: [program:a] ${said}`), first);
      assert.deepEqual(more, []);
    });
  }

  test("what is on a file system that does not answer, and was not checked", () => {
    const silentMount = (path: string) => (path.startsWith("/mnt/") ? "/mnt" : null);
    const said = check("command=/mnt/app\ndirectory=/mnt/work", "", { silentMount });
    for (const path of ["directory: /mnt/work", "command: /mnt/app"]) {
      const line = said.find((one) => one.includes(path)) ?? "";
      assert.match(line, /was not checked: its file system \/mnt does not answer/);
    }
    assert.equal(said.length, 2);
  });

  test("each option of a section once", () => {
    const copies = "numprocs=3\nprocess_name=%(process_num)d\ncommand=/none/%(process_num)d";
    assert.equal(check(copies).length, 1);
  });

  test("what one of many processes lacks", () => {
    const copies = "numprocs=3\nprocess_name=%(process_num)d\ncommand=sh";
    const said = check(`${copies}\nenvironment=PATH="/%(process_num)d"`, "", {
      isMissing: (path) => path === "/2/sh",
    });
    assert.match(said.join("\n"), /^[^\n]*command: sh is in no directory of the PATH[^\n]*$/);
  });
});

describe("nothing is said of", () => {
  for (const lines of [
    "command=sh",
    "command=/bin/sh -c /none",
    // In the PATH of the daemon, if not in that of the shell.
    "command=nginx",
    'command=nginx\nenvironment=PATH="/opt/app/bin:%(ENV_PATH)s"',
    "command=serve\nenv_file=/etc/path.env",
    'command=serve\nenvironment=PATH="/opt/app/bin"',
    "command=bin/serve\ndirectory=/opt/app",
    // The directory of the daemon is not known here.
    "command=./run",
    "command=sh\ndirectory=srv",
    // PATH may be in what the command prints.
    "command=nosuch\nenv_command=/bin/sh",
    'command=nosuch\nenvironment=PATH="bin"',
    // This user cannot look there.
    "command=/root/app",
    "command=sh\ndirectory=/root/app",
    'command=nosuch\nenvironment=PATH="/root/bin"',
    // tsv has it itself.
    "command=supervisor_stdout",
    // Its own problems explain more.
    "command=cd /srv && ./run",
    "command=A=1 nosuch",
    "command=sh\ndirectory=/opt/app;here",
    'command="nosuch',
    "command=%(ENV_NONE)s",
  ]) {
    test(lines.replaceAll("\n", " "), () => assert.deepEqual(check(lines), []));
  }

  test("a name in a PATH that the daemon sets for all", () => {
    const daemon = 'environment=PATH="/opt/app/bin"\n';
    assert.deepEqual(check("command=serve", daemon), []);
    assert.match(check("command=sh", daemon).join(), /sh is in no directory of the PATH of the/);
  });

  test("a name where a file of variables cannot be read", () => {
    const readEnvFile = () => ({ ok: false, error: "EACCES" }) as const;
    assert.deepEqual(check("command=nosuch\nenv_file=/etc/x.env", "", { readEnvFile }), []);
  });
});

test("a file of variables is read once for the processes of all programs", () => {
  const copies = (name: string) =>
    `numprocs=50\nprocess_name=${name}%(process_num)d\nenv_file=/etc/path.env`;
  const world = fakeWorld(HOST);
  const reads = (lines: string): number => {
    let count = 0;
    check(lines, "", {
      readEnvFile: (path) => {
        count += 1;
        return world.readEnvFile(path);
      },
    });
    return count;
  };
  const once = reads("command=serve\nenv_file=/etc/path.env");
  const commands = ["command=serve", "command=serve %(process_num)d"];
  for (const command of commands) assert.equal(reads(`${command}\n${copies("a")}`), once, command);
});
