// tsv as PID 1 of a container: users, roots that nothing can be written to, exit statuses, and limits. Signals, orphans and a
// lack of memory are tried by test/e2e/pid-one.test.ts, signals.test.ts and why.test.ts.

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

/** Of the daemon, which is a child of PID 1. */
const KILL_DAEMON = `for each in /proc/[0-9]*; do
  [ "$(cat "$each/comm")" != tsv-daemon ] || kill -9 "\${each#/proc/}"
done`;

containerTest(
  "its daemon may die; PID 1 ends with its container, which starts again",
  async (rig) => {
    const image = await rig.image(CONFIG);
    for (const options of [{}, { user: "1000:1000", readOnly: true }]) {
      const container = await rig.run(image, options);
      await container.printed(/success: web entered/);
      const pid = await container.until("tsv pid web");
      for (const times of [1, 2]) {
        assert.equal((await container.exec("sh", "-c", KILL_DAEMON)).status, 0);
        await container.printed(
          /was killed by SIGKILL; a new one continues, with 1 process/,
          times,
        );
        assert.equal(await container.until("tsv pid web"), pid);
      }
      await container.signal("KILL");
      assert.equal(await container.exited(), 137);
      await container.restart();
      await container.until("tsv pid web");
      assert.equal(await container.stop(), 0);
    }
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
