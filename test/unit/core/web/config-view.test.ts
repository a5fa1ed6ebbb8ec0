// The configuration of a program as its page shows it: complete, as in a file, and without secrets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANNELS } from "../../../../src/core/config/options/channel.ts";
import type { OptionRow } from "../../../../src/core/config/options/entry.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { NAMED_SECTIONS, optionsOf } from "../../../../src/core/config/options/table.ts";
import type { ValueKind } from "../../../../src/core/config/value-types.ts";
import { parseValue } from "../../../../src/core/config/values.ts";
import { configView } from "../../../../src/core/web/config-view.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeWorld, readText } from "../config/fake-world.ts";

const CONFIG = fakeProcessConfig("web", {
  command: "/srv/app --db-password hunter2 --port 80",
  environment: { API_KEY: "s3cret", MODE: "live", PATH: "/bin", NODE_ENV: "production" },
  serverUrl: "http://joe:hunter3@localhost:9001",
  autorestart: "always",
  exitCodes: [0, 2],
  stopSignal: 2,
  umask: 0o22,
  user: "www-data",
  uid: 33,
  stdout: {
    ...fakeProcessConfig("x").stdout,
    logfile: { kind: "file", path: "/var/log/web.log" },
    maxBytes: 10 * 1024 * 1024,
  },
});

const set = (config = CONFIG) =>
  Object.fromEntries(configView(config).set.map(({ key, value }) => [key, value]));

test("values are written as a file has them", () => {
  const { autorestart, exitcodes, stopsignal, umask, user } = set();
  assert.deepEqual(
    [autorestart, exitcodes, stopsignal, umask, user],
    ["true", "0,2", "INT", "022", "www-data"],
  );
  assert.equal(set()["stdout_logfile"], "/var/log/web.log");
  assert.equal(set()["stdout_logfile_maxbytes"], "10MB");
});

test("passwords in commands and addresses, and values of variables, are not shown", () => {
  const text = JSON.stringify(configView(CONFIG));
  assert.doesNotMatch(text, /hunter|s3cret|live/);
  assert.match(set()["command"] ?? "", /^\/srv\/app --db-password \S+ --port 80$/);
  assert.match(
    set()["environment"] ?? "",
    /API_KEY=".+",MODE=".+",PATH="\/bin",NODE_ENV="production"/,
  );
});

test("a value that came from the environment is shown as it was written, unless its name is harmless", () => {
  const config = fakeProcessConfig("web", {
    command: "/srv/app --as joe --key live",
    user: "joe",
    environment: { KEY: "live", PATH: "/bin", LANG: "live" },
    shown: {
      command: "/srv/app --as %(ENV_WHO)s --key %(ENV_KEY)s",
      environment: "KEY='%(ENV_KEY)s',PATH='/bin',LANG='%(ENV_KEY)s'",
      user: "%(ENV_WHO)s",
    },
  });
  assert.doesNotMatch(JSON.stringify(configView(config)), /live|joe/);
  assert.match(set(config)["command"] ?? "", /^\/srv\/app --as %\(ENV_WHO\)s --key /);
  assert.equal(set(config)["user"], "%(ENV_WHO)s");
  assert.match(
    set(config)["environment"] ?? "",
    /^KEY="<redacted>",PATH="\/bin",LANG="%\(ENV_KEY\)s"$/,
  );
});

test("options at their defaults are separate, and each option is in exactly one list", () => {
  const { set: own, defaults } = configView(fakeProcessConfig("web"));
  assert.deepEqual(
    own.map(({ key }) => key),
    ["command"],
  );
  const keys = [...own, ...defaults].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of ["process_name", "startsecs", "killasgroup", "stderr_logfile", "umask"]) {
    assert.ok(keys.includes(key), key);
  }
  assert.equal(keys.includes("numprocs"), false);
});

test("long values and large environments are cut", () => {
  const environment = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`V${i}`, "x"]));
  const long = set(fakeProcessConfig("web", { command: "x".repeat(100_000), environment }));
  assert.ok((long["command"] ?? "").length < 5000);
  assert.match(long["environment"] ?? "", /,and 800 more$/);
});

