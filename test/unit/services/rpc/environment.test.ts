// tsv.getProcessEnvironment and tsv.revealProcessEnvironment: who sees what.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer } from "../../../../src/core/environment/layers.ts";
import { callAny, createRig } from "./rig.ts";

function layer(source: Layer["source"], variables: Record<string, string>): Layer {
  return {
    source,
    variables,
    placeOf: (name) => (source === "env_file" ? `/a.env:${name}` : null),
  };
}

const LAYERS = [
  layer("daemon", { PATH: "/bin", B: "daemon", API_TOKEN: "hunter1" }),
  layer("env_file", { B: "hunter2", PORT: "1" }),
  layer("environment", { URL: "postgres://me:hunter3@db/x", MODE: "fast" }),
];

async function asked(method: string, ...params: readonly (string | boolean)[]) {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  web.pid = 7;
  web.environment = { layers: LAYERS, command: "vault --token=hunter4 read app" };
  const answer = await callAny(rig.rpc, `tsv.${method}`, ["web", ...params]);
  return { answer: answer as Record<string, unknown>, calls: rig.supervisor.calls };
}

test("secrets are hidden: what files give, and what looks like one", async () => {
  const { answer, calls } = await asked("getProcessEnvironment");
  assert.deepEqual(calls, ["environment web:web"]);
  assert.doesNotMatch(JSON.stringify(answer), /hunter/);
  const of = (name: string, value: string, source: string, place = "", secret = false) => ({
    ...{ name, value, secret, hidden: secret && value === "", source, place },
  });
  assert.deepEqual(answer["variables"], [
    of("API_TOKEN", "", "daemon", "", true),
    of("B", "", "env_file", "/a.env:B", true),
    of("MODE", "fast", "environment"),
    of("PATH", "/bin", "daemon"),
    of("PORT", "", "env_file", "/a.env:PORT", true),
    of("URL", "postgres://me:<redacted>@db/x", "environment", "", true),
  ]);
  const { group, name, pid, problem } = answer;
  assert.deepEqual(
    { group, name, pid, problem },
    { group: "web", name: "web", pid: 7, problem: "" },
  );
});

test("with the permission they are shown", async () => {
  const { answer, calls } = await asked("revealProcessEnvironment", true);
  assert.deepEqual(calls, ["environment web:web next"]);
  const values = (answer["variables"] as { name: string; value: string }[]).map(
    ({ name, value }) => `${name}=${value}`,
  );
  assert.deepEqual(values, [
    ...["API_TOKEN=hunter1", "B=hunter2", "MODE=fast", "PATH=/bin", "PORT=1"],
    "URL=postgres://me:hunter3@db/x",
  ]);
});

test("an unknown program is a fault", async () => {
  const rig = createRig();
  assert.match(String(await callAny(rig.rpc, "tsv.getProcessEnvironment", ["none"])), /BAD_NAME/);
});
