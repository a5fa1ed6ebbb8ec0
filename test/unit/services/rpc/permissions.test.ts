// The permission of each method, and its refusal without any effect.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deniedText,
  PERMISSIONS,
  type Permission,
} from "../../../../src/core/access/permissions.ts";
import { modulePrincipal } from "../../../../src/core/access/principal.ts";
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
    supervisor.getPID supervisor.getProcessInfo supervisor.getState supervisor.getSupervisorVersion supervisor.getVersion
    supervisor.readLog supervisor.readMainLog supervisor.readProcessLog supervisor.readProcessStderrLog
    supervisor.readProcessStdoutLog supervisor.tailProcessLog supervisor.tailProcessStderrLog
    supervisor.tailProcessStdoutLog
    system.listMethods system.methodHelp system.methodSignature system.multicall
    tsv.getAllProcessRuns tsv.getAllProcessUsage tsv.getChangedOptions tsv.getDecisions tsv.getDependencies tsv.getDisabled tsv.getEventPools tsv.getEvents tsv.getNeededStarts
    tsv.getLogFiles tsv.getProcessEnvironment tsv.getProcessHistory tsv.getProcessRuns tsv.getUpgrade
    tsv.readLogFile
    twiddler.getAPIVersion twiddler.getGroupNames`,
  control: `
    supervisor.clearAllProcessLogs supervisor.clearProcessLog supervisor.clearProcessLogs supervisor.sendProcessStdin
    supervisor.sendRemoteCommEvent supervisor.signalAllProcesses supervisor.signalProcess supervisor.signalProcessGroup
    supervisor.startAllProcesses supervisor.startProcess supervisor.startProcessGroup supervisor.stopAllProcesses
    supervisor.stopProcess supervisor.stopProcessGroup
    tsv.checkStarts tsv.clearLogs tsv.decide tsv.reloadProcess tsv.reopenLogs tsv.restartProcess tsv.rotateLogs
    tsv.setWindowSize
    twiddler.log`,
  configure: `
    supervisor.addProcessGroup supervisor.clearLog supervisor.reloadConfig supervisor.removeProcessGroup
    twiddler.addProgramToGroup twiddler.removeProcessFromGroup
    tsv.apply tsv.checkSockets tsv.getPlan tsv.revealProcessEnvironment tsv.rollBack
    x.anything`,
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
async function createRig() {
  const ran: string[] = [];
  const twiddler = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";
  const module = () => ({ anything: (...params: unknown[]) => ran.push(JSON.stringify(params)) });
  const sections = [section("twiddler", twiddler), section("x", "./x.mjs")];
  return { ...(await serve(sections, { "/etc/x.mjs": module })), ran };
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

test("methods that the log reports as changes need more than read, and all others are read", () => {
  // Not told, but no reading: it runs an executable, looks for one, reaches a program, or reads files again.
  const untold = [
    "tsv.checkSockets",
    "tsv.checkStarts",
    "tsv.checkUpgrade",
    "tsv.getPlan",
    "tsv.setWindowSize",
  ];
  for (const [method, permission] of wanted) {
    const isTold = [...changesIn({ method, params: [] })].length > 0;
    const isChange = permission !== "read";
    assert.equal(isTold, isChange && !untold.includes(method), method);
  }
});

test("built-in methods are called also where no section serves them, or another has their name", async () => {
  const stop: Method = {
    ...{ name: "stopProcess", signature: [], help: "", arity: { min: 0, max: 1 }, always: true },
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
