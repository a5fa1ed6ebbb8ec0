// The errors of ctl for servers that refuse, hang or do not answer as a supervisor, and for passwords. Connections that fail are
// compared in e2e/differential/ctl.slow.test.ts.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Daemon, debianCtl, missingDebian, startDebian, tsvCtl } from "./debian-rig.ts";

const NOBODY = 65534;

function listen(path: string, answer: (request: string) => string | null): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      const text = answer(String(bytes));
      if (text !== null) socket.end(text);
    });
    socket.on("error", () => undefined);
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

const withoutPlace = (text: string): string =>
  text.replace(/: file: .* line: \d+/g, ": file: F line: L");

describe("ctl with errors", () => {
  let directory: string;
  const servers: Server[] = [];
  const url = (name: string): string => `unix://${join(directory, name)}`;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "tsv-ctl-"));
    chmodSync(directory, 0o755);
    servers.push(
      await listen(join(directory, "hung"), () => null),
      await listen(join(directory, "cut"), () => "HTTP/1.1 200 OK\r\nContent-Le"),
      await listen(join(directory, "odd"), () => "220 smtp.example.org ESMTP\r\n\r\n"),
      await listen(join(directory, "html"), () => "HTTP/1.0 200 OK\r\n\r\n<html>hello</html>"),
      await listen(join(directory, "private"), () => null),
    );
    chmodSync(join(directory, "private"), 0o600);
  });

  after(() => {
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("names the permission that is missing", async (test) => {
    if (process.getuid?.() !== 0) return test.skip("only root can become somebody else");
    const ran = await tsvCtl(["-s", url("private"), "status"], { uid: NOBODY }).ended;
    assert.equal(
      withoutPlace(ran.stdout),
      "error: <class 'PermissionError'>, [Errno 13] Permission denied: file: F line: L\n",
    );
    assert.equal(ran.status, 1);
  });

  it("shows an answer that makes no sense in one line with status 1", async () => {
    for (const [name, pattern] of [
      ["cut", /^error: <class 'http.client.RemoteDisconnected'>, /],
      ["odd", /^error: <class 'http.client.BadStatusLine'>, .*220 smtp/],
      ["html", /^error: <class 'xmlrpc.client.ResponseError'>, .*not XML-RPC/],
    ] as const) {
      const ran = await tsvCtl(["-s", url(name), "status"]).ended;
      assert.match(ran.stdout, pattern);
      assert.equal(ran.stdout.split("\n").length, 2, ran.stdout);
      assert.equal(ran.status, 1);
    }
  });

  it("waits for a server that hangs until Ctrl-C ends it", async () => {
    const asked = new Promise<void>((resolve) => servers[0]?.once("connection", () => resolve()));
    const running = tsvCtl(["-s", url("hung"), "status"]);
    await asked;
    running.child.kill("SIGINT");
    const ran = await running.ended;
    assert.deepEqual([ran.signal, ran.stdout], ["SIGINT", ""]);
  });

  it("names the line of a configuration that it cannot read (ctl-syntax-error)", async () => {
    const config = join(directory, "bad.conf");
    writeFileSync(config, "[supervisorctl]\nserverurl\n");
    const ran = await tsvCtl(["-c", config, "status"]).ended;
    assert.equal(
      ran.stderr,
      `Error: Source contains parsing errors: '${config}'\n\t[line  2]: 'serverurl\\n'\n` +
        "For help, use supervisorctl -h\n",
    );
    assert.deepEqual([ran.stdout, ran.status], ["", 2]);
  });
});

describe("ctl and passwords", { skip: missingDebian ?? false }, () => {
  let daemon: Daemon;

  before(async () => {
    daemon = await startDebian(() => "", "username=ann\npassword=secr\u00e9t\n");
  });

  after(() => daemon.stop());

  it("stops at a 401 without a terminal, as Supervisor does", async () => {
    for (const verb of ["status", "start x", "shutdown", "tail x"]) {
      const argv = ["-c", daemon.config, "-u", "ann", "-p", "wrong", ...verb.split(" ")];
      const [debian, tsv] = await Promise.all([debianCtl(argv).ended, tsvCtl(argv).ended]);
      assert.equal(withoutPlace(tsv.stdout), withoutPlace(debian.stdout));
      assert.equal(tsv.status, debian.status);
      assert.match(tsv.stdout, /^Server requires authentication\nerror: .*401 Unauthorized>/);
    }
  });

  it("asks for a name and a password in the shell until they are right", async () => {
    const input = "ann\nwrong\nann\nsecr\u00e9t\nversion\nexit\n";
    const ran = await tsvCtl(["-c", daemon.config], { input }).ended;
    assert.equal(
      ran.stdout,
      "Server requires authentication\nUsername:Password:\n".repeat(2) +
        "supervisor> 4.2.5\nsupervisor> \n",
    );
    assert.equal(ran.status, 0);
  });
});
