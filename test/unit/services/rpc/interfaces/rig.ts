// Sections [rpcinterface:x] over fakes, with modules that are made of functions instead of files.

import { err, ok } from "../../../../../src/core/base/result.ts";
import type { FactoryConfig } from "../../../../../src/core/config/model.ts";
import { moduleOf } from "../../../../../src/core/plugins/module.ts";
import { loadInterfaces } from "../../../../../src/services/rpc/interfaces/load.ts";
import type { RpcService } from "../../../../../src/services/rpc/service.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../../fakes/config-model.ts";
import { FakeActivityLog } from "../../../../fakes/logs-api.ts";
import { fakeRpcService } from "../../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../../fakes/supervisor-api.ts";

export function section(
  name: string,
  factory: string,
  given: Readonly<Record<string, string>> = {},
): FactoryConfig {
  return {
    name,
    factory,
    module: moduleOf(factory, "/etc/d.conf", "/"),
    arguments: given,
    origin: { file: "/etc/d.conf", section: `rpcinterface:${name}`, line: 7 },
  };
}

export interface Served {
  readonly rpc: RpcService;
  readonly supervisor: FakeSupervisor;
  readonly activity: FakeActivityLog;
}

/** Serves sections. @param modules exports by path; a text is why a module cannot be loaded */
export async function serve(
  sections: readonly FactoryConfig[],
  modules: Readonly<Record<string, unknown>> = {},
  groups = [fakeGroupConfig("web", [fakeProcessConfig("web")])],
): Promise<Served> {
  const supervisor = new FakeSupervisor(groups);
  const activity = new FakeActivityLog();
  let rpc: RpcService | null = null;
  const interfaces = await loadInterfaces(sections, {
    activity,
    loader: {
      load({ path }) {
        const exported = modules[path];
        return Promise.resolve(typeof exported === "string" ? err(exported) : ok(exported));
      },
    },
    call: (...call) => rpc?.callAs(...call) ?? Promise.reject(new Error("too early")),
  });
  rpc = fakeRpcService({ supervisor, interfaces });
  return { rpc, supervisor, activity };
}
