// The JSON API over fakes: every method of the table by each role, without credentials, and from a page of another origin.

import assert from "node:assert/strict";
import { test } from "node:test";
import { may, type Permission, ROLES, type Role } from "../../../../src/core/access/permissions.ts";
import type { Client } from "../../../../src/core/access/principal.ts";
import { isQuery, openApi } from "../../../../src/core/api/openapi.ts";
import { ok } from "../../../../src/core/base/result.ts";
import { type AdmissionRules, admit } from "../../../../src/core/web/admission.ts";
import type { HttpRequest } from "../../../../src/ports/http-server.ts";
import type { Method } from "../../../../src/services/rpc/method.ts";
import { createRoutes } from "../../../../src/services/rpc/routes.ts";
import type { RpcService } from "../../../../src/services/rpc/service.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { FakeActivityLog, FakeLogs } from "../../../fakes/logs-api.ts";
import { ADMIN, NOBODY } from "../../../fakes/principals.ts";
import { section, serve } from "./interfaces/rig.ts";

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_HEADERS = { "content-type": "application/json" };

/** All methods there are, and a user's module. */
async function createApi() {
  const ran: unknown[] = [];
  const twiddler = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";
  const module = () => ({ anything: (...params: unknown[]) => void ran.push(params) });
  const sections = [section("twiddler", twiddler), section("x", "./x.mjs")];
  const groups = [fakeGroupConfig("web", [fakeProcessConfig("web")])];
  const { rpc, supervisor } = await serve(sections, { "/etc/x.mjs": module }, groups);
  const told: string[] = [];
  const ask = async (client: Client, { method, target, headers = {}, body = "" }: Asked) => {
    const handler = createRoutes({
      ...{ rpc, logs: new FakeLogs(), log: new FakeActivityLog() },
      scopes: () => ({ supervisor, eventLog: fakeEventLog() }),
      authenticate: () => client,
      audit: {
        asked: (_, what) => void told.push(`asked ${what}`),
        denied: (_, what) => void told.push(`denied ${what}`),
        refused: async () => {},
      },
    });
    const request: HttpRequest = {
      ...{ method, target, peer: client.peer, header: (name) => headers[name] ?? null },
      body: async () => ok(new TextEncoder().encode(body)),
      enter: async () => true,
    };
    const reply = await handler(request);
    assert.ok(reply.kind === "whole");
    const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
    const header = (name: string) => reply.headers.find(([each]) => each === name)?.[1] ?? null;
    const isJson = /json$/.test(header("Content-Type") ?? "");
    const value: unknown = isJson ? JSON.parse(text) : text;
    return { status: reply.status, header, value };
  };
  const post = (client: Client, name: string, params: object | string = {}) =>
    ask(client, {
      ...{ method: "POST", target: `/api/v1/${name}`, headers: JSON_HEADERS },
      body: typeof params === "string" ? params : JSON.stringify(params),
    });
  const get = (client: Client, path: string) =>
    ask(client, { method: "GET", target: `/api/v1${path}` });
  return { rpc, supervisor, ran, told, ask, post, get };
}

const methodsOf = (rpc: RpcService): readonly (readonly [name: string, method: Method])[] =>
  rpc.methodNames().flatMap((name) => {
    const method = rpc.find(name);
    return method === null ? [] : [[name, method] as const];
  });

/** Parameters of the right types, which name nothing that there is. */
function sample({ params }: Method): Record<string, unknown> {
  const values = { int: 1, double: 1, boolean: false, array: [], struct: {} };
  const named = (params ?? []).map(({ name, type }) => {
    return [name, Object.entries(values).find(([each]) => each === type)?.[1] ?? "no"];
  });
  return Object.fromEntries(named);
}

const ROLE_NAMES = Object.keys(ROLES) as Role[];

test("every role is answered the methods of its permissions, and 403 for all others (api-paths)", async () => {
  for (const role of ROLE_NAMES) {
    const { rpc, supervisor, told, ran, post } = await createApi();
    const client: Client = { ...ADMIN, role, programs: role === "admin" ? null : ["*"] };
    for (const [name, method] of methodsOf(rpc)) {
      told.length = 0;
      const isAllowed = may(client, method.permission);
      const before = supervisor.calls.length + ran.length;
      const { status } = await post(client, name, sample(method));
      assert.equal(status === 403, !isAllowed, `${role} ${name} ${status}`);
      if (isAllowed) continue;
      assert.equal(supervisor.calls.length + ran.length, before, name);
      assert.deepEqual(told, may(client, "read") ? [`denied ${name}`] : [], name);
    }
  }
});

