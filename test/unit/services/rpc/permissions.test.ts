// The permission of each method, and its refusal without any effect.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deniedText,
  PERMISSIONS,
  type Permission,
  ROLES,
  type Role,
} from "../../../../src/core/access/permissions.ts";
import { type Client, modulePrincipal } from "../../../../src/core/access/principal.ts";
import type { GroupConfig } from "../../../../src/core/config/model.ts";
import { changesIn } from "../../../../src/core/web/audit.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { Method } from "../../../../src/services/rpc/method.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { ADMIN, NOBODY, SOMEBODY } from "../../../fakes/principals.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { section, serve } from "./interfaces/rig.ts";

const NEEDED: Readonly<Record<Permission, string>> = {
  read: `
    supervisor.getAPIVersion supervisor.getAllConfigInfo supervisor.getAllProcessInfo supervisor.getIdentification
    supervisor.getPID supervisor.getProcessInfo supervisor.getState supervisor.getSupervisorVersion
    supervisor.getVersion supervisor.readProcessLog supervisor.readProcessStderrLog supervisor.readProcessStdoutLog
    supervisor.tailProcessLog supervisor.tailProcessStderrLog supervisor.tailProcessStdoutLog system.listMethods
    system.methodHelp system.methodSignature system.multicall tsv.getAllProcessRuns tsv.getAllProcessUsage
    tsv.getChangedOptions tsv.getDecisions tsv.getDependencies tsv.getDisabled tsv.getEventPools
    tsv.getEvents tsv.getHistory tsv.getLogFiles tsv.getMethods
    tsv.getNeededStarts tsv.getProcessExplanation tsv.getProcessHistory tsv.getProcessRuns tsv.getUpgrade tsv.readLogFile
    twiddler.getAPIVersion twiddler.getGroupNames`,
  control: `
    supervisor.clearAllProcessLogs supervisor.clearProcessLog supervisor.clearProcessLogs
    supervisor.sendProcessStdin supervisor.signalAllProcesses supervisor.signalProcess supervisor.signalProcessGroup
    supervisor.startAllProcesses supervisor.startProcess supervisor.startProcessGroup supervisor.stopAllProcesses
    supervisor.stopProcess supervisor.stopProcessGroup tsv.checkStarts tsv.clearLogs tsv.reloadProcess
    tsv.reopenLogs tsv.restartProcess tsv.rotateLogs tsv.setWindowSize`,
  configure: `
    supervisor.addProcessGroup supervisor.clearLog supervisor.readLog supervisor.readMainLog supervisor.reloadConfig
    supervisor.removeProcessGroup supervisor.sendRemoteCommEvent tsv.apply tsv.checkSockets
    tsv.decide tsv.getFindings tsv.getPlan tsv.getReceivers tsv.testReceiver
    tsv.getProcessEnvironment tsv.revealProcessEnvironment tsv.rollBack twiddler.addProgramToGroup twiddler.log
    twiddler.removeProcessFromGroup x.anything`,
  shutdown: "supervisor.restart supervisor.shutdown tsv.checkUpgrade tsv.upgrade",
};

const wanted = new Map(
  PERMISSIONS.flatMap((permission) =>
    NEEDED[permission]
      .trim()
      .split(/\s+/)
      .map((name) => [name, permission] as const),
  ),
);

/** All methods there are, and a user's module in the namespace `x`. */
async function createRig(groups?: GroupConfig[]) {
  const ran: string[] = [];
  const twiddler = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";
  const module = () => ({ anything: (...params: unknown[]) => ran.push(JSON.stringify(params)) });
  const sections = [section("twiddler", twiddler), section("x", "./x.mjs")];
  return { ...(await serve(sections, { "/etc/x.mjs": module }, groups)), ran };
}

test("the methods are Supervisor's and tsv's own, and each declares its permission (tsv-methods)", async () => {
  assert.deepEqual([...wanted.keys()].sort(), (await createRig()).rpc.methodNames());
});

test("a caller without the permission is refused before anything is read or done", async () => {
  const { rpc, supervisor, ran } = await createRig();
  for (const [name, permission] of wanted) {
    const outcome = await rpc.callAs(NOBODY, name, []);
    const error = { name: "FAILED", detail: deniedText(permission) };
    assert.deepEqual(outcome, { ok: false, error }, name);
  }
  assert.deepEqual([supervisor.calls, ran], [[], []]);
  const unknown = await rpc.callAs(NOBODY, "supervisor.nothing", []);
  assert.equal(unknown.ok ? null : unknown.error.name, "UNKNOWN_METHOD");
});

test("an authenticated client, and a module, is refused nothing", async () => {
  for (const who of [ADMIN, SOMEBODY, modulePrincipal("x")]) {
    const { rpc } = await createRig();
    for (const name of wanted.keys()) {
      const outcome = await rpc.callAs(who, name, []);
      assert.ok(outcome.ok || !outcome.error.detail?.includes("not permitted"), name);
    }
  }
});

const ROLE_NAMES = Object.keys(ROLES) as Role[];

test("every role is refused the methods of other permissions than its own, and no others", async () => {
  for (const role of ROLE_NAMES) {
    const { rpc } = await createRig();
    const permissions: readonly Permission[] = ROLES[role];
    for (const [name, permission] of wanted) {
      const outcome = await rpc.callAs({ ...ADMIN, role, programs: ["*"] }, name, []);
      const isRefused = !outcome.ok && outcome.error.detail === deniedText(permission);
      assert.equal(isRefused, !permissions.includes(permission), `${role} ${name}`);
    }
  }
});

