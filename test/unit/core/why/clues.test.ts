// Causes that lines of output name: of programs of Debian whose output was recorded, and single lines of others.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { clueIn } from "../../../../src/core/why/clues.ts";
import { ERROR_MESSAGES } from "../../../../src/core/why/error-messages.ts";
import { withoutFrames, withoutRepeats } from "../../../../src/core/why/stack-frames.ts";
import { fc } from "../../../property.ts";

/** By name: the lines of output, as the end of a log that is shown. */
const OUTPUTS: ReadonlyMap<string, readonly string[]> = new Map(
  readFileSync("test/golden/program-outputs.txt", "utf8")
    .split("\n== ")
    .slice(1)
    .map((block) => {
      const [name = "", _command, ...lines] = block.split("\n");
      return [name, lines.filter((line) => line.trim() !== "")];
    }),
);

/** The meaning of each recorded output, and its command; null: none is known. */
const MEANINGS: Readonly<Record<string, readonly [string | null, (string | null)?]>> = {
  "node-module": ["Node.js cannot find the package express-nope", "npm install"],
  "node-esm": ["Node.js cannot find the package nope-esm", "npm install"],
  "node-syntax": ["a file has a syntax error: Unexpected token ';'"],
  "node-port": ["the address that it wants to listen on is already in use"],
  "node-script": ["Node.js cannot find the file /srv/app/nope.js"],
  "node-memory": ["it reached the memory limit of its own settings"],
  "node-reference": [null],
  "npm-script": ["npm finds no /srv/app/np/package.json"],
  "python-module": ["Python cannot find the module flask_nope"],
  "python-m": ["Python cannot find the module nope_mod"],
  "python-syntax": ["a file has a syntax error: invalid syntax"],
  "python-port": ["the address that it wants to listen on is already in use"],
  "python-key": ["DATABASE_URL is missing, probably a variable of the environment"],
  "python-script": ["the script /srv/app/nope.py does not exist"],
  "ruby-require": ["Ruby cannot find sinatra_nope", "bundle install"],
  "ruby-gem": ["the gem rails_nope is not installed", "bundle install"],
  "ruby-syntax": ["a file has a syntax error: s.rb:1"],
  "ruby-script": ["the script nope.rb does not exist"],
  "php-autoload": [
    "the packages of Composer are not installed: vendor/autoload.php is missing",
    "composer install",
  ],
  "php-syntax": [
    "the PHP file /srv/app/s.php has a syntax error in line 1",
    "php -l /srv/app/s.php",
  ],
  "php-function": ["PHP has no function nope_fn: an extension may be missing", "php -m"],
  "php-script": ["the script nope.php does not exist"],
  "perl-module": ["Perl cannot find the module Nope::Missing", "cpan Nope::Missing"],
  "perl-syntax": ["the Perl script s.pl has a syntax error", "perl -c s.pl"],
  "perl-script": ["the script nope.pl does not exist"],
  "java-jar": ["the archive nope.jar does not exist, or its user may not read it"],
  "java-class": ["Java cannot find the class com.example.Main"],
  "java-heap": ["Java refuses the size of its heap"],
  "java-home": ["the variable JAVA_HOME is not set", "readlink -f /usr/bin/java"],
  "go-panic": ["a Go program panicked: assignment to entry in nil map"],
  "rust-panic": ["a Rust program panicked in p.rs:1; the next line says why"],
  "dash-command": ["the command nosuchcmd is in no directory of PATH"],
  "bash-command": ["the command nosuchcmd is in no directory of PATH"],
  "dash-file": ["the script nope.sh does not exist"],
  "bash-file": ["nope.sh does not exist"],
  "dash-syntax": ["s.sh has a syntax error in line 3"],
  "bash-syntax": ["s.sh has a syntax error in line 3"],
  "dash-cd": ["the directory /srv/nope does not exist, or its user may not enter it"],
  "bash-unset": ["the variable DATABASE_URL is not set"],
  "dash-unset": ["the variable DATABASE_URL is not set"],
  "nginx-directive": [
    'nginx refuses its configuration in /srv/app/n.conf:1: unknown directive "nope"',
    "nginx -t",
  ],
  "nginx-upstream": [
    'nginx refuses its configuration in /srv/app/n2.conf:1: invalid number of arguments in "upstream" directive',
    "nginx -t",
  ],
  "nginx-file": ["/srv/nope.conf does not exist"],
  "nginx-port": ["the address that it wants to listen on is already in use"],
  "redis-option": ["Redis does not accept a line of its configuration"],
  "redis-file": ["/srv/nope.conf does not exist"],
  "redis-port": ["the address that it wants to listen on is already in use"],
  "postgres-root": ["PostgreSQL refuses to run as root"],
  "postgres-data": ["its data directory does not exist, or is not one of PostgreSQL"],
  "loader-library": ["the shared library libnope.so is not installed"],
  "loader-arch": [
    "a file that it executes was built for another processor, or lacks its #! line",
    "uname -m",
  ],
  segv: ["a program that it runs crashed with SIGSEGV, invalid memory access", "coredumpctl list"],
  "ls-missing": ["/etc/app.yml does not exist"],
  "grep-option": ["it does not know the option --nope"],
  "cat-denied": ["its user has no permission for /etc/shadow"],
  "curl-refused": ["nothing listens at the address that it connects to (yet)"],
  "psql-refused": ["nothing listens at the address that it connects to (yet)"],
  name: ["a host name could not be resolved: the network is not ready, or the name is wrong"],
  nofile: ["it reached its limit of open files"],
  "ruby-file": ["/etc/nope/app.yml does not exist"],
  "ruby-port": ["the address that it wants to listen on is already in use"],
  "php-fopen": ["/etc/nope/app.yml does not exist"],
  "php-driver": ["PHP has no driver for its database", "php -m"],
  "php-port": ["the address that it wants to listen on is already in use"],
  "php-fpm-value": ["php-fpm refuses the value of pm in fpm.conf:4", "php-fpm -t"],
  "tail-missing": ["/nope does not exist"],
  "tar-missing": ["/nope/x.tar does not exist"],
  "python-indentation": [
    "a Python file has a syntax error: expected an indented block after function definition on line 1",
  ],
  "python-name": ["the Python module json has no nope: it is of another version"],
  "python-library": ["the shared library libnope.so.1 is not installed"],
  "python-symbol": [
    "a shared library lacks nope_fn: it is of another version than the program needs",
  ],
  "python-low-port": ["its user lacks a permission, such as to listen at a port below 1024"],
  "python-arguments": ["it does not know the option --nope"],
  "python-unreadable": ["its user has no permission for /srv/app/m711.py"],
  "python-exit": ["the variable DATABASE_URL is not set"],
  "perl-open": ["/etc/nope/app.yml does not exist"],
  "dash-exec": ["the command /opt/x does not exist, or the interpreter of its first line does not"],
  "bash-exec": ["/opt/x does not exist"],
  "busybox-cd": ["the directory /nope does not exist, or its user may not enter it"],
  "busybox-command": ["the command nosuchcmd is in no directory of PATH"],
  "zsh-command": ["the command nosuchcmd is in no directory of PATH"],
  "zsh-cd": ["the directory /nope does not exist, or its user may not enter it"],
  "env-command": ["the command nosuchcmd is in no directory of PATH"],
  "timeout-command": ["the command nosuchcmd is in no directory of PATH"],
  "stdbuf-command": ["the command nosuchcmd is in no directory of PATH"],
  "setsid-command": ["the command nosuchcmd is in no directory of PATH"],
  "mkdir-missing": ["/nope/a/b does not exist"],
  "find-missing": ["/nope does not exist"],
  "dash-required": ["the variable X is not set"],
  "bash-required": ["the variable X is not set"],
  "bash-required-text": ["the variable X is not set"],
  "dash-not-executable": [
    "the file ./noexec is not executable, or its user may not use it",
    "chmod +x ./noexec",
  ],
  "dash-create": ["its user has no permission for /etc/x"],
  "node-json": ["it cannot parse data as JSON"],
  "go-file": ["/etc/nope/app.yml does not exist"],
  "go-refused": ["nothing listens at the address that it connects to (yet)"],
  "java-file": ["/etc/nope/app.yml does not exist"],
  "java-host": [
    "the host name db.invalid could not be resolved: the network is not ready, or it is wrong",
  ],
  "java-refused": ["nothing listens at the address that it connects to (yet)"],
  "java-path": ["/etc/nope/x does not exist"],
  "java-memory": ["it reached the memory limit of its own settings"],
  "java-port": ["the address that it wants to listen on is already in use"],
  "gunicorn-option": ["it does not know the option --nope"],
  "gunicorn-port": ["the address that it wants to listen on is already in use"],
  "gunicorn-module": ["Python cannot find the module nope_mod"],
  "uvicorn-module": ["Python cannot find the module nope"],
  "uvicorn-attribute": ["the module wsgi has no application nope"],
  "uvicorn-port": ["the address that it wants to listen on is already in use"],
};

