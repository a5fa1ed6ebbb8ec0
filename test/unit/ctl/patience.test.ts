// How long each call may wait for its answer. (ctl-patience)

import assert from "node:assert/strict";
import { test } from "node:test";
import { createCtlClient } from "../../../src/ctl/client.ts";
import type { HttpClient } from "../../../src/ports/http-client.ts";

async function patienceOf(...methods: readonly string[]): Promise<number | null | undefined> {
  return await patienceWith(undefined, ...methods);
}

async function patienceWith(
  patienceMs: number | undefined,
  ...methods: readonly string[]
): Promise<number | null | undefined> {
  let told: number | null | undefined;
  const http: HttpClient = {
    connect: () => ({
      post: async (_path, _bodies, given) => {
        told = given;
        return { replies: [], failure: { code: "SILENT", message: "" } };
      },
      close() {},
    }),
    stream: () => assert.fail("no stream"),
  };
  const access = { serverUrl: "unix:///s", username: null, password: null };
  const calls = methods.map((method) => ({ method, params: [] }));
  await createCtlClient(http, () => access, { patienceMs }).query(calls);
  return told;
}

test("immediate answers of the daemon have half a minute", async () => {
  assert.equal(await patienceOf("supervisor.getVersion"), 30_000);
  assert.equal(await patienceOf("supervisor.getVersion", "supervisor.getAllProcessInfo"), 30_000);
  assert.equal(await patienceOf("system.listMethods"), 30_000);
  assert.equal(await patienceOf("supervisor.shutdown"), 30_000);
});

test("a client may be given less", async () => {
  assert.equal(await patienceWith(3000, "supervisor.getVersion", "tsv.getAllProcessRuns"), 3000);
});

test("programs may take as long as they like, and so may plugins", async () => {
  for (const what of ["Process", "ProcessGroup", "AllProcesses"]) {
    assert.equal(await patienceOf(`supervisor.start${what}`), null);
    assert.equal(await patienceOf(`supervisor.stop${what}`), null);
  }
  assert.equal(await patienceOf("cache.getItem"), null);
  assert.equal(await patienceOf("supervisor.getVersion", "supervisor.stopProcess"), null);
});

test("executables and configurations are tried out by helpers, which have limits of their own", async () => {
  for (const method of ["tsv.upgrade", "tsv.checkUpgrade", "tsv.getUpgrade"]) {
    assert.equal(await patienceOf(method), 240_000);
  }
  assert.equal(await patienceOf("supervisor.reloadConfig"), 240_000);
  assert.equal(await patienceOf("supervisor.getVersion", "supervisor.restart"), 240_000);
});
