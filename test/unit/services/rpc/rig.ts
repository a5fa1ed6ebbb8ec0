// An RPC service over fakes, and short ways to call it.

import { FAULT_CODES, faultText } from "../../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { RpcService } from "../../../../src/services/rpc/service.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeLogs } from "../../../fakes/logs-api.ts";
import { SOMEBODY } from "../../../fakes/principals.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";

export interface Rig {
  readonly supervisor: FakeSupervisor;
  readonly logs: FakeLogs;
  readonly rpc: RpcService;
  /** Lets time pass. */
  pass(ms: number): void;
  /** The value of `supervisor.<name>`, or its fault as `code text`. */
  call(name: string, ...params: XmlRpcValue[]): Promise<unknown>;
}

/** `web` alone in its group, and `pool` with two workers, of which `b` has the lower priority. */
export function createRig(namespaces: readonly string[] = ["supervisor"]): Rig {
  const supervisor = new FakeSupervisor([
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("pool", [fakeProcessConfig("a"), fakeProcessConfig("b", { priority: 5 })], 10),
  ]);
  const logs = new FakeLogs();
  let mono = 0;
  const now = () => ({ mono, wall: 1795248000000 + mono });
  const rpc = fakeRpcService({ supervisor, logs, now, namespaces });
  return {
    supervisor,
    logs,
    rpc,
    pass(ms) {
      mono += ms;
    },
    call: (name, ...params) => callAny(rpc, `supervisor.${name}`, params),
  };
}

/** The value of any method, or its fault as `code text`. */
export async function callAny(
  rpc: RpcService,
  fullName: string,
  params: readonly XmlRpcValue[] = [],
): Promise<unknown> {
  const outcome = await rpc.callAs(SOMEBODY, fullName, params);
  if (outcome.ok) return outcome.value;
  return `${FAULT_CODES[outcome.error.name]} ${faultText(outcome.error)}`;
}

/** Lets everything that is settled run. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