/** As many lines as are shown. */
const SHOWN = 10;

describe("recorded output", () => {
  test("each has a row here", () => {
    assert.deepEqual([...OUTPUTS.keys()].sort(), Object.keys(MEANINGS).sort());
  });
  for (const [name, [meaning, command]] of Object.entries(MEANINGS)) {
    test(`of ${name} is explained`, () => {
      const clue = clueIn(withoutFrames(OUTPUTS.get(name) ?? []).slice(-SHOWN));
      assert.equal(clue?.meaning ?? null, meaning);
      if (command !== undefined) assert.equal(clue?.command, command);
    });
  }
  test("names the port that is in use, unless the program does not", () => {
    const portOf = (name: string): number | null =>
      clueIn(withoutFrames(OUTPUTS.get(name) ?? []))?.port ?? null;
    const named = ["node-port", "nginx-port", "redis-port", "python-port"];
    assert.deepEqual(named.map(portOf), [18231, 18231, 18231, 18231]);
    const others = ["ruby-port", "php-port", "gunicorn-port", "uvicorn-port"];
    assert.deepEqual(others.map(portOf), [18599, 18599, 18599, 18599]);
    assert.equal(portOf("java-port"), null);
  });
});

const LINES: readonly (readonly [line: string, meaning: RegExp, port: number | null])[] = [
  ["12:30:45 listen tcp :8080: bind: address already in use", /already in use/, 8080],
  ['{"level":50,"msg":"listen EADDRINUSE 127.0.0.1:8081"}', /already in use/, 8081],
  ['{"level":50,"msg":"EADDRINUSE","port":8082}', /already in use/, 8082],
  ["/lib/libc.so.6: version `GLIBC_2.38' not found (required by ./app)", /GLIBC_2\.38/, null],
  ["write: No space left on device", /disk is full/, null],
  ["PermissionError: [Errno 13] Permission denied: '/x'", /permission for \/x$/, null],
  ["Error: listen EACCES: permission denied 0.0.0.0:80", /below 1024/, null],
  ["Error: ENOENT: no such file or directory, open 'a.yml'", /^a\.yml does not exist/, null],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/x/y'", /^\/x\/y does/, null],
  ["Error: spawn ffmpeg ENOENT", /^ffmpeg does not exist/, null],
  ["[ERROR] Worker failed to boot.", /application could not be loaded/, null],
  ["Failed to find attribute 'app' in 'wsgi'.", /module wsgi has no application app/, null],
  ["ERROR: [pool www] cannot get uid for user 'www'", /account www/, null],
  ["You must install or update .NET to run this application.", /\.NET runtime/, null],
  ["Unhandled exception. System.Exception: no", /exception: System\.Exception: no/, null],
  ["app.jar: UnsupportedClassVersionError: x", /newer Java/, null],
  ['FATAL:  password authentication failed for user "web"', /password of the user web/, null],
  ['npm ERR! Missing script: "start"', /no script start/, null],
  ["Could not find gem 'rake' in locally installed gems.", /gem rake/, null],
  ["x509: certificate has expired or is not yet valid", /certificate/, null],
];

