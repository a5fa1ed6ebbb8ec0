// Methods of tsv.*: upgrades, window sizes, and who may see which parts of an environment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { modulePrincipal, type Principal } from "../../../../src/core/access/principal.ts";
import { err, ok } from "../../../../src/core/base/result.ts";
import type { Layer } from "../../../../src/core/environment/layers.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { workOf } from "../../../../src/services/rpc/method.ts";
import type { UpgradeApi, UpgradeChoice } from "../../../../src/services/upgrade/api.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { ADMIN, SOMEBODY } from "../../../fakes/principals.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { callAny, createRig, type Rig } from "./rig.ts";

const PLAN = { from: "1.0.0", to: "2.0.0", path: "/usr/bin/tsv", isSame: false };

class UpgradeRig {
  readonly choices: UpgradeChoice[] = [];
  readonly #upgrade: UpgradeApi = {
    check: async (choice) => {
      this.choices.push(choice);
      return ok(PLAN);
    },
    begin: async (choice) => {
      this.choices.push(choice);
      return ok({ ...PLAN, id: 1 });
    },
    renew: async () => null,
    outcome: () => ({ state: "none" }),
  };
  readonly rpc = fakeRpcService({ upgrade: this.#upgrade });

  async call(who: Principal, name: string, params: readonly XmlRpcValue[]): Promise<void> {
    const work = workOf(who, { enter: async () => true }, { pause: () => null }, () => {});
    const outcome = await this.rpc.call(name, params, work);
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }
}

test("both methods pass on the path and who named it", async () => {
  const rig = new UpgradeRig();
  for (const who of [ADMIN, SOMEBODY, modulePrincipal("x")]) {
    const caller = who.peer;
    await rig.call(who, "tsv.checkUpgrade", ["/opt/tsv"]);
    await rig.call(who, "tsv.upgrade", ["/opt/tsv", true]);
    await rig.call(who, "tsv.upgrade", []);
    assert.deepEqual(rig.choices.splice(0), [
      { path: "/opt/tsv", caller },
      { path: "/opt/tsv", caller },
      { path: null, caller },
    ]);
  }
});

test("a call within a multicall is its caller's, not the daemon's", async () => {
  const rig = new UpgradeRig();
  const call = { methodName: "tsv.upgrade", params: ["/opt/tsv"] };
  await rig.call(SOMEBODY, "system.multicall", [[call]]);
  assert.deepEqual(rig.choices, [{ path: "/opt/tsv", caller: SOMEBODY.peer }]);
});

const resize = (rig: Rig, ...params: readonly XmlRpcValue[]): Promise<unknown> =>
  callAny(rig.rpc, "tsv.setWindowSize", params);

test("the size goes to the process that is named", async () => {
  const rig = createRig();
  assert.equal(await resize(rig, "pool:a", 24, 80), true);
  assert.deepEqual(rig.supervisor.calls, ["resize pool:a 24 80"]);
});

test("impossible window sizes are refused, whatever the name", async () => {
  const rig = createRig();
  for (const [rows, columns] of [
    [0, 80],
    [24, 0],
    [-1, 80],
    [24, 10_000],
    [65_536, 80],
  ]) {
    const answer = await resize(rig, "web", rows ?? 0, columns ?? 0);
    assert.equal(answer, `3 BAD_ARGUMENTS: ${rows} rows, ${columns} columns: 1 to 9999`);
  }
  assert.deepEqual(rig.supervisor.calls, []);
});

test("errors of the name, the number or the process are reported", async () => {
  const rig = createRig();
  assert.equal(await resize(rig, "nope", 24, 80), "10 BAD_NAME: nope");
  assert.match(String(await resize(rig, "web", 24)), /^2 INCORRECT_PARAMETERS/);
  assert.match(String(await resize(rig, "web", "tall", 80)), /^2 INCORRECT_PARAMETERS.*rows/);
  rig.supervisor.answers.set(
    "resize web:web",
    err(fault("NO_FILE", "web runs without a terminal")),
  );
  assert.equal(await resize(rig, "web", 24, 80), "20 NO_FILE: web runs without a terminal");
});

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

test("a restart is of one process, and a fault has its reason", async () => {
  const { rpc, supervisor } = createRig(["tsv"]);
  supervisor.fake("pool:a").state = "RUNNING";
  assert.equal(await callAny(rpc, "tsv.restartProcess", ["pool:a"]), true);
  assert.equal(await callAny(rpc, "tsv.restartProcess", ["pool:*"]), "10 BAD_NAME: pool:*");
  assert.equal(await callAny(rpc, "tsv.restartProcess", ["no"]), "10 BAD_NAME: no");
  supervisor.answers.set("restart pool:a", err(fault("SPAWN_ERROR", "too quickly")));
  const failed = await callAny(rpc, "tsv.restartProcess", ["pool:a"]);
  assert.equal(failed, "50 SPAWN_ERROR: too quickly");
  assert.deepEqual(supervisor.calls, ["restart pool:a", "restart pool:a"]);
});

test("a reload is of one process, or of all of a group that can be reloaded", async () => {
  const reloading = fakeProcessConfig("a", { reloadSignal: 1 });
  const groups = [fakeGroupConfig("g", [reloading, fakeProcessConfig("b")])];
  const supervisor = new FakeSupervisor(groups);
  const rpc = fakeRpcService({ supervisor });
  const down = await callAny(rpc, "tsv.reloadProcess", ["g:*"]);
  assert.deepEqual([down, supervisor.calls], [[], []]);
  for (const name of ["g:a", "g:b"]) Object.assign(supervisor.fake(name), { pid: 7 });
  const row = { group: "g", name: "a", status: 80, description: "SIGHUP sent" };
  for (const params of [["g:*"], ["g:a"], []])
    assert.deepEqual(await callAny(rpc, "tsv.reloadProcess", params), [row]);
  const reason = "no reload_signal= or reload_command= in [program:b]";
  supervisor.answers.set("reload g:b", err(fault("NO_FILE", reason)));
  assert.deepEqual(await callAny(rpc, "tsv.reloadProcess", ["g:b"]), [
    { group: "g", name: "b", status: 20, description: `NO_FILE: ${reason}` },
  ]);
  assert.equal(await callAny(rpc, "tsv.reloadProcess", ["x:*"]), "10 BAD_NAME: x:*");
});
