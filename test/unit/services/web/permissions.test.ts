// Permissions of the pages and actions of the web page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { permissionFor, type WebAction } from "../../../../src/core/web/actions.ts";
import { HISTORY_METHODS } from "../../../../src/services/rpc/methods/history.ts";
import { SUPERVISOR_METHODS } from "../../../../src/services/rpc/service.ts";
import { FILES, PAGES, webPermission } from "../../../../src/services/web/paths.ts";
import { perform } from "../../../../src/services/web/perform.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { WebParts } from "../../../fakes/web-parts.ts";

const READ = [
  ...["index.html", "program.html", "tail.html", "ok.html"],
  ...["doctor.html", "logs.html", "logs.txt", "download", "events/logs"],
  ...["events/status", "events/program", "events/tail", "events/log", "api/v1/events"],
  "trends",
];

test("every page and file declares its permission, and other paths are not the page's", () => {
  assert.deepEqual([...PAGES].sort(), [...READ, "login", "logout"].sort());
  for (const page of ["", ...READ]) {
    for (const method of ["GET", "HEAD", "POST"]) {
      assert.equal(webPermission(method, `/${page}?x=1`), "read", page);
    }
    assert.equal(webPermission("PUT", `/${page}`), null);
  }
  for (const page of ["login", "logout"]) {
    for (const method of ["GET", "POST"]) assert.equal(webPermission(method, `/${page}`), "none");
  }
  for (const file of Object.keys(FILES)) {
    // Of the page that asks for a name.
    const isOpen = file === "stylesheets/supervisor.css" || file.endsWith(".png");
    assert.equal(webPermission("GET", `/${file}`), isOpen ? "none" : "read", file);
    assert.equal(webPermission("POST", `/${file}`), null);
  }
  for (const other of ["no.html", "constructor", "__proto__"]) {
    assert.equal(webPermission("GET", `/${other}`), null, other);
  }
});

const ACTIONS: readonly WebAction[] = [
  { kind: "refresh" },
  { kind: "all", verb: "start" },
  { kind: "all", verb: "stop" },
  { kind: "all", verb: "restart" },
  { kind: "some", verb: "restart", names: ["web"] },
  { kind: "signal", verb: "signal", name: "web", signal: "HUP" },
  ...(["start", "stop", "restart", "clearlog"] as const).map((verb) => ({
    ...{ kind: "program" as const, verb, name: "web" },
  })),
];

test("an action needs the permissions of the methods it calls", async () => {
  const supervisor = new FakeSupervisor([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
  const deps = new WebParts(supervisor).deps();
  for (const action of ACTIONS) {
    const called: string[] = [];
    const call = async (method: string) => {
      called.push(method.replace(/^.*\./, ""));
      return { ok: true, value: true } as const;
    };
    await perform({ ...deps, call }, action);
    assert.equal(called.length > 0, action.kind !== "refresh");
    for (const name of called) {
      const methods = [...SUPERVISOR_METHODS, ...HISTORY_METHODS];
      const method = methods.find((each) => each.name === name);
      assert.equal(method?.permission, permissionFor(action), name);
    }
  }
});
