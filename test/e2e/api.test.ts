// The JSON API of a real daemon: its OpenAPI document, a client that is generated from it, and the examples of docs/api.md.

import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Document, OpenAPIClientAxios } from "openapi-client-axios";
import { send } from "./rig/http.ts";
import { blocksOf } from "./rig/pages.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const PROGRAMS = `
[supervisord]
history=memory
state_directory=%(here)s/state
[notify:ops]
url=http://127.0.0.1:1/
[program:web]
command=sh -c 'echo hello; exec sleep 1000'
startsecs=0
numprocs=2
process_name=web_%(process_num)s
depends_on=db
[program:db]
command=sleep 1000
startsecs=0
[eventlistener:listener]
command=sh -c 'printf "READY\\n"; exec sleep 1000'
events=PROCESS_STATE
`;

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: { readonly "200": { readonly content: Readonly<Record<string, Content>> } };
}

interface Content {
  readonly schema?: object;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

async function startApi(rig: Rig) {
  const port = await rig.findPort();
  const daemon = await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${port}\nusername=ann\npassword=secret\n${PROGRAMS}`,
  );
  await daemon.logged(/success: web_1/);
  const auth = { username: "ann", password: "secret" };
  const headers = { Authorization: `Basic ${btoa("ann:secret")}` };
  const ask = (method: string, path: string, body: object = {}) => {
    const json = { ...headers, "Content-Type": "application/json" };
    const what = method === "GET" ? { headers } : { headers: json, body: JSON.stringify(body) };
    return send({ host: "127.0.0.1", port }, { method, path, ...what });
  };
  const { body } = await ask("GET", "/api/v1/openapi.json");
  const document = JSON.parse(body) as { readonly paths: Paths };
  return { daemon, port, auth, ask, document };
}

e2e("a validator accepts the OpenAPI document", async (rig) => {
  const { daemon, document } = await startApi(rig);
  const result = await new Validator().validate(structuredClone(document));
  assert.deepEqual(result.errors ?? null, null);
  assert.ok(result.valid);
  await daemon.shutdown();
});

e2e("a generated client reads states, restarts a program, and gets a problem", async (rig) => {
  const { daemon, port, auth, document } = await startApi(rig);
  const api = new OpenAPIClientAxios({
    definition: structuredClone(document) as unknown as Document,
    withServer: { url: `http://127.0.0.1:${port}` },
    axiosConfigDefaults: { auth, validateStatus: null },
  });
  const client = await api.init();
  const call = async (name: string, parameters: object | null, body?: object) => {
    const operation: unknown = Reflect.get(client, name);
    assert.ok(typeof operation === "function", name);
    const { status, data } = await operation.call(client, parameters, body);
    return [status, data] as const;
  };
  const [, state] = await call("supervisor.getState", null);
  assert.deepEqual(state, { statecode: 1, statename: "RUNNING" });
  const [, before] = await call("supervisor.getProcessInfo", { name: "db" });
  assert.deepEqual(await call("tsv.restartProcess", null, { name: "db" }), [200, true]);
  const [, after] = await call("supervisor.getProcessInfo", { name: "db" });
  assert.notEqual(after.pid, before.pid);
  const [status, problem] = await call("supervisor.stopProcess", null, { name: "no" });
  assert.deepEqual([status, problem.fault, problem.code], [404, "BAD_NAME", 10]);
  await daemon.logged(/asked: tsv\.restartProcess\(db\) by ann/);
  await daemon.shutdown();
});

/** They end the daemon. */
const ENDING: readonly string[] = ["supervisor.shutdown", "supervisor.restart", "tsv.upgrade"];
/** Their answers contain values that only other methods, or modules, describe. */
const OPEN: readonly string[] = ["system.multicall", "tsv.getMethods"];

/** A value for each parameter that a method requires. */
function sampleOf(operation: string, parameter: string): unknown {
  const samples: Readonly<Record<string, unknown>> = {
    ...{ name: /[Ll]og/.test(operation) ? "web:web_0" : "db", group: "db", channel: "stdout" },
    ...{ points: 2, names: [], key: "enabled", value: "false", signal: "CONT", chars: "x" },
    ...{ calls: [{ methodName: "supervisor.getState", params: [] }], type: "a", data: "b" },
  };
  if (operation.startsWith("system.method")) return "supervisor.getState";
  if (operation === "tsv.testReceiver") return "ops";
  return samples[parameter] ?? (["id", "cursor"].includes(parameter) ? "" : 0);
}