test("without credentials every path answers 401, also one that does not exist", async () => {
  const { rpc, supervisor, ran, post, get } = await createApi();
  for (const [name, method] of methodsOf(rpc)) {
    for (const { status, header, value } of [
      await post(NOBODY, name, sample(method)),
      await get(NOBODY, `/${name}`),
    ]) {
      assert.equal(status, 401, name);
      assert.equal(header("WWW-Authenticate"), 'Basic realm="default"');
      assert.equal(header("Content-Type"), "application/problem+json");
      assert.deepEqual(value, { type: "about:blank", title: "Unauthorized", status: 401 });
    }
  }
  for (const path of ["", "/", "/openapi.json", "/no", "/problems/BAD_NAME"]) {
    assert.equal((await get(NOBODY, path)).status, 401, path);
  }
  assert.deepEqual([supervisor.calls, ran], [[], []]);
});

test("GET answers methods that only read, and never acts", async () => {
  const { rpc, supervisor, ran, get, ask } = await createApi();
  for (const [name, method] of methodsOf(rpc)) {
    const query = new URLSearchParams();
    for (const [param, value] of Object.entries(sample(method))) query.set(param, `${value}`);
    const reply = await get(ADMIN, `/${name}?${query}`);
    assert.equal(reply.status === 405, !isQuery(method), `${name} ${reply.status}`);
    assert.equal(isQuery(method) && method.permission !== "read", false, name);
    const wrong = await ask(ADMIN, { method: "DELETE", target: `/api/v1/${name}` });
    assert.equal(wrong.status, 405, name);
    assert.equal(wrong.header("Allow"), isQuery(method) ? "GET, HEAD, POST" : "POST", name);
  }
  assert.equal((await get(ADMIN, "/system.multicall?calls=[]")).status, 405);
  assert.deepEqual([supervisor.calls, ran], [[], []]);
});

test("POST needs the content type of JSON, which other origins cannot send unasked", async () => {
  const { rpc, supervisor, ran, ask } = await createApi();
  const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=c"];
  for (const [name, method] of methodsOf(rpc)) {
    for (const type of [null, ...types]) {
      const headers = type === null ? {} : { "content-type": type };
      const body = JSON.stringify(sample(method));
      const asked = { method: "POST", target: `/api/v1/${name}`, headers, body };
      assert.equal((await ask(ADMIN, asked)).status, 415, `${name} ${type}`);
    }
  }
  assert.deepEqual([supervisor.calls, ran], [[], []]);
});

const RULES: AdmissionRules = {
  ...{ section: "inet_http_server", kind: "inet", address: "127.0.0.1" },
  ...{ asksForPassword: true, ownNames: [], allowedHosts: [] },
};

test("a page of another origin gets to no path of the API, by no method", async () => {
  const { rpc } = await createApi();
  const paths = ["", "/openapi.json", "/events", ...rpc.methodNames().map((name) => `/${name}`)];
  const signs: readonly Readonly<Record<string, string>>[] = [
    { host: "localhost:9001", origin: "http://evil.example" },
    { host: "localhost:9001", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { host: "localhost:9001", "sec-fetch-site": "same-site" },
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      for (const headers of signs) {
        const header = (name: string) => headers[name] ?? null;
        const request = { method, target: `/api/v1${path}`, header };
        assert.equal(admit(request, RULES), "foreign", `${method} ${path}`);
      }
      const header = (name: string) =>
        ({ host: "evil.example", origin: "http://evil.example" })[name] ?? null;
      const rebound = { method, target: `/api/v1${path}`, header };
      assert.equal(admit(rebound, { ...RULES, asksForPassword: false }), "unknown-host");
    }
  }
});

