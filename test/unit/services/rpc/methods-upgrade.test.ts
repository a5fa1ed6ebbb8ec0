// tsv.upgrade and tsv.checkUpgrade: the replacement learns who asks, however the call came.

import assert from "node:assert/strict";
import { test } from "node:test";
import { modulePrincipal, type Principal } from "../../../../src/core/access/principal.ts";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { workOf } from "../../../../src/services/rpc/method.ts";
import { createRpcService } from "../../../../src/services/rpc/service.ts";
import type { UpgradeApi, UpgradeChoice } from "../../../../src/services/upgrade/api.ts";
import { FakeLogs } from "../../../fakes/logs-api.ts";
import { ADMIN, SOMEBODY } from "../../../fakes/principals.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";

const PLAN = { from: "1.0.0", to: "2.0.0", path: "/usr/bin/tsv", isSame: false };

class Rig {
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
  readonly rpc = createRpcService({
    supervisor: new FakeSupervisor([]),
    logs: new FakeLogs(),
    upgrade: this.#upgrade,
    ...{ pid: 4242, version: "1.2.3", namespaces: ["supervisor"] },
    now: () => ({ mono: 0, wall: 0 }),
  });

  async call(who: Principal, name: string, params: readonly XmlRpcValue[]): Promise<void> {
    const work = workOf(who, { enter: async () => true }, { pause: () => null });
    const outcome = await this.rpc.call(name, params, work);
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }
}

test("both methods pass on the path and who named it", async () => {
  const rig = new Rig();
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
  const rig = new Rig();
  const call = { methodName: "tsv.upgrade", params: ["/opt/tsv"] };
  await rig.call(SOMEBODY, "system.multicall", [[call]]);
  assert.deepEqual(rig.choices, [{ path: "/opt/tsv", caller: SOMEBODY.peer }]);
});
