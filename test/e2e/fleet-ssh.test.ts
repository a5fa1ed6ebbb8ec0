// `tsv fleet` over ssh: no port is open, and nothing is installed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import { collect, plainEnvironment } from "./rig/command.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { type SshServer, startSshServer, withoutSsh } from "./rig/ssh-server.ts";

const WEB = "[program:web]\ncommand=sh -c 'while :; do echo hello; sleep 0.1; done'\nstartsecs=0\n";

const environment = ({ bin }: SshServer) => ({
  PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
});

async function fleet(rig: Rig, server: SshServer, action: string, ...words: readonly string[]) {
  const command = [TSV, "fleet", action, "--inventory", rig.path("f"), ...words];
  const { stdout, stderr, status } = await rig.command(command, { env: environment(server) });
  return { stdout, stderr, status };
}

/** Processes of ssh with a tunnel of this test. */
function tunnels(rig: Rig): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words.includes("-N") && words.includes(rig.path("ssh_config"));
    } catch {
      return false;
    }
  });
}

e2e("the daemon of a host is reached by ssh, at its socket", withoutSsh(), async (rig, t) => {
  const server = await startSshServer(rig, t);
  const daemon = await rig.startWith(WEB);
  await daemon.logged(/success: web/);
  const at = `ssh://root@127.0.0.1:${server.port}`;
  const { socketPath } = daemon.endpoint;
  rig.write(
    "f",
    `[host:up]\nurl=${at}${socketPath}
[host:none]\nurl=${at}${rig.path("none.sock")}
[host:usual]\nurl=${at}
[host:other]\nurl=ssh://nosuchuser@127.0.0.1:${server.port}
[host:key]\nurl=ssh://localhost:${server.port}
[host:shut]\nurl=ssh://127.0.0.1:1\n`,
  );
  const { status, stdout } = await fleet(rig, server, "status");
  assert.equal(status, 1);
  assert.match(stdout, /^up +web +RUNNING /m);
  const lines = stdout.replace(/\n {2,}/g, " ");
  assert.match(
    lines,
    /^none +error: no daemon listens at \S+none.sock, or this user or its sshd may not/m,
  );
  assert.match(lines, /^usual +error: this user reaches no daemon at a usual socket/m);
  assert.match(lines, /^other +error: nosuchuser@127.0.0.1: Permission denied \(publickey\)$/m);
  assert.match(lines, /^key +error: Host key verification failed$/m);
  assert.match(lines, /^shut +error: connect to host 127.0.0.1 port 1: Connection refused$/m);
  assert.deepEqual(tunnels(rig), []);
  const restarted = await fleet(rig, server, "restart", "web", "--on", "up");
  assert.deepEqual(restarted, {
    ...{ status: 0, stderr: "" },
    stdout: "up  web: stopped\nup  web: started\n",
  });
});

e2e("a command runs on hosts of ssh, with its words as they are", withoutSsh(), async (rig, t) => {
  const server = await startSshServer(rig, t);
  const at = `ssh://root@127.0.0.1:${server.port}`;
  rig.write("f", `[host:a]\nurl=${at}\n[host:b]\nurl=${at}/run/x.sock\n[host:c]\nurl=http://c:1\n`);
  const line = "echo out; echo err >&2; exit 3";
  const failed = await fleet(rig, server, "run", "--on", "a,b", "--", line);
  assert.deepEqual([failed.status, failed.stderr], [3, ""]);
  const lines = failed.stdout.trimEnd().split("\n").sort();
  assert.deepEqual(lines, ["a ! err", "a | out", "b ! err", "b | out"]);
  const words = await fleet(
    rig,
    server,
    "run",
    "--on",
    "a",
    "--",
    "printf",
    "%s.",
    "a  b",
    "*",
    "$HOME",
  );
  assert.deepEqual(words, { status: 0, stderr: "", stdout: "a | a  b.*.$HOME.\n" });
  const { stdout, status } = await fleet(rig, server, "run", "--yes", "--json", "--", "true");
  assert.equal(status, 255);
  const document = JSON.parse(stdout) as { results: readonly { host: string; ok: boolean }[] };
  assert.deepEqual(
    document.results.map(({ host, ok }) => [host, ok]),
    [
      ["a", true],
      ["b", true],
      ["c", false],
    ],
  );
  const late = await fleet(rig, server, "run", "--on", "a", "--timeout", "1", "--", "sleep 1000");
  assert.equal(late.status, 255);
  assert.match(late.stderr, /a: no answer within 1 s/);
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  e2e(`ssh ends with a command that follows logs: ${signal}`, withoutSsh(), async (rig, t) => {
    const server = await startSshServer(rig, t);
    const daemon = await rig.startWith(WEB);
    await daemon.logged(/success: web/);
    const { socketPath } = daemon.endpoint;
    rig.write("f", `[host:a]\nurl=ssh://root@127.0.0.1:${server.port}${socketPath}\n`);
    const words = ["fleet", "logs", "-f", "web", "--inventory", rig.path("f")];
    const env = { ...plainEnvironment(rig.mark), ...environment(server) };
    const child = spawn(TSV, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    const output = collect(child);
    const ended = once(child, "exit");
    const lines = () => output.stdout().split("\n").length;
    await until(() => lines() > 15, { what: "new lines" });
    const [tunnel = ""] = tunnels(rig);
    process.kill(Number(tunnel), "SIGKILL");
    await until(() => /==> Connected again <==/.test(output.stderr()), { what: "a new tunnel" });
    const before = lines();
    await until(() => lines() > before + 2, { what: "lines of it" });
    assert.match(output.stderr(), /^a: ==> Lost /m);
    child.kill(signal);
    await ended;
    await until(() => tunnels(rig).length === 0, { what: "the end of ssh" });
    assert.ok(
      output
        .stdout()
        .split("\n")
        .slice(0, -1)
        .every((line) => line.startsWith("a | ")),
    );
  });
}
