// The page of the doctor: for admins, and an examination only for a form of this daemon's own page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { HttpRequest } from "../../../../src/ports/http-server.ts";
import type { WebPolicy } from "../../../../src/services/web/deps.ts";
import { Web } from "../../../../src/services/web/web.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { ADMIN } from "../../../fakes/principals.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { WebParts } from "../../../fakes/web-parts.ts";

const POLICY: WebPolicy = {
  ...{ section: "inet_http_server", legacyGetActions: false, asked() {} },
  signing: {
    ...{ cookie: "tsv_1", isTls: false, in: async () => null },
    ...{ async refused() {}, async out() {} },
  },
};

const finding = (subject: string, severity: string) => ({
  ...{ code: "PROG-001", severity, subject, symptom: "<b>", cause: "why", evidence: ["seen"] },
  place: { file: "/etc/tsv.conf", line: 3 },
  fix: { advice: "Do it", commands: ["one '&'", "two"], automatic: true },
});

function createPage() {
  const parts = new WebParts(
    new FakeSupervisor([fakeGroupConfig("web", [fakeProcessConfig("web")])]),
  );
  const web = new Web(parts.deps());
  const ask = async (method: string, form: Readonly<Record<string, string>>, role = ADMIN.role) => {
    const body = new TextEncoder().encode(new URLSearchParams(form).toString());
    const header = (name: string) => (name === "content-length" ? String(body.length) : null);
    const request: HttpRequest = {
      ...{ method, target: "/doctor.html", peer: ADMIN.peer, header },
      body: async () => ok(body),
      enter: async () => true,
    };
    const reply = await web.answer(request, { ...ADMIN, role }, POLICY);
    assert.ok(reply.kind === "whole");
    return { status: reply.status, text: reply.body.toString() };
  };
  const examine = async () => {
    const { text } = await ask("GET", {});
    const [, token = ""] = /name="token" value="([^"]+)"/.exec(text) ?? [];
    return await ask("POST", { token });
  };
  return { parts, ask, examine };
}

test("findings are shown with their commands, and lead to their programs", async () => {
  const { parts, ask, examine } = createPage();
  assert.match((await ask("GET", {})).text, /Examine the host/);
  const results = [finding("web", "error"), finding("/run/x", "warning"), finding("y", "info")];
  const unknown = [{ what: "port 80 (needs root)" }];
  parts.diagnosis = ok(JSON.stringify({ results, unknown }));
  assert.equal((await examine()).status, 303);
  const { text } = await ask("GET", {});
  assert.match(text, /1 error, 1 warning, 1 note/);
  assert.match(text, /<a href="program\.html\?processname=web">web<\/a>/);
  assert.doesNotMatch(text, /<b><\/h2>/);
  assert.equal(text.match(/one &#39;&amp;&#39;\ntwo<\/pre>/g)?.length, 3);
  assert.match(text, /&#x2F;etc&#x2F;tsv\.conf, line 3/);
  assert.match(text, /<li>port 80 \(needs root\)<\/li>/);
});

test("of very many findings the first are shown, and all are counted", async () => {
  const { parts, ask, examine } = createPage();
  const results = Array.from({ length: 300 }, (_, at) => finding(`p${at}`, "error"));
  parts.diagnosis = ok(JSON.stringify({ results }));
  await examine();
  const { text } = await ask("GET", {});
  assert.match(text, /300 errors/);
  assert.match(text, /The first 200 are shown/);
  assert.equal(text.match(/<section class="card finding"/g)?.length, 200);
});

test("why the host could not be examined is shown, and nothing found is said", async () => {
  const { parts, ask, examine } = createPage();
  assert.equal((await examine()).status, 303);
  assert.match((await ask("GET", {})).text, /not here/);
  parts.diagnosis = ok('{"results":[],"unknown":[]}');
  await examine();
  assert.match((await ask("GET", {})).text, /No problems found/);
});

test("other roles do not see it, and a form without the token examines nothing", async () => {
  const { ask } = createPage();
  for (const role of ["read", "operate"] as const) {
    for (const method of ["GET", "POST"]) {
      assert.equal((await ask(method, {}, role)).status, 403, `${role} ${method}`);
    }
  }
  assert.equal((await ask("POST", { token: "wrong" })).status, 403);
  const { status, text } = await ask("POST", {});
  assert.equal(status, 403);
  // There is no form for that.
  assert.doesNotMatch(text, /say so here/);
  assert.match((await ask("GET", {})).text, /Examine the host/);
});
