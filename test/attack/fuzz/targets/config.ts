// Configuration files, the words of commands, environments, expansions, and the command line.

import assert from "node:assert/strict";
import {
  parseCtlArguments,
  parseDaemonArguments,
} from "../../../../src/core/command-line/arguments.ts";
import { expand } from "../../../../src/core/config/expand.ts";
import { checkConfig, formatProblem } from "../../../../src/core/config/lint/check.ts";
import { loadConfig } from "../../../../src/core/config/load.ts";
import { sampleConfig } from "../../../../src/core/config/options/reference.ts";
import { parseEnvironment, splitCommand } from "../../../../src/core/config/posix-lexer.ts";
import { decodeUtf8 } from "../../../../src/core/config/py-text.ts";
import { parseName, parsePort } from "../../../../src/core/config/values.ts";
import { parseEnvBytes } from "../../../../src/core/environment/env-file.ts";
import { readRunConfig } from "../../../../src/core/run/config.ts";
import { fakeWorld, readIn } from "../../../unit/core/config/fake-world.ts";
import { type Target, texts } from "../target.ts";

const PROGRAM = `[supervisord]
logfile=%(here)s/d.log ; comment
[program:web]
command=/bin/cat "%(program_name)s_%(process_num)02d" %(ENV_COLOUR)s
process_name=%(program_name)s_%(process_num)d
numprocs=3
environment=A="b,c",D='e'
exitcodes=0,2
stdout_logfile_maxbytes=1MB
[group:g]
programs=web
[eventlistener:l]
command=cat
events=TICK_5,PROCESS_STATE
[fcgi-program:f]
command=cat
socket=unix:///tmp/x.sock
[unix_http_server]
file=/tmp/s
chmod=0700
[include]
files=/etc/*.ini
`;

const SECTIONS =
  "supervisord program:x group:g eventlistener:l fcgi-program:f include supervisorctl";
const KEYS = `command process_name numprocs numprocs_start priority autostart startsecs startretries
 autorestart exitcodes stopsignal stopwaitsecs user redirect_stderr stdout_logfile environment
 directory umask serverurl events buffer_size result_handler socket programs files port username
 stdout_logfile_maxbytes stdout_capture_maxbytes`;
const WORDS = [
  ...SECTIONS.split(" ").map((name) => `\n[${name}]\n`),
  ...KEYS.split(/\s+/).map((key) => `\n${key}=`),
  ..."%(here)s %(nope)s %(process_num)02d %(ENV_COLOUR)s %(here)99s %% % %( %(here) %()s".split(
    " ",
  ),
  ..."; # = : [ ] \" ' \\ \n \r \t \0 \u{feff} \u2028 \u00a0 true auto AUTO 1KB 1e9".split(" "),
  ...["\n ", " ;", "\n\n", "\xff", "1000000000", "%(here)999999s", "[program:", "x".repeat(5000)],
];

const file: Target = {
  name: "configuration file",
  seeds: texts(PROGRAM, sampleConfig(), "[program:a]\ncommand=cat\n"),
  words: WORDS,
  read(input) {
    const text = decodeUtf8(input);
    if (!text.ok) return;
    const half = Math.floor(text.value.length / 2);
    const world = fakeWorld({ "/etc/s.conf": text.value, "/etc/a.ini": text.value.slice(half) });
    for (const problem of checkConfig("/etc/s.conf", world)) {
      assert.equal(typeof formatProblem(problem), "string");
    }
    readIn(world);
    loadConfig("/etc/s.conf", world, "/etc");
  },
};

const NAMES = new Map<string, string | number>([
  ["here", "/etc"],
  ["process_num", 7],
  ["ENV_A", "b"],
]);

const words: Target = {
  name: "words, expansions",
  seeds: texts(
    'cat \'a b\' "c\\"d" e\\ f',
    'A="b,c",D=e',
    "%(here)s/%(process_num)02d%%",
    "127.0.0.1:80",
  ),
  words: WORDS,
  read(input) {
    const text = input.toString();
    splitCommand(text);
    parseEnvironment(text);
    parsePort(text);
    parseName(text);
    expand(text, NAMES, "x");
  },
};

const variables: Target = {
  name: "file of variables",
  seeds: texts("# c\nA=1\nexport B='x\ny'\n", 'C="a\\$b\\\nc"d\r\n; e\nF=g\\ h\\\ni\n'),
  words: ["=", '"', "'", "\\", "\n", "\r\n", "#", ";", "export ", "\0", "\u{feff}", " "],
  read(input) {
    const parsed = parseEnvBytes(input);
    if (parsed.ok) return;
    const { line, column, reason } = parsed.error;
    assert.ok(line >= 1 && column >= 1 && reason.length < 200);
  },
};

const args: Target = {
  name: "command line",
  seeds: texts(
    "-n\0-c\0/etc/s.conf",
    "-s\0http://x:1\0-u\0a\0-p\0b\0status",
    "--nodaemon\0--loglevel=debug",
  ),
  words: ["\0", "-", "--", "-c", "-n", "-e", "debug", "--user=", "=", "0", "-j", "-q", "1KB", "-h"],
  read(input) {
    const list = input.toString().split("\0");
    const world = fakeWorld({ "/etc/s.conf": PROGRAM });
    parseDaemonArguments(list, world);
    parseCtlArguments(list, world);
  },
};

const run: Target = {
  name: "Procfile",
  seeds: texts(
    "web: bundle exec puma\n# comment\nworker-1: a; b\n",
    "-m\0web=2\0--name\0a=b\0--\0c",
    "procfile: P\nport: 'x' # web\nformation: web=2\ntimeout: 5\nenv: .env\n",
  ),
  words: [": ", "\n", "\r\n", "#", "web", "\0", "--", "--name", "=", "-m", "all=0", "%", "'", '"'],
  read(input) {
    const text = input.toString();
    const files = { "/etc/Procfile": text, "/etc/.foreman": text, "/etc/P": "web: a\n" };
    const world = fakeWorld(files, { cwd: "/etc" });
    readRunConfig([], world);
    readRunConfig(["-f", "P"], world);
    readRunConfig([], fakeWorld({ "/etc/Procfile": text }, { cwd: "/etc" }));
    readRunConfig(text.split("\0"), world);
  },
};

export const CONFIG_TARGETS: readonly Target[] = [file, words, variables, args, run];