const world = fakeWorld({ "/etc/s.conf": "" });

/** Texts beside the default and the sample of an option. */
const TEXTS: Partial<Record<ValueKind, readonly string[]>> = {
  schedule: ["0 3 * * * Europe/Berlin", "@every 90m", "@reboot", "@daily"],
  check: [
    ...["tcp://127.0.0.1:5432", "tcp://[::1]:80", "unix:///run/db.sock", "http://a/ok?x=1"],
    ...["exec:pg_isready -q", "log:ready * now", "notify", "fd:3"],
  ],
  "health check": ["tcp://[::1]:80", "http://a/ok?x=1 200,204", "exec:pg_isready -q", "notify"],
  "health action": ["signal:USR1", "report"],
  "user and group": ["web:staff", "web", "1000:50"],
  user: ["web"],
  size: ["1.5GB", "64KB", "0", "1000"],
  duration: ["1h30m", "500ms", "90"],
  signal: ["HUP", "9"],
  "exit codes": ["0,2"],
  rate: ["5/1m"],
  "line rate": ["50000/10s"],
  "file mode": ["0640", "0"],
  octal: ["022"],
  "variable patterns": ["PATH, LC_*"],
  list: ["a, b:c"],
  dependencies: ["db, migrate:completed, a:b:ready"],
  "env files": ["/etc/a, ?/etc/b"],
  logfile: ["NONE", "@journal", "@stdout", "/tmp/x.log"],
  boolean: ["yes", "false"],
  autorestart: ["true", "false", "unexpected"],
};

/** A text is shown so that it is read as the same value. */
function checkShown(row: OptionRow, textOf: (value: unknown) => string | undefined): number {
  const { key, kind } = row;
  const texts = [row.default, row.sample, ...(TEXTS[kind] ?? [])];
  const read = texts.flatMap((text) => {
    const value = text === undefined ? null : parseValue(kind, text, world);
    return value?.ok ? [value.value] : [];
  });
  for (const value of read) {
    const shown = textOf(value) ?? "";
    const again = parseValue(kind, shown, world);
    assert.deepEqual(again, { ok: true, value }, `${key}=${shown}`);
  }
  return read.length;
}

function shownAs(key: string, over: Parameters<typeof fakeProcessConfig>[1]): string | undefined {
  const view = configView(fakeProcessConfig("x", over));
  return [...view.set, ...view.defaults].find((option) => option.key === key)?.value;
}

for (const [field, row] of Object.entries(PROGRAM)) {
  // Of the section, and not shown by value.
  if (["numprocs", "numprocsStart", "numprocsMax", "environment"].includes(field)) continue;
  test(`${row.key} is shown as a file would have it, whatever its value`, () => {
    assert.ok(checkShown(row, (value) => shownAs(row.key, { [field]: value })) > 0);
  });
}

for (const [field, row] of Object.entries(CHANNELS.stdout)) {
  test(`${row.key} is shown as a file would have it, whatever its value`, () => {
    const { stdout } = fakeProcessConfig("x");
    const shown = (value: unknown) => shownAs(row.key, { stdout: { ...stdout, [field]: value } });
    assert.ok(checkShown(row, shown) > 0);
  });
}

/** What the page shows of a section with the name `p`, `key=value` each. */
function viewOf(section: string, options: string, env = world.env) {
  const text = `[${section}]\ncommand=p\n${options}`;
  const [group] = readText(text, {}, { env }).groups;
  const [process] = group?.processes ?? [];
  assert.ok(group !== undefined && process !== undefined);
  const { set, defaults } = configView(process, group);
  const written = (views: typeof set) => views.map(({ key, value }) => `${key}=${value}`);
  return { set: written(set), defaults: written(defaults), all: [...set, ...defaults] };
}

/** What a section of a kind cannot do without. */
const REQUIRED: Readonly<Record<string, string>> = {
  "fcgi-program": "socket=unix:///tmp/p.sock\n",
  eventlistener: "events=TICK_5\n",
};
/** How many processes there are, and what they inherit, are options of the section; a page is of one process. */
const OF_SECTION = ["numprocs", "numprocs_start", "numprocs_max", "extends"];

