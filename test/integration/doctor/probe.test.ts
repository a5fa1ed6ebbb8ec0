// The doctor's questions, asked about real files, processes, sockets and mounts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createProbe } from "../../../src/doctor/host/probe.ts";

describe("the probe of a real host", () => {
  let place = "";
  const servers: Server[] = [];

  before(() => {
    place = mkdtempSync(join(tmpdir(), "tsv-probe-"));
  });

  after(() => {
    for (const server of servers) server.close();
    rmSync(place, { recursive: true, force: true });
  });

  async function listen(where: string | number): Promise<Server> {
    const server = createServer();
    servers.push(server);
    if (typeof where === "string") server.listen(where);
    else server.listen(where, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  test("sees kinds, modes, links and what is missing", () => {
    const probe = createProbe();
    const file = join(place, "file");
    writeFileSync(file, "text\n");
    chmodSync(file, 0o640);
    symlinkSync(file, join(place, "link"));
    mkdirSync(join(place, "directory"));
    const seen = probe.look(join(place, "link"));
    assert.ok(seen.ok);
    assert.deepEqual([seen.kind, seen.mode, seen.bytes], ["file", 0o640, 5]);
    assert.deepEqual(probe.look(join(file, "below")), { ok: false, error: "ENOTDIR" });
    assert.deepEqual(probe.look(join(place, "none")), { ok: false, error: "ENOENT" });
    assert.equal(probe.linkTarget(join(place, "link")), file);
    assert.equal(probe.linkTarget(file), null);
    assert.deepEqual(probe.list(join(place, "directory")), []);
    assert.equal(probe.list(file), null);
  });

  test("commands that do not end are waited for together, not one after the other", () => {
    const probe = createProbe(1500);
    const begun = performance.now();
    for (let count = 0; count < 5; count += 1) {
      assert.equal(probe.ask(["sleep", "60"]).status, null);
    }
    // One and a half seconds, then 0.3 for each; separately it would be seven and a half.
    assert.ok(performance.now() - begun < 6000);
    assert.equal(probe.ask(["true"]).status, 0);
  });

  test("reads heads and tails of files, and nothing of pipes and devices", () => {
    const probe = createProbe();
    const file = join(place, "lines");
    writeFileSync(file, "first\nlast\n");
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
    assert.equal(text(probe.readHead(file, 5)), "first");
    assert.equal(text(probe.readTail(file, 5)), "last\n");
    assert.equal(probe.readText(file), "first\nlast\n");
    assert.equal(probe.readHead("/dev/zero", 5), null);
    writeFileSync(file, new Uint8Array([0xff, 0xfe]));
    assert.equal(probe.readText(file), null);
  });

  test("reads a part of a backup of a log, compressed or not, by its distance from the end", () => {
    const probe = createProbe();
    const read = (name: string, from: number, to: number): unknown => {
      const found = probe.readBackup(join(place, name), from, to);
      return found === null ? null : [Buffer.from(found.bytes).toString(), found.size];
    };
    writeFileSync(join(place, "plain"), "first\nlast\n");
    writeFileSync(join(place, "packed.gz"), gzipSync("first\nlast\n"));
    writeFileSync(join(place, "broken.gz"), "first\n");
    for (const name of ["plain", "packed"]) {
      assert.deepEqual(read(name, -5, 0), ["last\n", 11]);
      assert.deepEqual(read(name, -8, -5), ["st\n", 11]);
      assert.deepEqual(read(name, -99, -5), ["first\n", 11]);
      assert.deepEqual(read(name, -99, -50), ["", 11]);
    }
    assert.deepEqual([read("broken", -5, 0), read("none", -5, 0)], [null, null]);
  });

  test("finds whose a listening socket is, on a port and on a path", async () => {
    const path = join(place, "a socket");
    const port = ((await listen(0)).address() as AddressInfo).port;
    await listen(path);
    const listeners = createProbe().listeners();
    const tcp = listeners.find((one) => one.port === port);
    assert.deepEqual(tcp, { kind: "tcp", address: "127.0.0.1", port, pid: process.pid });
    const unix = listeners.find((one) => one.address === path);
    assert.deepEqual(unix, { kind: "unix", address: path, port: 0, pid: process.pid });
  });

  test("sees a process with its command, directory, limits, environment and files", async () => {
    const child = spawn("/bin/sh", ["-c", 'printf ready; read x; : "$x"'], {
      cwd: place,
      env: { PROBE: "a=b" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    const { pid = 0 } = child;
    const probe = createProbe();
    const seen = probe.process(pid);
    assert.ok(seen !== null);
    assert.equal(seen.command[0], "/bin/sh");
    assert.equal(seen.parent, process.pid);
    assert.equal(seen.cwd, place);
    assert.equal(seen.exeDeleted, false);
    assert.equal(seen.contained, false);
    assert.ok(Math.abs(seen.startedMs - Date.now()) < 600_000, "it has started just now");
    assert.equal(probe.environment(pid)?.["PROBE"], "a=b");
    assert.ok((probe.limits(pid)?.openFiles.hard ?? 0) > 0);
    assert.ok(probe.openFiles(pid)?.some(({ fd }) => fd === 0));
    assert.ok(probe.processes().some((one) => one.pid === pid));
    child.stdin.end("\n");
    await once(child, "exit");
    assert.equal(createProbe().process(pid), null);
  });

  test("says that the directory of a process is gone", async () => {
    const gone = join(place, "gone");
    mkdirSync(gone);
    const child = spawn("/bin/sh", ["-c", "printf ready; read x"], {
      cwd: gone,
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    rmSync(gone, { recursive: true });
    const seen = createProbe().process(child.pid ?? 0);
    assert.deepEqual([seen?.cwd, seen?.cwdDeleted], [gone, true]);
    child.stdin.end();
    await once(child, "exit");
  });

  test("names the file system of a path that does not exist yet by its parent's", () => {
    const probe = createProbe();
    const proc = probe.fileSystem("/proc/self/nothing");
    assert.equal(proc?.type, "proc");
    const own = probe.fileSystem(join(place, "a", "b", "c"));
    assert.ok(own !== null && own.totalBytes > 0);
    assert.ok(own.options.includes("rw") !== own.options.includes("ro"));
  });

  test("asks for the groups of a user once", () => {
    const probe = createProbe();
    const groups = probe.groupsOf("root");
    assert.ok(groups.includes(0));
    assert.equal(probe.groupsOf("root"), groups);
  });

  test("runs questions with a time limit and in the C locale", () => {
    const probe = createProbe(120_000);
    assert.deepEqual(probe.ask(["sh", "-c", "echo $LC_ALL; exit 3"]), { status: 3, output: "C" });
    assert.equal(probe.ask(["there-is-no-such-command"]).status, null);
    assert.equal(createProbe(50).ask(["sleep", "1000"]).status, null);
  });
});
