// tsv as PID 1 of a container: signals, orphans, roots that nothing can be written to, exit statuses, and limits.

import assert from "node:assert/strict";
import type { RunOptions } from "./rig/container.ts";
import { APP } from "./rig/page.ts";
import { containerTest } from "./rig/rig.ts";

const DAEMON = `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid
`;
const OUTPUT = `stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
`;
const CONFIG = `${DAEMON}[program:web]
command=sh -c 'echo out of web; echo err of web >&2; exec sleep 1000'
${OUTPUT}`;
const LEAST: RunOptions = {
  words: ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--env-merge=HOME="],
};

containerTest(
  "root and others, with a root of any kind: output, status, and a stop within the grace",
  async (rig) => {
    const image = await rig.image(CONFIG);
    for (const readOnly of [false, true]) {
      for (const user of ["0", "1000:1000"]) {
        const container = await rig.run(image, { user, readOnly });
        await container.printed(/^out of web$/, 1, "stdout");
        await container.printed(/^err of web$/, 1, "stderr");
        await container.printed(/success: web entered/);
        const status = await container.exec("tsv", "status");
        assert.match(status.stdout, /^web +RUNNING/, status.stderr);
        assert.equal(await container.stop(), 0);
      }
    }
  },
);

containerTest(
  "without capabilities, HOME, a known user, a terminal and stdin, on a read-only root",
  async (rig) => {
    const image = await rig.image(CONFIG);
    const container = await rig.run(image, { user: "54321", readOnly: true, ...LEAST });
    await container.printed(/success: web entered/);
    assert.match((await container.exec("tsv", "status", "--check")).stdout, /./);
    assert.equal(await container.stop(), 0);
  },
);

containerTest("root finds the daemon of another user in its container", async (rig) => {
  const image = await rig.image(CONFIG);
  for (const readOnly of [false, true]) {
    const container = await rig.run(image, { user: "1000:1000", readOnly });
    await container.printed(/success: web entered/);
    const status = await container.execAsRoot("tsv", "status");
    assert.match(status.stdout, /^web +RUNNING/, status.stderr);
    assert.equal(await container.stop(), 0);
  }
});

containerTest("what cannot be written is named, and the programs run", async (rig) => {
  const config = `${DAEMON}[program:auto]
command=sleep 1000
[program:file]
command=sleep 1000
stdout_logfile=/var/log/file.log
redirect_stderr=true
`;
  const container = await rig.start(config, { readOnly: true });
  await container.printed(/CRIT could not write pidfile .*read-only file system/);
  await container.printed(/ERRO cannot open log .* of 'auto' stdout: EROFS/);
  await container.printed(/ERRO cannot open log '\/var\/log\/file.log' of 'file' stdout: EROFS/);
  for (const name of ["auto", "file"]) {
    await container.printed(new RegExp(`success: ${name} entered RUNNING`));
  }
  assert.equal(await container.stop(), 0);
});

/** Ten times: a thousand processes lose their parent, and die at the same moment. */
const ORPHANS = `#!/usr/bin/perl
use strict;
$| = 1;
for my $batch (1 .. 10) {
  pipe(my $read, my $write) or die;
  my $parent = fork;
  if (!$parent) {
    for (1 .. 1000) {
      my $child = fork // die;
      next if $child;
      close $write;
      sysread $read, my $byte, 1;
      exit 0;
    }
    exit 0;
  }
  waitpid $parent, 0;
}
print "all orphans made\\n";
sleep 1000;
`;

containerTest("ten thousand orphans leave no zombie, and delay no client", async (rig) => {
  const config = `${DAEMON}[program:orphans]
command=/app/orphans
${OUTPUT}
[program:mortal]
command=sh -c 'echo alive; exec sleep 1000'
${OUTPUT}`;
  const container = await rig.start(config, {
    files: { "app/orphans": ORPHANS },
    words: ["--pids-limit=15000"],
  });
  await container.printed(/^all orphans made$/, 1, "stdout");
  await container.exec("tsv", "signal", "KILL", "mortal");
  await container.printed(/^alive$/, 2, "stdout");
  await container.printed(/reaped unknown pid \d+ \(exit status 0\)/, 10_000);
  const states = await container.exec("sh", "-c", "cat /proc/[0-9]*/stat");
  assert.doesNotMatch(states.stdout, /^\d+ \(.*\) Z /m);
  assert.equal(await container.stop(), 0);
});

containerTest("SIGTERM while programs start, and twice, ends it in order", async (rig) => {
  const programs = Array.from(
    { length: 40 },
    (_, i) => `[program:p${i}]\ncommand=/app/server ${i}\nstartsecs=30\npriority=${i}\n${OUTPUT}`,
  );
  const container = await rig.start(`${DAEMON}${programs.join("")}`, { files: APP });
  await container.printed(/^server /, 1, "stdout");
  await container.exec("sh", "-c", "kill -TERM 1; kill -TERM 1");
  assert.equal(await container.exited(), 0);
  assert.doesNotMatch(container.stdout, /killing/);
});

/** Two seconds pass between its stop signal and its end. */
const SLOW_SERVER = `#!/bin/sh
trap 'echo stopping; sleep 2; echo "stopped in order"; exit 0' TERM
echo listening
while :; do sleep 1000 & wait; done
`;

