// Every Dockerfile of docs/containers.md is built with tsv in place of Supervisor, and run.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, RunOptions } from "./rig/container.ts";
import { APP, type Pattern, patternsOf } from "./rig/page.ts";
import { containerTest, type Rig } from "./rig/rig.ts";

/** What a pattern must do; it is stopped afterwards, within docker's grace and with status 0, unless it ends by itself. */
interface Expectation {
  readonly options?: RunOptions;
  /** Instead of the file of this name, which is in the image: one of the other files. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly see: (container: Container) => Promise<void>;
  /** Of a container that ends by itself. */
  readonly status?: number;
}

const PATTERNS = patternsOf();

function patternOf(title: string): Pattern {
  const found = PATTERNS.find((pattern) => pattern.title === title);
  assert.ok(found !== undefined, `docs/containers.md has a pattern "${title}"`);
  return found;
}

async function run(rig: Rig, title: string, wanted: Expectation): Promise<void> {
  const { dockerfile, files } = patternOf(title);
  const changed = Object.entries(wanted.instead ?? {}).map(
    ([name, other]) => [name, files[other] ?? ""] as const,
  );
  const image = await rig.build(dockerfile, { ...files, ...APP, ...Object.fromEntries(changed) });
  const container = await rig.run(image, wanted.options);
  await wanted.see(container);
  const status = wanted.status === undefined ? await container.stop() : await container.exited();
  assert.equal(status, wanted.status ?? 0, container.stdout + container.stderr);
}

const answer = async (container: Container, ...words: readonly string[]): Promise<string> => {
  const { stdout, stderr, status } = await container.exec(...words);
  return `${stdout}${stderr}(${status})`;
};

