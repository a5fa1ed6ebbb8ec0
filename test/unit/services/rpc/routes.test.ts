// Answered requests, by the credentials of the client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Permission, ROLES, type Role } from "../../../../src/core/access/permissions.ts";
import { type Client, clientOf } from "../../../../src/core/access/principal.ts";
import { err } from "../../../../src/core/base/result.ts";
import { type AdmissionRules, admit } from "../../../../src/core/web/admission.ts";
import type { HttpRequest } from "../../../../src/ports/http-server.ts";
import { createRoutes, type Route } from "../../../../src/services/rpc/routes.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { FakeActivityLog } from "../../../fakes/logs-api.ts";
import { ADMIN, NOBODY } from "../../../fakes/principals.ts";
import { createRig } from "./rig.ts";

const WRONG = clientOf(NOBODY, { kind: "wrong" });
/** Somebody who is known, with a role that has no rights at all. */
const POWERLESS: Client = { ...ADMIN, role: "anonymous" };

const PAGE: Route = {
  permission: ({ target }) => (target === "/page" ? "control" : null),
  answer: async (_request, client) => ({
    ...{ kind: "whole", status: 200, headers: [] },
    body: client.section,
  }),
};

const OPEN: Route = {
  permission: ({ target }) => (target === "/open" ? "none" : null),
  answer: PAGE.answer,
};

async function send(target: string, client: Client, accept: string | null, method = "GET") {
  const { rpc, supervisor, logs } = createRig();
  const told: string[] = [];
  const handler = createRoutes({
    ...{ rpc, logs, scopes: () => ({ supervisor, eventLog: fakeEventLog() }) },
    ...{ log: new FakeActivityLog(), routes: [PAGE, OPEN] },
    authenticate: () => client,
    audit: {
      asked() {},
      denied() {},
      refused: async (who) => void told.push(who.section),
    },
  });
  const request: HttpRequest = {
    ...{ method, target, peer: client.peer },
    header: (name) => (name === "accept" ? accept : null),
    body: async () => err("aborted"),
    enter: async () => true,
  };
  return { reply: await handler(request), told };
}

async function ask(target: string, client: Client) {
  const { reply, told } = await send(target, client, null);
  return {
    status: reply.kind === "stream" ? 200 : reply.status,
    asksForPassword: reply.headers.some(([name]) => name === "WWW-Authenticate"),
    told,
  };
}

const TARGETS = [
  ...["/RPC2", "/RPC2xyz", "/logtail/web", "/logtail/no", "/mainlogtail", "/page", "/", "/no"],
];

test("an authenticated client is answered on every path", async () => {
  const statuses = [400, 400, 404, 404, 404, 200, 404, 404];
  for (const [place, target] of TARGETS.entries()) {
    const { status, asksForPassword } = await ask(target, ADMIN);
    assert.deepEqual([status, asksForPassword], [statuses[place], false], target);
  }
});

test("without the password every path answers 401, also one that does not exist", async () => {
  for (const target of TARGETS) {
    const missing = await ask(target, NOBODY);
    assert.deepEqual(missing, { status: 401, asksForPassword: true, told: [] }, target);
    const wrong = await ask(target, WRONG);
    assert.deepEqual(wrong, { status: 401, asksForPassword: true, told: [WRONG.section] }, target);
  }
});

test("an authenticated client without permission gets no 401", async () => {
  for (const target of TARGETS) {
    const reply = await ask(target, POWERLESS);
    assert.deepEqual(reply, { status: 403, asksForPassword: false, told: [] }, target);
  }
});

test("a path without a permission answers every client, and a wrong password is reported", async () => {
  for (const client of [ADMIN, NOBODY, POWERLESS]) {
    const reply = await ask("/open", client);
    assert.deepEqual(reply, { status: 200, asksForPassword: false, told: [] });
  }
  assert.deepEqual((await ask("/open", WRONG)).told, [WRONG.section]);
});

test("people get a page that leads to the programs, and programs that of Supervisor (web-errors)", async () => {
  const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
  for (const [target, client, status, up] of [
    ["/no", ADMIN, 404, "./"],
    ["/a/b/c?d=/e", ADMIN, 404, "../../"],
    ["/page", POWERLESS, 403, "./"],
    ["/page", NOBODY, 401, "./"],
    ["no", ADMIN, 404, "./"],
    ["*", NOBODY, 401, "./"],
  ] as const) {
    for (const [accept, text] of [
      [browser, `<a class="do" href="${up}">`],
      ["*/*", "<h1>Error response</h1>"],
    ] as const) {
      const { reply } = await send(target, client, accept);
      assert.ok(reply.kind === "whole" && reply.status === status, target);
      assert.ok(reply.body.toString().includes(text), reply.body.toString());
    }
  }
});

test("a call gets Supervisor's page, also of a client that takes HTML as Java's do (web-errors)", async () => {
  const java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
  for (const client of [NOBODY, POWERLESS]) {
    const { reply } = await send("/RPC2", client, java, "POST");
    assert.ok(reply.kind === "whole");
    assert.match(reply.body.toString(), /<h1>Error response<\/h1>/);
  }
});

/** Each path with the permission that it needs. */
const PATHS: Readonly<Record<string, Permission>> = {
  "/RPC2": "read",
  "/logtail/web": "read",
  "/mainlogtail": "configure",
  "/page": "control",
  "/no": "read",
};

const RULES: AdmissionRules = {
  ...{ section: "inet_http_server", kind: "inet", address: "127.0.0.1" },
  ...{ asksForPassword: true, ownNames: [], allowedHosts: [] },
};

test("every role gets to the paths that its permissions allow, and to no others", async () => {
  for (const role of Object.keys(ROLES) as Role[]) {
    const permissions: readonly Permission[] = ROLES[role];
    for (const [target, permission] of Object.entries(PATHS)) {
      const { status } = await ask(target, { ...ADMIN, role, programs: ["*"] });
      assert.equal(status === 403, !permissions.includes(permission), `${role} ${target}`);
    }
  }
});

test("a password that could not be compared now is asked for again later, and not counted", async () => {
  const busy = clientOf(NOBODY, { kind: "not-compared" });
  for (const target of TARGETS) {
    assert.deepEqual(await ask(target, busy), { status: 503, asksForPassword: false, told: [] });
  }
});

test("a page of another site gets no answer on any path, whoever its visitor is", () => {
  for (const asksForPassword of [true, false]) {
    const rules = { ...RULES, asksForPassword };
    const headers = new Map([
      ["origin", "http://other.example"],
      ["host", "localhost:9001"],
    ]);
    const header = (name: string) => headers.get(name) ?? null;
    for (const target of Object.keys(PATHS)) {
      assert.equal(admit({ method: "GET", target, header }, rules), "foreign", target);
    }
    assert.equal(admit({ method: "POST", target: "/RPC2", header }, rules), "foreign");
  }
});
