// An RPC service over fakes: what a test does not give answers nothing, or is refused.

import { err } from "../../src/core/base/result.ts";
import { createScopes } from "../../src/services/rpc/scope.ts";
import { createRpcService, type RpcService } from "../../src/services/rpc/service.ts";
import { fakeEventLog } from "./event-log.ts";
import { FakeLogs } from "./logs-api.ts";
import { FakeSupervisor } from "./supervisor-api.ts";

type Options = Parameters<typeof createRpcService>[0];

export function fakeRpcService(given: Partial<Omit<Options, "scopes">>): RpcService {
  const options: Omit<Options, "scopes"> = {
    supervisor: new FakeSupervisor([]),
    logs: new FakeLogs(),
    events: { pools: () => [] },
    eventLog: fakeEventLog(),
    usage: { look: async () => null, latest: () => new Map(), watch: () => () => {} },
    history: null,
    alerts: { receivers: () => [], test: async () => err("not here") },
    findings: {
      last: () => null,
      examine: async () => ({ at: 0, outcome: err("not here") }),
    },
    upgrade: {
      check: async () => err("not here"),
      begin: async () => err("not here"),
      renew: async () => "not here",
      outcome: () => ({ state: "none" }),
    },
    turns: { pause: () => null },
    pid: 4242,
    version: "1.2.3",
    now: () => ({ mono: 0, wall: 0 }),
    namespaces: ["supervisor"],
    interfaces: [],
    ...given,
  };
  return createRpcService({ ...options, scopes: createScopes(options) });
}