test("the activity log and its files need more than reading", async () => {
  const { rpc } = await createRig();
  const reader: Client = { ...ADMIN, role: "operate", programs: ["*"] };
  for (const [name, ...more] of [["getLogFiles"], ["readLogFile", "1:2", 0, 0, 1]] as const) {
    const outcome = await rpc.callAs(reader, `tsv.${name}`, ["", "", ...more]);
    assert.equal(outcome.ok ? null : outcome.error.detail, deniedText("configure"), name);
  }
});

test("who sees some programs finds no others by any method, and does nothing to them", async () => {
  const groups = [
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("cellar", [fakeProcessConfig("a"), fakeProcessConfig("b")]),
  ];
  const operator: Client = { ...ADMIN, role: "operate", programs: ["web"] };
  const permissions: readonly Permission[] = ROLES.operate;
  for (const [name, permission] of wanted) {
    if (!permissions.includes(permission) || name.startsWith("system.")) continue;
    for (const target of ["cellar:a", "cellar:*", "cellar"]) {
      const { rpc, supervisor } = await createRig(groups);
      supervisor.fake("cellar:a").state = "RUNNING";
      const signature = await rpc.callAs(ADMIN, "system.methodSignature", [name]);
      const [, ...types] = signature.ok ? (signature.value as readonly string[]) : [];
      const values: Readonly<Record<string, XmlRpcValue>> = { int: 0, boolean: true, array: [] };
      const params = types.map((type) => values[type] ?? target);
      const outcome = await rpc.callAs(operator, name, params);
      const detail = outcome.ok ? null : outcome.error.detail;
      const shown = JSON.stringify(outcome.ok ? outcome.value : detail?.replaceAll(target, ""));
      assert.doesNotMatch(shown, /cellar/, name);
      assert.doesNotMatch(supervisor.calls.join(), /cellar/, name);
    }
  }
});

test("who sees some programs gets the answers of a daemon that has no others", async () => {
  const command = "app --password=hunter2";
  const seen = {
    web: fakeProcessConfig("web", { command }),
    a: fakeProcessConfig("a", { command }),
  };
  const groups = [
    fakeGroupConfig("web", [seen.web]),
    fakeGroupConfig("pool", [seen.a, fakeProcessConfig("b")]),
    fakeGroupConfig("hidden", [fakeProcessConfig("c")]),
  ];
  const alone = [fakeGroupConfig("web", [seen.web]), fakeGroupConfig("pool", [seen.a])];
  const permissions: readonly Permission[] = ROLES.operate;
  const answer = async (own: GroupConfig[], programs: string[], name: string, target: string) => {
    const { rpc, supervisor } = await createRig(own);
    supervisor.fake("pool:a").state = "RUNNING";
    const signature = await rpc.callAs(ADMIN, "system.methodSignature", [name]);
    const [, ...types] = signature.ok ? (signature.value as readonly string[]) : [];
    const values: Readonly<Record<string, XmlRpcValue>> = { int: 0, boolean: true, array: [] };
    const params = types.map((type) => values[type] ?? target);
    return await rpc.callAs({ ...ADMIN, role: "operate", programs }, name, params);
  };
  for (const [name, permission] of wanted) {
    if (!permissions.includes(permission) || name.startsWith("system.")) continue;
    for (const target of ["web", "pool", "pool:a", "pool:*", "pool:b", "hidden:c", "hidden", ""]) {
      const limited = await answer(groups, ["web", "pool:a"], name, target);
      assert.deepEqual(limited, await answer(alone, ["*"], name, target), `${name} ${target}`);
    }
  }
});

test("methods that the log reports as changes need more than read, and all others are read", () => {
  // Not told, but no reading: it runs an executable, looks for one, reaches a program, or reads files again.
  const untold = [
    ...["tsv.checkSockets", "tsv.checkStarts", "tsv.checkUpgrade", "tsv.getPlan"],
    "tsv.setWindowSize",
    // Reading that is not for every reader.
    ...["supervisor.readLog", "supervisor.readMainLog"],
    ...["tsv.getFindings", "tsv.getProcessEnvironment", "tsv.getReceivers"],
  ];
  for (const [method, permission] of wanted) {
    const isTold = [...changesIn({ method, params: [] })].length > 0;
    const isChange = permission !== "read";
    assert.equal(isTold, isChange && !untold.includes(method), method);
  }
});

test("built-in methods are called also where no section serves them, or another has their name", async () => {
  const stop: Method = {
    ...{ name: "stopProcess", params: null, returns: "string", help: "", always: true },
    permission: "read",
    invoke: () => ({ ok: true, value: "a module's" }),
  };
  const supervisor = new FakeSupervisor([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
  supervisor.fake("web:web").state = "RUNNING";
  const interfaces = [{ name: "supervisor", methods: [stop] }];
  const rpc = fakeRpcService({ supervisor, namespaces: [], interfaces });
  const params: readonly XmlRpcValue[] = ["web"];
  const served = await rpc.callAs(ADMIN, "supervisor.stopProcess", params);
  assert.deepEqual(served, { ok: true, value: "a module's" });
  assert.deepEqual(supervisor.calls, []);
  assert.ok((await rpc.callBuiltIn(ADMIN, "supervisor.stopProcess", params)).ok);
  assert.deepEqual(supervisor.calls, ["stop web:web wait"]);
  const refused = await rpc.callBuiltIn(NOBODY, "supervisor.stopProcess", params);
  assert.equal(refused.ok ? null : refused.error.detail, deniedText("control"));
});