/** The names of those that a call of an operation needs. */
function requiredOf({ parameters = [], requestBody }: Operation): readonly string[] {
  const body = requestBody?.content["application/json"]?.schema as
    | { readonly required?: readonly string[] }
    | undefined;
  return [...parameters.map(({ name }) => name), ...(body?.required ?? [])];
}

/** The same schema, which describes all members. A part that describes nothing is an error. */
function strict(schema: object, place: string): object {
  const isObject = Object(schema).type === "object";
  const isList = Object(schema).type === "array";
  const isPlain = !isObject || "properties" in schema;
  assert.ok(Object.keys(schema).length > 0 && isPlain && (!isList || "items" in schema), place);
  const inner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value !== "object" || value === null) return value;
    return strict(value, place);
  };
  const parts = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === "properties") {
      const members = Object.entries(Object(value));
      return [key, Object.fromEntries(members.map(([name, of]) => [name, inner(of)]))];
    }
    return [key, key === "required" ? value : inner(value)];
  });
  const closed = isObject && !("additionalProperties" in schema);
  return { ...Object.fromEntries(parts), ...(closed ? { additionalProperties: false } : {}) };
}

e2e("answers are as the document describes them, with all their members", async (rig) => {
  const { daemon, ask, document } = await startApi(rig);
  await daemon.ask("stopProcess", "db");
  await daemon.ask("startProcess", "db");
  const ajv = new Ajv2020({ strict: false });
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  // What reads comes before what stops programs.
  operations.sort((left, right) => left.method.localeCompare(right.method));
  const missed: string[] = [];
  for (const { path, method, operation } of operations) {
    const { operationId: name } = operation;
    const schema = operation.responses["200"].content["application/json"]?.schema;
    if (schema === undefined || ENDING.includes(name)) continue;
    const exact = OPEN.includes(name) ? schema : strict(schema, name);
    const values = Object.fromEntries(
      requiredOf(operation).map((param) => [param, sampleOf(name, param)]),
    );
    const query = method === "get" ? `?${new URLSearchParams(values as never)}` : "";
    const reply = await ask(method.toUpperCase(), `${path}${query}`, values);
    const answer: unknown = JSON.parse(reply.body);
    if (reply.status === 200)
      assert.ok(ajv.validate(exact, answer), `${name}: ${reply.body} ${ajv.errorsText()}`);
    else missed.push(`${name}: ${Object(answer).fault}`);
  }
  // Their answers are true, or as those of others.
  assert.deepEqual(missed.sort(), [
    "supervisor.addProcessGroup: ALREADY_ADDED",
    "supervisor.removeProcessGroup: STILL_RUNNING",
    "supervisor.startProcess: ALREADY_STARTED",
    "supervisor.stopProcess: NOT_RUNNING",
    "tsv.restartProcess: NOT_RUNNING",
    "tsv.rollBack: FAILED",
    "tsv.setWindowSize: BAD_ARGUMENTS",
  ]);
  await daemon.shutdown();
});

e2e("the examples of docs/api.md run", async (rig) => {
  const { daemon, port } = await startApi(rig);
  const blocks = blocksOf("api", "sh");
  assert.equal(blocks.length, 3);
  const [list = "", restart = "", follow = ""] = blocks.map((block) =>
    block.replaceAll("9001", String(port)).replace("curl", "curl -sS").trim(),
  );
  const run = (command: string) => rig.command(["sh", "-c", command]);
  const infos = JSON.parse((await run(list)).stdout) as readonly { readonly name: string }[];
  assert.deepEqual(infos.map(({ name }) => name).sort(), ["db", "listener", "web_0", "web_1"]);
  assert.equal((await run(restart.replace('"web"', '"web:web_0"'))).stdout, "true");
  const [cursor] = (await run(`${follow} | head -n 1`)).stdout.split("\n");
  assert.match(cursor ?? "", /^\{"cursor":"[^"]+","event":"begin"\}$/);
  await daemon.shutdown();
});