test("an answer is the value by itself, and a fault a problem", async () => {
  const { supervisor, told, post, get } = await createApi();
  const state = { statecode: 1, statename: "RUNNING" };
  for (const reply of [
    await get(ADMIN, "/supervisor.getState"),
    await post(ADMIN, "supervisor.getState"),
    await post(ADMIN, "supervisor.getState", ""),
  ]) {
    assert.deepEqual([reply.status, reply.value], [200, state]);
    assert.equal(reply.header("Content-Type"), "application/json");
  }
  supervisor.fake("web:web").state = "RUNNING";
  const stopped = await post(ADMIN, "supervisor.stopProcess", { wait: false, name: "web" });
  assert.deepEqual([stopped.status, stopped.value], [200, true]);
  assert.deepEqual(supervisor.calls, ["stop web:web"]);
  assert.deepEqual(told, ["asked supervisor.stopProcess(web)"]);
  const unknown = await get(ADMIN, "/supervisor.getProcessInfo?name=no");
  assert.equal(unknown.header("Content-Type"), "application/problem+json");
  assert.deepEqual(unknown.value, {
    ...{ type: "/api/v1/problems/BAD_NAME", title: "There is no program or group of this name" },
    ...{ status: 404, fault: "BAD_NAME", code: 10, detail: "no" },
  });
  const rows: readonly (readonly [reply: Promise<{ readonly status: number }>, status: number])[] =
    [
      [post(ADMIN, "supervisor.no"), 404],
      [post(ADMIN, "toString"), 404],
      [get(ADMIN, "/supervisor.getProcessInfo"), 400],
      [post(ADMIN, "supervisor.startProcess", { nam: "web" }), 400],
      [post(ADMIN, "supervisor.startProcess", "{"), 400],
      [get(ADMIN, "/problems/NO"), 404],
      [post(ADMIN, "openapi.json"), 405],
    ];
  for (const [place, [reply, status]] of rows.entries()) {
    assert.equal((await reply).status, status, `${place}`);
  }
  supervisor.daemonState = "SHUTDOWN";
  const late = await post(ADMIN, "supervisor.startProcess", { name: "web" });
  assert.deepEqual([late.status, late.header("Retry-After")], [503, "1"]);
});

test("a module without a description is called with an array", async () => {
  const { ran, post } = await createApi();
  assert.equal((await post(ADMIN, "x.anything", { params: [1, { a: "b" }] })).status, 200);
  assert.deepEqual(ran, [[1, { a: "b" }]]);
});

test("documents are served: an index, each problem, and OpenAPI with every method", async () => {
  const { rpc, get } = await createApi();
  const index = await get(ADMIN, "");
  assert.equal(Object(index.value).openapi, "/api/v1/openapi.json");
  assert.equal(Object((await get(ADMIN, "/problems/BAD_NAME")).value).code, 10);
  const { value } = await get(ADMIN, "/openapi.json");
  const operations = methodsOf(rpc).map(([name, method]) => ({ ...method, name }));
  assert.deepEqual(value, JSON.parse(JSON.stringify(openApi(operations))));
  const paths: Readonly<Record<string, Readonly<Record<string, { "x-permission": Permission }>>>> =
    Object(value).paths;
  for (const [name, method] of methodsOf(rpc)) {
    const operation = paths[`/api/v1/${name}`]?.[isQuery(method) ? "get" : "post"];
    assert.equal(operation?.["x-permission"], method.permission, name);
  }
  const reader: Client = { ...ADMIN, role: "read", programs: [] };
  assert.deepEqual((await get(reader, "/openapi.json")).value, value);
});

test("tsv.getMethods describes the table, and says what the caller is permitted", async () => {
  const { rpc, get } = await createApi();
  const reader: Client = { ...ADMIN, role: "read", programs: [] };
  for (const client of [ADMIN, reader]) {
    const { value } = await get(client, "/tsv.getMethods");
    assert.ok(Array.isArray(value));
    assert.deepEqual(
      value.map(({ name, permitted }) => [name, permitted]),
      methodsOf(rpc).map(([name, { permission }]) => [name, may(client, permission)]),
    );
    const start = value.find(({ name }) => name === "supervisor.startProcess");
    assert.deepEqual(start.params, [
      { name: "name", type: "string", optional: false },
      { name: "wait", type: "boolean", optional: true, preset: true },
    ]);
    assert.deepEqual(
      value.filter(({ named }) => !named).map(({ name }) => name),
      ["x.anything"],
    );
  }
});
