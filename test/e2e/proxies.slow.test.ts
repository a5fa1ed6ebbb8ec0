// Eight web servers behind nginx and HAProxy of Debian are restarted under load: with socket= in any way, without it one after the
// other, while the proxy tries another server when a connection is refused.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../rig/free-port.ts";
import { event } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { withoutPython } from "./rig/fcgi.ts";
import { Load } from "./rig/load.ts";
import { ROOT } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const SERVER = join(ROOT, "test/e2e/rig/draining-server.py");
const COUNT = 8;

/** A proxy from `port` to servers at these ports: its command and its configuration. */
interface Proxy {
  readonly path: string;
  readonly arguments: string;
  configuration(port: number, servers: readonly number[], directory: string): string;
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    path: "/usr/sbin/nginx",
    arguments: "-e stderr -g 'daemon off;' -c",
    configuration: (port, servers, directory) => `worker_processes 1;
user root;
pid ${directory}/nginx.pid;
error_log stderr;
events {}
http {
${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${directory}/${name};`).join("\n")}
  access_log off;
  upstream web {
${servers.map((each) => `    server 127.0.0.1:${each} max_fails=0;`).join("\n")}
  }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://web; }
  }
}
`,
  },
  haproxy: {
    path: "/usr/sbin/haproxy",
    arguments: "-db -f",
    configuration: (port, servers) => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries ${COUNT}
  option redispatch 1
  retry-on conn-failure empty-response
frontend front
  bind 127.0.0.1:${port}
  default_backend web
backend web
${servers.map((each) => `  server s${each} 127.0.0.1:${each}`).join("\n")}
`,
  },
};

/** The first of so many free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const servers = Array.from({ length: count }, (_, n) =>
      createServer().listen(first + n, "127.0.0.1"),
    );
    const listening = await Promise.allSettled(servers.map((each) => event(each, "listening")));
    for (const server of servers) server.close();
    if (listening.every(({ status }) => status === "fulfilled")) return first;
  }
}

async function pidsOf(daemon: Daemon): Promise<readonly unknown[]> {
  const infos = await daemon.ask("getAllProcessInfo");
  return (infos as readonly Record<string, unknown>[])
    .filter(({ group }) => group === "web")
    .map(({ pid }) => pid);
}

/** Starts the servers and the proxy, and asks it while they are restarted in these ways. */
async function restarts(
  rig: Rig,
  { path, arguments: words, configuration }: Proxy,
  servers: readonly number[],
  program: (word: string) => string,
  ways: readonly (readonly string[])[],
): Promise<void> {
  const port = await freePort();
  const file = rig.write("proxy", configuration(port, servers, rig.directory));
  const front = `[program:front]\ncommand=${path} ${words} ${file}\nready_check=tcp://127.0.0.1:${port}\n`;
  const daemon = await rig.startWith(front + program("one"));
  await daemon.logged(/success: /, COUNT + 1);
  await using load = new Load(port);
  await load.goesOn();
  for (const way of ways) {
    const before = await pidsOf(daemon);
    if (way[0] === "apply") rig.configure(front + program("two"));
    const { status, stdout, stderr } = await rig.verb(...(way as [string, ...string[]]));
    assert.equal(status, 0, `${way.join(" ")}: ${stdout}${stderr}`);
    const after = await pidsOf(daemon);
    assert.equal(after.length, COUNT);
    assert.ok(after.every((pid) => Number(pid) > 0 && !before.includes(pid)));
    await load.goesOn();
    assert.deepEqual(load.failures, [], way.join(" "));
  }
  await load.end();
  assert.deepEqual(load.failures, []);
}

for (const [name, proxy] of Object.entries(PROXIES)) {
  const isThere = existsSync(proxy.path);
  const absent = isThere ? withoutPython() : `${proxy.path} missing; run make test-host`;
  const copies = `numprocs=${COUNT}\nprocess_name=%(process_num)d\nstartsecs=0\n`;

  e2e(
    `behind ${name}, no request fails in any restart of programs with socket=`,
    absent,
    async (rig) => {
      const port = await freePort();
      const program = (word: string): string =>
        `[program:web]\ncommand=${SERVER}\nsocket=tcp://127.0.0.1:${port}\nenvironment=WORD=${word}\n${copies}`;
      const ways = [["restart", "web:*"], ["restart", "--rolling", "web:*"], ["apply"]];
      await restarts(rig, proxy, [port], program, ways);
    },
  );

  e2e(
    `behind ${name}, no request fails in a rolling restart without socket=`,
    absent,
    async (rig) => {
      const first = await freePorts(COUNT);
      const ports = Array.from({ length: COUNT }, (_, n) => first + n);
      const program = (): string =>
        `[program:web]\ncommand=${SERVER} %(process_num)d\nnumprocs_start=${first}\n` +
        `ready_check=tcp://127.0.0.1:%(process_num)d\nready_interval=100ms\n${copies}`;
      await restarts(rig, proxy, ports, program, [["restart", "--rolling", "web:*"]]);
    },
  );
}