const EXPECTED: Readonly<Record<string, Expectation>> = {
  "CMD supervisord -n": {
    async see(container) {
      await container.printed(/success: nginx entered RUNNING/);
      assert.match(await answer(container, "supervisorctl", "status"), /^nginx +RUNNING/);
      const logs = await answer(container, "ls", "/var/log/supervisor");
      assert.match(logs, /^nginx-stdout---supervisor-\w+\.log$/m);
      assert.match(logs, /^supervisord\.log$/m);
    },
  },
  "nodaemon and -c": {
    async see(container) {
      const config = "/etc/supervisor/conf.d/app.conf";
      await container.printed(/Supervisor is running as root/);
      assert.doesNotMatch(container.stdout, / INFO /);
      assert.match(await answer(container, "supervisorctl", "-c", config, "status"), /\(2\)$/);
      assert.match(await answer(container, "tsv", "restart", "app"), /app: started/);
    },
  },
  "/dev/stdout with maxbytes=0": {
    async see(container) {
      await container.printed(/^listening$/, 1, "stdout");
      await container.printed(/^warning of $/, 1, "stderr");
      await container.printed(/success: app entered RUNNING/);
      assert.equal(Array.from(container.stdout.matchAll(/spawned: 'app'/g)).length, 1);
    },
  },
  "/dev/fd/1, /proc/self/fd/1 and /proc/1/fd/1": {
    async see(container) {
      for (const name of ["a", "b", "c"]) {
        await container.printed(new RegExp(`^server ${name} of uid 0$`), 1, "stdout");
        await container.printed(
          new RegExp(`^warning of ${name}$`),
          1,
          name === "c" ? "stderr" : "stdout",
        );
      }
    },
  },
  "A user in the Dockerfile": {
    async see(container) {
      await container.printed(/^server {2}of uid [1-9]\d+$/, 1, "stdout");
      await container.printed(/^warning of $/, 1, "stderr");
      await container.printed(/CRIT could not write pidfile/);
      await container.printed(/success: app entered RUNNING/);
      assert.match(await answer(container, "tsv", "status"), /^app +RUNNING/);
    },
  },
  "Root in the Dockerfile, another user in the configuration": {
    async see(container) {
      await container.printed(/success: app entered RUNNING/);
      assert.doesNotMatch(container.stdout, /CRIT/);
      // A program may count as RUNNING before it has printed anything.
      const log = await container.until(
        "grep -q HOME= /var/log/app/app.log && cat /var/log/app/app.log",
      );
      assert.match(log, /^server {2}of uid [1-9]\d+$/m);
      assert.match(log, /HOME=\/app$/m);
    },
  },
  "An entrypoint script": {
    options: { env: { GREETING: "hello you" } },
    async see(container) {
      await container.printed(/^server --port 8080 of uid 0$/, 1, "stdout");
      await container.printed(/^GREETING=hello you /, 1, "stdout");
      await container.printed(/success: app entered RUNNING/);
      // PORT is not in the environment of a command that runs beside the entrypoint.
      assert.match(await answer(container, "tsv", "status"), /^app +RUNNING/);
    },
  },
  "tini or dumb-init in front": {
    async see(container) {
      await container.printed(/success: app entered RUNNING/);
      assert.match(await answer(container, "cat", "/proc/1/comm"), /^tini$/m);
      assert.match(await answer(container, "tsv", "status"), /^app +RUNNING/);
    },
  },
  "A shell between the daemon and the program": {
    async see(container) {
      await container.printed(/^listening$/, 1, "stdout");
      await container.printed(/success: app entered RUNNING/);
      assert.equal(await container.stop(), 0);
      assert.match(container.stdout, /^server {2}ends$/m);
    },
    status: 0,
  },
  "Cron and a log server": {
    async see(container) {
      for (const name of ["rsyslog", "cron", "app"]) {
        await container.printed(new RegExp(`success: ${name} entered RUNNING`));
      }
      await container.until("test -S /dev/log");
    },
  },
  "A step that runs once": {
    async see(container) {
      await container.printed(/^listening$/, 1, "stdout");
      await container.printed(/exited: migrate \(exit status 0; expected\)/);
      assert.ok(container.stdout.indexOf("migrated") < container.stdout.indexOf("listening"));
    },
  },
  "supervisorctl in the container": {
    async see(container) {
      await container.printed(/success: app entered RUNNING/);
      assert.match(await answer(container, "supervisorctl", "status", "app"), /^app +RUNNING/);
      await container.signal("KILL");
      assert.equal(await container.exited(), 137);
      await container.restart();
      await container.printed(/success: app entered RUNNING/, 2);
      assert.match(await answer(container, "supervisorctl", "status", "app"), /^app +RUNNING/);
    },
  },
  "A Procfile, or only commands": {
    options: { user: "1000:1000", readOnly: true },
    async see(container) {
      await container.printed(/^web(?:\.1)? +\| server 5000 of uid 1000$/, 1, "stdout");
      await container.printed(/^worker(?:\.1)? +\| listening$/, 1, "stdout");
      assert.match(await answer(container, "tsv", "status"), /^web\S* +(?:STARTING|RUNNING)/m);
    },
  },
  "Ending the container when a program dies": {
    async see(container) {
      await container.printed(/^failing$/, 1, "stdout");
    },
    status: 0,
  },
  "Output with the names of programs": {
    async see(container) {
      await container.printed(/^app stdout \| listening$/, 1, "stdout");
      await container.printed(/^app stderr \| warning of $/, 1, "stdout");
    },
  },
  Health: {
    async see(container) {
      await container.printed(/success: app entered RUNNING/);
      assert.match(await answer(container, "tsv", "status", "--check"), /\(0\)$/);
      assert.match(await answer(container, "tsv", "stop", "app"), /\(0\)$/);
      assert.match(await answer(container, "tsv", "status", "--check", "app"), /\(1\)$/);
    },
  },
};

void test("every pattern of the page is tried", () => {
  assert.deepEqual(
    PATTERNS.map(({ title }) => title),
    Object.keys(EXPECTED),
  );
});

for (const [title, wanted] of Object.entries(EXPECTED)) {
  containerTest(`docs/containers.md, ${title}`, (rig) => run(rig, title, wanted));
}

containerTest("exit_on=fatal in place of the listener: the program's status", (rig) =>
  run(rig, "Ending the container when a program dies", {
    instead: { "supervisord.conf": "after.conf" },
    see: (container) => container.printed(/^failing$/, 1, "stdout"),
    status: 3,
  }),
);

containerTest("log_format=prefix in place of supervisor_stdout", (rig) =>
  run(rig, "Output with the names of programs", {
    instead: { "supervisord.conf": "after.conf" },
    async see(container) {
      await container.printed(/^\S+ app +\| listening$/, 1, "stdout");
      await container.printed(/^\S+ app +\| warning of $/, 1, "stderr");
    },
  }),
);
