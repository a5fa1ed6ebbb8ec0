// What `tsv why` examines of a host: the daemon that answers, and none of the other processes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeResponse } from "../../../src/core/xmlrpc/encode.ts";
import { gatherFor } from "../../../src/doctor/cli/compose.ts";
import type { Probe } from "../../../src/doctor/facts/probe.ts";
import { createProbe } from "../../../src/doctor/host/probe.ts";

const ANSWERS: Readonly<Record<string, Parameters<typeof encodeResponse>[0]>> = {
  "supervisor.getPID": process.pid,
  "supervisor.getSupervisorVersion": "4.2.5",
  "supervisor.getState": { statecode: 1, statename: "RUNNING" },
  "system.listMethods": ["supervisor.getPID"],
  "supervisor.getAllProcessInfo": [{ group: "web", name: "web", statename: "RUNNING", pid: 1 }],
};

/** A daemon that answers at a socket, and its configuration. */
async function withDaemon(act: (config: string) => Promise<void>): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "tsv-gather-"));
  const path = join(place, "a.sock");
  const config = join(place, "tsv.conf");
  writeFileSync(
    config,
    `[unix_http_server]\nfile=${path}\n[supervisord]\n[program:web]\ncommand=x\n`,
  );
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const method = /<methodName>(.*)<\/methodName>/.exec(body)?.[1] ?? "";
      response.end(encodeResponse(ANSWERS[method] ?? false));
    });
  }).listen(path);
  try {
    await once(server, "listening");
    await act(config);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/** A probe that records which processes it was asked about. */
function recording(): { readonly probe: Probe; readonly asked: Set<string> } {
  const asked = new Set<string>();
  const real = createProbe();
  const probe: Probe = {
    ...real,
    processes: () => {
      asked.add("all");
      return real.processes();
    },
    openFiles: (pid) => {
      asked.add(String(pid));
      return real.openFiles(pid);
    },
    process: (pid) => {
      asked.add(String(pid));
      return real.process(pid);
    },
  };
  return { probe, asked };
}

test("for a program that a daemon has, only the daemon is examined", async () => {
  await withDaemon(async (config) => {
    const { probe, asked } = recording();
    const facts = await gatherFor("web", config, probe);
    assert.equal(facts.programs?.[0]?.name, "web");
    assert.deepEqual(Array.from(asked), [String(process.pid)]);
  });
});

test("for a name that no daemon has, all daemons of the host are found", async () => {
  await withDaemon(async (config) => {
    const { probe, asked } = recording();
    await gatherFor("other", config, probe);
    assert.ok(asked.has("all"));
  });
});

test("a listener is found in the suspected process, whatever its pid", async () => {
  await withDaemon(async (config) => {
    const probe = createProbe();
    probe.suspect(process.pid);
    const path = config.replace(/tsv\.conf$/, "a.sock");
    const found = probe.listeners().find(({ address }) => address === path);
    assert.equal(found?.pid, process.pid);
  });
});

test("the children of a process are those of the kernel's list", async (t) => {
  const child = spawn("sleep", ["1000"]);
  try {
    await once(child, "spawn");
    const children = createProbe().children(process.pid);
    if (children === null) return t.skip("this kernel does not list children");
    assert.ok(children.includes(child.pid ?? 0));
  } finally {
    child.kill("SIGKILL");
  }
});
