// The order of sources, where each variable comes from, and which values are shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  environmentLayers,
  type Gathered,
  type Layer,
  mergeLayers,
  NOTHING_GATHERED,
  shownVariables,
  withoutSecrets,
} from "../../../../src/core/environment/layers.ts";
import { readText } from "../config/fake-world.ts";
import { program } from "../process/samples.ts";

const GATHERED: Gathered = {
  user: { name: "www", home: "/srv", shell: "/bin/zsh" },
  files: [
    {
      path: "/a.env",
      variables: [
        { name: "A", value: "1", line: 1 },
        { name: "A", value: "2", line: 4 },
        { name: "__proto__", value: "own", line: 5 },
      ],
    },
    { path: "/b.env", variables: [{ name: "A", value: "3", line: 2 }] },
  ],
  command: [{ name: "C", value: "4", line: 1 }],
};

const CONTEXT = {
  environment: { PATH: "/bin", LANG: "C", HOME: "/daemon" },
  serverUrl: "unix:///s",
};

test("later sources win, and each knows its place", () => {
  const config = program({
    environment: { C: "5", D: "6" },
    environmentPlaces: { C: "/etc/s.conf:7", D: "/etc/s.conf:7" },
  });
  const layers = environmentLayers(config, "g", CONTEXT, GATHERED);
  assert.deepEqual(
    layers.map(({ source }) => source),
    ["daemon", "user", "supervisor", "env_file", "env_file", "env_command", "environment"],
  );
  const merged = mergeLayers(layers);
  assert.deepEqual(
    ["A", "C", "D", "HOME", "SHELL", "PATH", "SUPERVISOR_GROUP_NAME"].map((name) => merged[name]),
    ["3", "5", "6", "/srv", "/bin/zsh", "/bin", "g"],
  );
  assert.equal(Object.getOwnPropertyDescriptor(merged, "__proto__")?.value, "own");
  assert.deepEqual(
    layers.map(({ placeOf }) => placeOf("A") ?? placeOf("C")),
    [null, null, null, "/a.env:4", "/b.env:2", null, "/etc/s.conf:7"],
  );
});

test("environment_pass chooses variables of the daemon by name and pattern", () => {
  const passed = (environmentPass: readonly string[] | null, tty = false) =>
    environmentLayers(program({ environmentPass, tty }), "g", CONTEXT, NOTHING_GATHERED)[0]
      ?.variables;
  assert.deepEqual(passed(null), CONTEXT.environment);
  assert.deepEqual(passed([]), {});
  assert.deepEqual(passed(["PATH", "L*"]), { PATH: "/bin", LANG: "C" });
  assert.deepEqual(passed(["?OME", "NONE"]), { HOME: "/daemon" });
  assert.deepEqual(passed(["PATH"], true), { PATH: "/bin" });
});

function layer(source: Layer["source"], variables: Record<string, string>): Layer {
  return { source, variables, placeOf: () => null };
}

test("a variable that contains a secret by the way it is written is hidden whole, others are not", () => {
  const environment = { DB_PASSWORD: "abc", HOST: "h", PWD: "/srv" };
  const { groups } = readText(
    '[supervisord]\nenvironment=ALL="all %(ENV_DB_PASSWORD)s",B=1,PORT=%(ENV_HOST)s\n' +
      '[program:p]\ncommand=x\nenvironment=A=%(ENV_DB_PASSWORD).2s,B="%(ENV_ALL)s",C="%(ENV_HOST)s",D="abc"\n' +
      "[program:q]\ncommand=x\nenvironment=ALL=own,DIR=%(ENV_PWD)s\n",
    {},
    { env: environment },
  );
  const hidden = groups.map(({ processes: [config] }) => {
    assert.ok(config !== undefined);
    const passing = { ...config, environmentPass: [] };
    const context = { environment, serverUrl: null };
    return shownVariables(environmentLayers(passing, "g", context, NOTHING_GATHERED), false)
      .filter(({ isSecret }) => isSecret)
      .map(({ name, value }) => [name, value]);
  });
  assert.deepEqual(hidden, [
    [
      ["A", null],
      ["ALL", null],
      ["B", null],
    ],
    [],
  ]);
});

test("a variable that contains the secret of another one is hidden with it", () => {
  const layers = [
    layer("daemon", { SECRETVAR: "envdaemonpanther", LANG: "C.UTF-8" }),
    layer("environment", { A: "x envdaemonpanther y", DBPASS: "short", COMPASS: "north" }),
  ];
  assert.deepEqual(
    shownVariables(layers, false).map(({ name, value, isSecret }) => [name, value, isSecret]),
    [
      ["A", "x <redacted> y", true],
      ["COMPASS", "north", false],
      ["DBPASS", null, true],
      ["LANG", "C.UTF-8", false],
      ["SECRETVAR", null, true],
    ],
  );
  assert.equal(shownVariables(layers, true)[0]?.value, "x envdaemonpanther y");
});

test("a command is shown without the secrets of the environment that it contains", () => {
  const layers = [layer("daemon", { VAULT_TOKEN: "vtok-9f8e7d6c", LANG: "C.UTF-8" })];
  assert.equal(
    withoutSecrets("vault login vtok-9f8e7d6c --lang C.UTF-8 http://u:hunter2@h/", layers),
    "vault login <redacted> --lang C.UTF-8 http://u:<redacted>@h/",
  );
});