for (const kind of NAMED_SECTIONS.filter((one) => one !== "template" && one !== "notify")) {
  const options = optionsOf(kind).filter(({ key }) => !OF_SECTION.includes(key));
  if (!options.some(({ key }) => key === "command")) continue;
  test(`every option of [${kind}:x] is listed once, with its sentence`, () => {
    const { all } = viewOf(`${kind}:p`, REQUIRED[kind] ?? "");
    const pairs = (views: readonly { key: string; doc: string }[]) =>
      views.map(({ key, doc }) => `${key}: ${doc}`).sort();
    assert.deepEqual(pairs(all), pairs(options));
  });
}

test("options of FastCGI sockets and event listeners are set, or at their defaults", () => {
  const socket = ["socket=unix:///tmp/p.sock", "socket_backlog=64", "socket_owner=web:staff"];
  const fcgi = viewOf("fcgi-program:p", [...socket, "socket_mode=0770", ""].join("\n"));
  assert.deepEqual(fcgi.set, [...socket, "socket_mode=770", "command=p"]);
  const plain = viewOf("fcgi-program:p", "socket=unix:///tmp/p.sock\nuser=web\n");
  assert.deepEqual(plain.set, ["socket=unix:///tmp/p.sock", "command=p", "user=web"]);
  const ofDaemon = viewOf("fcgi-program:p", "socket=unix:///tmp/p.sock\nuser=root\n");
  assert.deepEqual(ofDaemon.set, ["socket=unix:///tmp/p.sock", "command=p", "user=root"]);
  const tcp = viewOf("fcgi-program:p", "socket=tcp://localhost:9000\n");
  assert.deepEqual(tcp.set, ["socket=tcp://localhost:9000", "command=p"]);
  const pool = viewOf("eventlistener:p", "events=TICK_5\nbuffer_size=20\npriority=5\n");
  assert.deepEqual(pool.set, ["events=TICK_5", "buffer_size=20", "priority=5", "command=p"]);
  assert.ok(viewOf("eventlistener:p", "events=TICK_5\n").defaults.includes("priority=-1"));
});

test("of a FastCGI program in a group the socket is listed too", () => {
  const member = "[fcgi-program:p]\ncommand=p\nsocket=tcp://localhost:9000\n";
  const [group] = readText(`[group:g]\nprograms=p\n${member}`).groups;
  const [process] = group?.processes ?? [];
  assert.ok(process !== undefined);
  const keys = configView(process, group).set.map(({ key }) => key);
  assert.deepEqual(keys, ["socket", "command"]);
});

test("variables that may be secrets stay as written in sockets and events, too", () => {
  const env = { KEY: "secret", EVENT: "TICK_5" };
  const socket = "unix:///tmp/%(ENV_KEY)s.sock";
  assert.ok(viewOf("fcgi-program:p", `socket=${socket}\n`, env).set.includes(`socket=${socket}`));
  const events = "PROCESS_STATE,%(ENV_EVENT)s";
  assert.ok(viewOf("eventlistener:p", `events=${events}\n`, env).set.includes(`events=${events}`));
});

test("defaults that follow from other options are listed as defaults", () => {
  const scheduled = viewOf("program:p", "schedule=0 3 * * *\nstdout_logfile_owner=web:staff\n");
  assert.deepEqual(scheduled.set, [
    ...["command=p", "schedule=0 3 * * *", "stdout_logfile_owner=web:staff"],
  ]);
  for (const implied of ["autostart=false", "autorestart=false", "type=oneshot"]) {
    assert.ok(scheduled.defaults.includes(implied), implied);
  }
  const given = viewOf("program:p", "schedule=@daily\nautostart=true\ntype=simple\n");
  assert.deepEqual(given.set, [
    ...["command=p", "autostart=true", "type=simple", "schedule=0 0 * * *"],
  ]);
  for (const option of ["essential=true", "tty=true", "redirect_stderr=true", "stopasgroup=true"]) {
    assert.deepEqual(viewOf("program:p", `${option}\n`).set, ["command=p", option]);
  }
  const listener = viewOf("eventlistener:p", "events=TICK_5\n");
  assert.deepEqual(listener.set, ["events=TICK_5", "command=p"]);
});
