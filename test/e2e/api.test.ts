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
  const get = async (path: string): Promise<unknown> => {
    const reply = await send({ host: "127.0.0.1", port }, { method: "GET", path, headers });
    assert.equal(reply.status, 200, `${path}: ${reply.body}`);
    return JSON.parse(reply.body);
  };
  const document = (await get("/api/v1/openapi.json")) as { readonly paths: Paths };
  return { daemon, port, auth, get, document };
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

e2e("answers are as the document describes them", async (rig) => {
  const { daemon, get, document } = await startApi(rig);
  await daemon.ask("stopProcess", "db");
  const samples: Readonly<Record<string, string>> = { name: "db", channel: "stdout", points: "2" };
  const ajv = new Ajv2020({ strict: false });
  let count = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    const { get: operation } = item;
    const schema = operation?.responses["200"].content["application/json"]?.schema;
    if (operation === undefined || schema === undefined) continue;
    const query = (operation.parameters ?? []).map(({ name }) => {
      const ofMethod = path.includes("/system.") ? "supervisor.getState" : samples[name];
      return `${name}=${encodeURIComponent(ofMethod ?? (name === "cursor" ? "" : "0"))}`;
    });
    const target = path.includes("stderr") || path.includes("Log") ? null : query.join("&");
    if (target === null) continue;
    const answer = await get(`${path}?${target}`);
    assert.ok(ajv.validate(schema, answer), `${path}: ${ajv.errorsText()}`);
    count++;
  }
  assert.ok(count > 20, `${count} methods`);
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
