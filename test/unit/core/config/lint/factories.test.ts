// Remarks of `tsv check` on factories that tsv cannot have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import {
  CTL_FACTORIES,
  MAIN_FACTORY,
  RPC_FACTORIES,
} from "../../../../../src/core/plugins/known.ts";
import { fakeWorld } from "../fake-world.ts";

function check(kind: "rpc" | "ctl", factory: string): readonly string[] {
  const [section, key] =
    kind === "rpc" ? ["rpcinterface", "rpcinterface_factory"] : ["ctlplugin", "ctl_factory"];
  const text = `[supervisord]\nuser=root\n[${section}:x]\nsupervisor.${key}=${factory}\n`;
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text })).map(formatProblem);
}

test("built-in factories, modules and unknown values cause no warning", () => {
  for (const factory of [MAIN_FACTORY, ...RPC_FACTORIES, "./x.mjs:make", "%(ENV_COLOUR)s"]) {
    assert.deepEqual(check("rpc", factory), [], factory);
  }
  for (const factory of CTL_FACTORIES) assert.deepEqual(check("ctl", factory), [], factory);
});

test("a Python factory is reported with its line and a suggestion", () => {
  assert.deepEqual(check("ctl", "a:b"), [
    "/etc/s.conf:4: warning: [ctlplugin:x] supervisor.ctl_factory: a:b is a Python factory, which tsv cannot load: " +
      "what it provides will be missing (write a JavaScript module in its place, see docs/plugins.md)",
  ]);
  assert.match(
    check("rpc", "supervisor_cache.rpcinterface:make_cache")[0] ?? "",
    /\(did you mean supervisor_cache\.rpcinterface:make_cache_rpcinterface\?\)$/,
  );
});

test("an option named like a JavaScript property is an ordinary option", () => {
  const options = "toString=a:b\nconstructor=a:b\n__proto__=a:b\n";
  const text = `[supervisord]\nuser=root\n[ctlplugin:x]\nsupervisor.ctl_factory=a:b\n${options}`;
  const problems = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text }));
  assert.deepEqual(
    problems.map(({ line }) => line),
    [4],
  );
});
