// The configuration of a program as its page shows it: complete, as in a file, and without secrets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { configView } from "../../../../src/core/web/config-view.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";

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
