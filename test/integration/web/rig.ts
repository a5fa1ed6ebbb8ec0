// The web page over fakes behind a real HTTP server on a unix socket.

import type { HttpHandler } from "../../../src/ports/http-server.ts";
import type { WebPolicy } from "../../../src/services/web/deps.ts";
import { webPermission } from "../../../src/services/web/paths.ts";
import { Web } from "../../../src/services/web/web.ts";
import { type Reply, send } from "../../e2e/rig/http.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../fakes/config-model.ts";
import { FakeActivityLog } from "../../fakes/logs-api.ts";
import { SOMEBODY } from "../../fakes/principals.ts";
import { FakeSupervisor } from "../../fakes/supervisor-api.ts";
import { WebParts } from "../../fakes/web-parts.ts";
import { serveOn } from "../rpc/server-rig.ts";

export interface WebRig {
  readonly parts: WebParts;
  readonly address: { readonly socketPath: string };
  /** A request; the body is a form. */
  ask(
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    form?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** The token of a fresh page. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

/** Serves `web` (running) and `a`, `b` of group `pool`. @param client who sends all requests @param prepare is given the parts before the page is made */
export async function startWeb(
  policy: Partial<WebPolicy> = {},
  client = SOMEBODY,
  prepare: (parts: WebParts) => void = () => {},
): Promise<WebRig> {
  const supervisor = new FakeSupervisor([
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("pool", [fakeProcessConfig("a"), fakeProcessConfig("b")]),
  ]);
  supervisor.fake("web:web").state = "RUNNING";
  const parts = new WebParts(supervisor);
  parts.logs.set("web:web stdout", "first line\nsecond <b>line</b>\n");
  prepare(parts);
  const web = new Web(parts.deps());
  const whole = {
    section: "inet_http_server",
    legacyGetActions: false,
    asked: () => {},
    signing: {
      cookie: "tsv_1",
      isTls: false,
      in: async () => null,
      refused: async () => {},
      out: async () => {},
    },
    ...policy,
  };
  const handler: HttpHandler = async (request) => {
    const permission = webPermission(request.method, request.target);
    if (permission !== null) return web.answer(request, client, whole);
    return { kind: "whole", status: 404, headers: [], body: "not for the page" };
  };
  const { address: bound, stop } = await serveOn("unix", handler, new FakeActivityLog());
  const address = { socketPath: "path" in bound ? bound.path : "" };
  const ask: WebRig["ask"] = (method, path, headers = {}, form) =>
    send(address, {
      method,
      path,
      headers,
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
  return {
    parts,
    address,
    ask,
    token: async () => /name="token" value="([^"]+)"/.exec((await ask("GET", "/")).body)?.[1] ?? "",
    stop,
  };
}
