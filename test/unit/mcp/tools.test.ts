// Which methods become tools, by the role of the caller and by --allow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { may, ROLES, type Role } from "../../../src/core/access/permissions.ts";
import type { Client } from "../../../src/core/access/principal.ts";
import { fault } from "../../../src/core/xmlrpc/faults.ts";
import { Utf8Text, type XmlRpcValue } from "../../../src/core/xmlrpc/value.ts";
import { ALLOWED, answerText, faultWords, toolName, toolsOf } from "../../../src/mcp/tools.ts";
import { ADMIN } from "../../fakes/principals.ts";
import { section, serve } from "../services/rpc/interfaces/rig.ts";

/** All methods there are, and a user's module. */
async function createMethods() {
  const twiddler = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";
  const module = () => ({ anything: () => true, any_thing: () => true });
  const sections = [section("twiddler", twiddler), section("x", "./x.mjs")];
  const { rpc } = await serve(sections, { "/etc/x.mjs": module });
  const ask = async (client: Client): Promise<XmlRpcValue> => {
    const methods = await rpc.callAs(client, "tsv.getMethods", []);
    assert.ok(methods.ok);
    return methods.value;
  };
  return { rpc, ask };
}

const ABOUT_METHODS = /^system\.|^tsv\.getMethods$/;

test("each method is a tool for roles that are permitted it, if it is allowed", async () => {
  const { rpc, ask } = await createMethods();
  for (const role of Object.keys(ROLES) as Role[]) {
    const client: Client = { ...ADMIN, role };
    if (!may(client, "read")) continue;
    for (const allowed of ALLOWED) {
      const tools = [...toolsOf(await ask(client), allowed).values()];
      const isTool = (name: string): boolean => {
        const permission = rpc.find(name)?.permission ?? "shutdown";
        if (ABOUT_METHODS.test(name) || permission === "shutdown") return false;
        return may(client, permission) && ALLOWED.indexOf(permission) <= ALLOWED.indexOf(allowed);
      };
      const wanted = rpc.methodNames().filter(isTool);
      assert.deepEqual(
        tools.map(({ method }) => method),
        wanted,
        `${role} ${allowed}`,
      );
    }
  }
});

test("a tool has the parameters of its method, and says whether it acts", async () => {
  const { rpc, ask } = await createMethods();
  const tools = toolsOf(await ask(ADMIN), "configure");
  for (const { tool, method, params } of tools.values()) {
    const row = rpc.find(method);
    assert.deepEqual(params, JSON.parse(JSON.stringify(plain(row?.params ?? null))), method);
    assert.equal(tool.description, row?.help, method);
    assert.equal(tool.annotations.readOnlyHint, row?.permission === "read", method);
    assert.equal(tool.annotations.destructiveHint, row?.permission !== "read", method);
    assert.match(tool.name, /^[a-z0-9_-]{1,64}$/);
  }
  assert.deepEqual(tools.get("supervisor_start_process")?.tool.inputSchema, {
    type: "object",
    properties: { name: { type: "string" }, wait: { type: "boolean", default: true } },
    required: ["name"],
    additionalProperties: false,
  });
  assert.deepEqual(tools.get("x_anything")?.tool.inputSchema["properties"], {
    params: { type: "array" },
  });
});

type Rows = NonNullable<Awaited<ReturnType<typeof createMethods>>["rpc"]["find"]>;

function plain(params: NonNullable<ReturnType<Rows>>["params"]) {
  return (
    params?.map(({ name, type, optional, preset }) => ({
      ...{ name, type, optional },
      ...(preset === undefined ? {} : { preset }),
    })) ?? null
  );
}

test("names are in the form that all assistants take", () => {
  const names = [
    ["supervisor.startProcess", "supervisor_start_process"],
    ["supervisor.getAPIVersion", "supervisor_get_api_version"],
    ["supervisor.getPID", "supervisor_get_pid"],
    ["my space.a_b", "my_space_a_b"],
    [`x.${"y".repeat(99)}`, `x_${"y".repeat(62)}`],
  ] as const;
  for (const [method, name] of names) assert.equal(toolName(method), name);
});

test("answers are text, and faults are in words", () => {
  assert.equal(answerText("a\n"), "a\n");
  assert.equal(answerText(new Utf8Text(new Uint8Array([104, 105]))), "hi");
  assert.equal(answerText(new Uint8Array([104, 105])), "hi");
  assert.equal(answerText({ at: { kind: "double", value: 1.5 } }), '{"at":1.5}');
  assert.equal(
    faultWords(fault("BAD_NAME").name, "BAD_NAME: no"),
    "There is no program or group of this name (BAD_NAME: no)",
  );
  assert.equal(faultWords(null, "other"), "other");
});