for (const [line, meaning, port] of LINES) {
  test(`"${line.slice(0, 50)}" has a clue`, () => {
    const clue = clueIn(["before", line, "    at Server.listen (node:net:1)"]);
    assert.ok(clue !== null);
    assert.match(clue.meaning, meaning);
    assert.equal(clue.port, port);
    assert.equal(clue.line, line);
  });
}

// Another error, or a line of another kind, is not explained by the lines above it.
for (const lines of [
  ["Error: listen EADDRINUSE: address already in use 127.0.0.1:18500", "license is invalid"],
  [
    "PermissionError: [Errno 13] Permission denied: '/x'",
    "license is invalid",
    "license is invalid",
  ],
  ["cat: /etc/opt.conf: No such file or directory", "fatal: lost the lease"],
  ["bash: line 1: nosuchcmd: command not found", "ready", "    with details"],
]) {
  test(`"${lines[1]}" has no clue`, () => assert.equal(clueIn(lines), null));
}

test("a word is called a path only if it looks like one", () => {
  for (const line of [
    "Failed to open stream: No such file or directory",
    "in `read': No such file or directory",
    "cannot open for reading: No such file or directory",
    "cannot open shared object: No such file or directory",
    'Error: Os { code: 2, kind: NotFound, message: "No such file or directory" }',
  ]) {
    assert.equal(clueIn([line])?.meaning, "a file that it needs does not exist", line);
  }
  assert.equal(clueIn(["open: Permission denied"])?.meaning, "its user lacks a permission");
});

