// The web page for a client without permissions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOBODY } from "../../fakes/principals.ts";
import { startWeb } from "./rig.ts";

const STOP = { action: "stop", processname: "web" };
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

void test("a client without permission to change gets that answer without a question, and nothing is done", async () => {
  const powerless = await startWeb({}, NOBODY);
  const token = await powerless.token();
  const reply = await powerless.ask("POST", "/", FORM, { ...STOP, token });
  assert.equal(reply.status, 403);
  assert.match(reply.body, /not permitted: this needs the permission &quot;control&quot;/);
  assert.doesNotMatch(reply.body, /Stop web\?/);
  const json = await powerless.ask("POST", "/", { ...FORM, Accept: "application/json" }, STOP);
  assert.deepEqual([json.status, JSON.parse(json.body).ok], [403, false]);
  assert.match((await powerless.ask("GET", "/tail.html?processname=web")).body, /not permitted/);
  assert.deepEqual(powerless.parts.supervisor.calls, []);
  await powerless.stop();
});
