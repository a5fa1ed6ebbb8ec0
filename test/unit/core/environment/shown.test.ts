// Which values of an environment are shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  environmentLayers,
  type Layer,
  NOTHING_GATHERED,
  shownVariables,
  withoutSecrets,
} from "../../../../src/core/environment/layers.ts";
import { readText } from "../config/fake-world.ts";

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