containerTest("a shell that exits before its server does not end the shutdown", async (rig) => {
  const config = `${DAEMON}[program:app]
command=sh -c "/app/slow; echo never"
stopasgroup=true
${OUTPUT}`;
  const container = await rig.start(config, { files: { "app/slow": SLOW_SERVER } });
  await container.printed(/^listening$/, 1, "stdout");
  assert.equal(await container.stop(), 0);
  assert.match(container.stdout, /^stopping\n(?:.*\n)*stopped in order\n/m);
});

/** It ignores its stop signal. */
const DEAF_SERVER = `#!/bin/sh
trap '' TERM
echo listening
exec sleep 1000
`;

containerTest("what ignores its stop behind a shell is killed after stopwaitsecs", async (rig) => {
  const config = `${DAEMON}[program:app]
command=sh -c "/app/deaf; echo never"
stopasgroup=true
stopwaitsecs=1
${OUTPUT}`;
  const container = await rig.start(config, { files: { "app/deaf": DEAF_SERVER } });
  await container.printed(/^listening$/, 1, "stdout");
  assert.equal(await container.stop(), 0);
  assert.match(container.stdout, /killing 'app' \(\d+\) with SIGKILL/);
});

containerTest("every request to exit ends it with 0", async (rig) => {
  const image = await rig.image(CONFIG);
  const ends = ["TERM", "INT", "QUIT"].map(async (signal) => {
    const container = await rig.run(image);
    await container.printed(/success: web entered/);
    await container.signal(signal);
    assert.equal(await container.exited(), 0, signal);
  });
  await Promise.all(ends);
  const container = await rig.run(image);
  await container.printed(/success: web entered/);
  await container.exec("tsv", "shutdown");
  assert.equal(await container.exited(), 0);
});

containerTest(
  "a program that ignores SIGTERM is killed within the grace of docker",
  async (rig) => {
    const config = `${DAEMON.replace("nodaemon", "shutdown_grace=4s\nnodaemon")}[program:deaf]
command=sh -c 'trap "" TERM; echo deaf; while :; do sleep 1; done'
stopwaitsecs=1000
${OUTPUT}`;
    const container = await rig.start(config);
    await container.printed(/^deaf$/, 1, "stdout");
    assert.equal(await container.stop(30), 0);
    assert.match(container.stdout, /killing 'deaf'/);
  },
);

/** The table of exit statuses in docs/containers.md: what is added to the program, and the status of the container. */
const STATUSES: readonly (readonly [keys: string, status: number])[] = [
  ["command=sh -c 'exit 7'\nautorestart=false\nessential=true", 7],
  ["command=sh -c 'kill -9 $$'\nautorestart=false\nessential=true", 137],
  ["command=sh -c 'kill -TERM $$'\nautorestart=false\nessential=true", 143],
  ["command=/app/missing\nstartretries=0\nessential=true", 127],
  ["command=true\nstartsecs=5\nstartretries=0\nessential=true", 1],
  ["command=sh -c 'exit 0'\nstartsecs=0\nautorestart=false\nessential=true", 0],
  ["command=sleep 1000\nautorestart=sometimes", 2],
];

containerTest("the container exits with the status of the table", async (rig) => {
  const configs = STATUSES.map(([keys], i) => [
    `etc/${i}.conf`,
    `${DAEMON}[program:web]\ncommand=sleep 1000\n[program:main]\n${keys}\n`,
  ]);
  const image = await rig.image(CONFIG, Object.fromEntries(configs));
  const ends = STATUSES.map(async ([keys, status], i) => {
    const command = ["supervisord", "-n", "-c", `/etc/${i}.conf`];
    const container = await rig.run(image, { command });
    assert.equal(await container.exited(), status, `${keys}: ${container.stdout}`);
  });
  await Promise.all(ends);
});

containerTest("few processes are allowed: fewer threads, or a reason", async (rig) => {
  const image = await rig.image(CONFIG);
  const little = await rig.run(image, { words: ["--pids-limit=16"] });
  await little.printed(/success: web entered/);
  assert.equal(await little.stop(), 0);
  const none = await rig.run(image, { words: ["--pids-limit=6"] });
  assert.equal(await none.exited(), 2);
  assert.match(none.stderr, /too few processes and threads are allowed here/);
});

containerTest(
  "a program that takes all memory dies alone, and tsv why says of what",
  async (rig) => {
    const config = `${DAEMON}[program:web]
command=sleep 1000
[program:hungry]
command=/app/hungry
autorestart=false
startsecs=0
`;
    const hungry =
      "#!/usr/bin/perl\nmy @all; while (1) { push @all, 'x' x 1000000 . rand; select undef, undef, undef, 0.001 }\n";
    const container = await rig.start(config, {
      files: { "app/hungry": hungry },
      words: ["--memory=200m", "--memory-swap=200m"],
    });
    await container.printed(/exited: hungry \(terminated by SIGKILL; not expected\)/);
    const why = await container.exec("tsv", "why", "hungry");
    assert.match(why.stdout, /memory/i);
    assert.equal(await container.stop(), 0);
  },
);