test("ordinary lines have no clue", () => {
  for (const line of [
    "listening on 0.0.0.0:80",
    "GET / 200",
    "permission granted",
    "404: /x not found",
    "GET /a.js 404 Not Found",
    "user not found",
    "starting without option files",
  ]) {
    assert.equal(clueIn([line]), null, line);
  }
});

test("a command that root would paste contains nothing that a shell interprets", () => {
  const names = fc
    .string({ minLength: 1, maxLength: 30 })
    .map((text) => text.replaceAll(/\s/g, ""));
  fc.assert(
    fc.property(names, (name) => {
      const line = `PHP Parse error:  syntax error in ${name} on line 1`;
      const command = clueIn([line])?.command ?? "php -l x";
      assert.match(command, /^php -l [\w/.:@+][\w/.:@+-]*$|^php -[lm] x$|^[a-z -]+$/);
    }),
  );
});

test("a line that matches no row is kept as it is", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 80 }), { maxLength: 30 }), (lines) => {
      const plain = lines.filter((line) => clueIn([line]) === null && !/^\s|^#|^ *\d+:/.test(line));
      assert.equal(clueIn(plain), null);
      assert.deepEqual(withoutFrames(plain), plain);
    }),
  );
});

test("lines that repeat the one before are counted, also with other times", () => {
  const time = (second: number) => `2026/11/26 00:20:3${second} [emerg] still waiting`;
  assert.deepEqual(withoutRepeats(["a", time(1), time(2), time(3), "b", "b", "c"]), [
    ...["a", time(1), "    … (3 times)", "b", "    … (2 times)", "c"],
  ]);
});

test("of a stack, the first frame is kept and the others are counted", () => {
  const shown = withoutFrames(OUTPUTS.get("node-module") ?? []);
  assert.deepEqual(shown.slice(3), [
    "Error: Cannot find module 'express-nope'",
    "Require stack:",
    "- /srv/app/m.js",
    "    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)",
    "    … (11 more lines of this stack)",
    "}",
    "Node.js v20.20.2",
  ]);
});

test("no pattern takes long for a long line", () => {
  for (const line of ["a".repeat(500), "a/".repeat(250), ": ".repeat(250), "./'".repeat(170)]) {
    const begun = performance.now();
    for (const { pattern } of ERROR_MESSAGES) pattern.test(line);
    assert.ok(performance.now() - begun < 1000, line.slice(0, 10));
  }
});
