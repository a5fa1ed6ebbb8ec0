// What a browser gets with its first view of a page: few bytes, and all modules of a script named at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createAssets } from "../../../../src/host/files/assets.ts";
import type { HttpReply, HttpRequest } from "../../../../src/ports/http-server.ts";
import type { WebPolicy } from "../../../../src/services/web/deps.ts";
import { Templates } from "../../../../src/services/web/templates.ts";
import { Web } from "../../../../src/services/web/web.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { ADMIN } from "../../../fakes/principals.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { WebParts } from "../../../fakes/web-parts.ts";

const POLICY: WebPolicy = {
  ...{ section: "inet_http_server", legacyGetActions: false, asked() {} },
  signing: {
    cookie: "tsv_1",
    isTls: false,
    in: async () => null,
    async refused() {},
    async out() {},
  },
};

function createWeb() {
  const groups = [fakeGroupConfig("web", [fakeProcessConfig("web")])];
  const web = new Web(new WebParts(new FakeSupervisor(groups)).deps());
  return async (target: string, headers: Readonly<Record<string, string>> = {}) => {
    const request: HttpRequest = {
      ...{ method: "GET", target, peer: ADMIN.peer, header: (name) => headers[name] ?? null },
      body: async () => ({ ok: false, error: "aborted" }),
      enter: async () => true,
    };
    return await web.answer(request, ADMIN, POLICY);
  };
}

function encodingOf(reply: HttpReply): string | null {
  return reply.headers.find(([name]) => name === "Content-Encoding")?.[1] ?? null;
}

function textOf(reply: HttpReply): string {
  assert.ok(reply.kind === "whole");
  return encodingOf(reply) === "gzip" ? gunzipSync(reply.body).toString() : reply.body.toString();
}

test("the list and the files are compressed for browsers that take gzip, and say that they vary", async () => {
  const ask = createWeb();
  for (const target of ["/", "/scripts/list.js", "/stylesheets/supervisor.css"]) {
    const plain = await ask(target);
    assert.equal(encodingOf(plain), null, target);
    for (const [accepted, encoding] of [
      ["gzip, deflate, br", "gzip"],
      ["br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"],
      ["GZIP", "gzip"],
      ["gzip;q=0", null],
      ["br, gzip; q=0.000", null],
      ["x-gzip2, identity", null],
    ] as const) {
      const reply = await ask(target, { "accept-encoding": accepted });
      assert.equal(encodingOf(reply), encoding, accepted);
      assert.equal(textOf(reply), textOf(plain));
      assert.ok(
        reply.headers.some(([name, value]) => name === "Vary" && value === "Accept-Encoding"),
      );
    }
  }
});

test("a page that repeats text of its address is not compressed, and neither is a picture", async () => {
  const ask = createWeb();
  for (const target of ["/?message=token", "/?action=nothing", "/images/icon.png"]) {
    assert.equal(encodingOf(await ask(target, { "accept-encoding": "gzip" })), null, target);
  }
});

test("a file that a browser knows in either form is not sent again", async () => {
  const ask = createWeb();
  const file = "/scripts/list.js";
  for (const headers of [{}, { "accept-encoding": "gzip" }]) {
    const reply = await ask(file, headers);
    const [, tag = ""] = reply.headers.find(([name]) => name === "ETag") ?? [];
    const known = await ask(file, { ...headers, "if-none-match": tag });
    assert.equal(known.kind === "whole" && known.status, 304);
    assert.ok(known.headers.some(([name]) => name === "Vary"));
  }
});

test("each page names the modules of its script, so that a browser loads them at once", () => {
  const parts = new WebParts(new FakeSupervisor([]));
  const templates = new Templates(parts.deps());
  const assets = createAssets();
  for (const page of ["status", "program", "tail", "logs", "doctor"]) {
    const text = templates.render(page, {}).replaceAll("&#x2F;", "/");
    const named = Array.from(
      text.matchAll(/<link rel="modulepreload" href="([^"]+)">/g),
      ([, name]) => name,
    );
    const scripts = [`scripts/${page}.js`, ...named];
    const imported = scripts.flatMap((name) =>
      Array.from(
        assets.read(name ?? "").matchAll(/^import .*"\.\/(.*)";$/gm),
        ([, file]) => `scripts/${file}`,
      ),
    );
    assert.ok(named.length >= 2, page);
    assert.deepEqual([...named].sort(), [...new Set(imported)].sort(), page);
  }
});
