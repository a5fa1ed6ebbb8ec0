// `tsv fleet` on several daemons, and on servers that are none.

import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { selfSigned, withoutOpenssl } from "../rig/certificates.ts";
import { freePort } from "../rig/free-port.ts";
import { until } from "../rig/wait.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { withoutSupervisor } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

interface Row {
  readonly host: string;
  readonly url: string;
  readonly ok: boolean;
  readonly exitStatus: number;
  readonly results: readonly Record<string, unknown>[];
  readonly error: { readonly kind: string; readonly message: string } | null;
}

const WEB = "[program:web]\ncommand=sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\n";

/** A daemon in a directory of its own. @returns its section of an inventory */
async function startHost(rig: Rig, name: string, sections = WEB, implementation = DEBIAN) {
  const port = await freePort();
  const here = rig.path(name);
  rig.write(
    `${name}/d.conf`,
    `[unix_http_server]\nfile=${here}/d.sock
[inet_http_server]\nport=127.0.0.1:${port}
[supervisord]\nlogfile=${here}/d.log\npidfile=${here}/d.pid\nchildlogdir=${here}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
${sections}`,
  );
  return { section: `[host:${name}]\nurl=http://127.0.0.1:${port}\n`, implementation, here, port };
}

async function fleet(rig: Rig, action: string, ...words: readonly string[]) {
  const command = ["fleet", action, "--inventory", rig.path("f"), ...words];
  const { stdout, stderr, status } = await rig.tsv(...command);
  return { stdout, stderr, status };
}

/** The rows by their hosts. */
async function rowsOf(rig: Rig, action: string, ...words: readonly string[]) {
  const { stdout, stderr, status } = await fleet(rig, action, "--json", ...words);
  assert.equal(stderr, "");
  const document = JSON.parse(stdout.split("\n").at(-2) ?? "") as {
    readonly format: number;
    readonly verb: string;
    readonly action: string;
    readonly exitStatus: number;
    readonly results: readonly Row[];
  };
  assert.deepEqual(
    [document.format, document.verb, document.action, document.exitStatus],
    [1, "fleet", action, status],
  );
  return { status, rows: new Map(document.results.map((row) => [row.host, row])) };
}

/** Waits until a host answers. */
async function answers(rig: Rig, host: string): Promise<void> {
  const ok = async () => (await rowsOf(rig, "status", "--on", host)).rows.get(host)?.ok === true;
  await until(ok, { what: `an answer of ${host}` });
}

const statesOf = (row: Row | undefined) => row?.results.map(({ name, state }) => [name, state]);

e2e("the help of all actions fits a screen, and that of apply has both meanings", async (rig) => {
  const { stdout } = await rig.tsv("fleet", "-h");
  assert.ok(stdout.split("\n").length <= 48, stdout);
  for (const action of ["status", "apply <file>", "rollback", "invite", "agent"]) {
    assert.ok(stdout.includes(`\n  ${action}`), action);
  }
  const pages = [["-h"], ["web.conf", "-h"]].map((words) => rig.tsv("fleet", "apply", ...words));
  const [one, other] = await Promise.all(pages);
  assert.equal(one?.stdout, other?.stdout);
  assert.match(one?.stdout ?? "", /--waves[\s\S]*--rollback/);
});

e2e("programs of a Supervisor and of a tsv are in one table", withoutSupervisor(), async (rig) => {
  const old = await startHost(rig, "old");
  const daemon = await rig.startWith(`${WEB}[program:off]\ncommand=sleep 9\nautostart=false\n`);
  const supervisor = rig.launch({ implementation: DEBIAN, config: `${old.here}/d.conf` });
  await daemon.logged(/success: web/);
  rig.write(
    "f",
    `[host:new]\nurl=unix://${daemon.endpoint.socketPath}\nlabels=kind=tsv\n${old.section}`,
  );
  await daemon.logged(/supervisord started/);
  await answers(rig, "old");
  const { status, rows } = await rowsOf(rig, "status");
  assert.equal(status, 3, "a program is down");
  assert.deepEqual(statesOf(rows.get("new")), [
    ["off", "STOPPED"],
    ["web", "RUNNING"],
  ]);
  assert.deepEqual(statesOf(rows.get("old")), [["web", "RUNNING"]]);
  assert.deepEqual([rows.get("new")?.error, rows.get("new")?.ok], [null, true]);

  const table = await fleet(rig, "status", "web");
  assert.equal(table.status, 0);
  assert.match(table.stdout, /^new {2}web {2}RUNNING .*\nold {2}web {2}RUNNING .*\n$/);
  const unknown = await fleet(rig, "status", "off");
  assert.equal(unknown.status, 4);
  assert.match(unknown.stdout, /^old {2}off: ERROR \(no such process\)$/m);

  const all = await fleet(rig, "restart", "web");
  assert.equal(all.status, 2, "all hosts need --yes without a terminal");
  assert.match(all.stderr, /all 2 hosts/);
  const restarted = await fleet(rig, "restart", "w*", "--yes");
  const lines = [
    "new  web: stopped",
    "new  web: started",
    "old  web: stopped",
    "old  web: started",
  ];
  assert.deepEqual(restarted, { status: 0, stderr: "", stdout: `${lines.join("\n")}\n` });
  const stopped = await rowsOf(rig, "stop", "web", "--label", "kind=tsv");
  assert.deepEqual([...stopped.rows.keys()], ["new"]);
  assert.deepEqual(stopped.rows.get("new")?.results, [
    { group: "web", name: "web", ok: true, result: "stopped" },
  ]);
  const failed = await rowsOf(rig, "start", "nosuch", "web", "--on", "new");
  assert.deepEqual([failed.status, failed.rows.get("new")?.ok], [1, false]);

  const logs = await fleet(rig, "logs", "web", "-n", "1");
  assert.match(logs.stdout, /^new \| \S+ +web \| hello$/m);
  assert.match(logs.stdout, /^old \| \S+ +web \| hello$/m);
  const { stdout } = await fleet(rig, "logs", "web", "-n", "1", "--json", "--on", "old");
  const [line = ""] = stdout.split("\n");
  const { host, program, line: text } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([host, program, text], ["old", "web", "hello"]);
  await supervisor.shutdown();
});

e2e("each host applies its own configuration", withoutSupervisor(), async (rig) => {
  const old = await startHost(rig, "old");
  const daemon = await rig.startWith(WEB);
  const config = `${old.here}/d.conf`;
  const supervisor = rig.launch({ implementation: DEBIAN, config });
  rig.write("f", `[host:new]\nurl=unix://${daemon.endpoint.socketPath}\n${old.section}`);
  await daemon.logged(/success: web/);
  await answers(rig, "old");
  const same = await fleet(rig, "apply", "--on", "*");
  assert.deepEqual(same, {
    ...{ status: 0, stderr: "" },
    stdout: "new  nothing to do\nold  nothing to do\n",
  });
  const changed = (text: string) => text.replace("echo hello", "echo changed");
  rig.configure(changed(WEB));
  rig.write("old/d.conf", changed(readFileSync(config, "utf8")));
  const plan = await rowsOf(rig, "apply", "--plan");
  assert.equal(plan.status, 0);
  assert.equal(plan.rows.get("new")?.results[0]?.["action"], "restart");
  assert.equal(plan.rows.get("old")?.results[0]?.["result"], "stop and start its process");
  const applied = await rowsOf(rig, "apply", "--yes");
  assert.equal(applied.status, 0);
  assert.equal(applied.rows.get("new")?.results[0]?.["outcome"], "up");
  assert.deepEqual(applied.rows.get("old")?.results.at(-1), {
    group: "web",
    result: "updated process group",
  });
  rig.configure("[program:web]\n");
  const refused = await rowsOf(rig, "apply", "--on", "new");
  assert.equal(refused.rows.get("new")?.error?.kind, "configuration");
  const back = await rowsOf(rig, "apply", "--undo", "--on", "old");
  assert.equal(back.rows.get("old")?.error?.message, "a Supervisor has no --undo");
  await supervisor.shutdown();
});

/** A server that is no daemon. @returns its port */
async function startServer(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    serve(socket);
  });
  t.after(() => void server.close());
  return await listen(server);
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Sends a piece for ever, as fast as it is read. */
function pour(socket: Socket, piece: Uint8Array): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}

const answering = (body: string) => (socket: Socket) => {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.on("data", () => socket.write(head + body));
};

const BAD: Readonly<
  Record<string, { serve: (socket: Socket) => void; kind: string; says: RegExp }>
> = {
  silent: { serve: () => undefined, kind: "no-answer", says: /^no answer within 2 s$/ },
  closing: { serve: (s) => s.end(), kind: "no-answer", says: /closed the connection/ },
  garbage: {
    serve: (s) => pour(s, Buffer.alloc(65_536, "\u0000garbage\n")),
    ...{ kind: "not-the-daemon", says: /does not speak HTTP/ },
  },
  megabytes: {
    serve: (s) => {
      s.write("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n");
      pour(s, Buffer.alloc(65_536, "<"));
    },
    ...{ kind: "unreachable", says: /answer is larger than 8 MB/ },
  },
  drops: {
    serve: (s) => {
      s.write("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n");
      const timer = setInterval(() => s.write("<"), 100);
      s.on("close", () => clearInterval(timer));
    },
    ...{ kind: "no-answer", says: /^no answer within 2 s$/ },
  },
  page: { serve: answering("<html></html>"), kind: "not-the-daemon", says: /is not XML-RPC/ },
  other: {
    serve: answering(
      "<?xml version='1.0'?><methodResponse><params><param><value><int>7</int></value></param></params></methodResponse>",
    ),
    ...{ kind: "failed", says: /API version/ },
  },
  password: {
    serve: (s) =>
      s.on("data", () => s.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")),
    ...{ kind: "unauthorized", says: /requires a user name and a password/ },
  },
};

e2e(
  "what a host does wrong is in its row, and disturbs no other host",
  withoutOpenssl(),
  async (rig, t) => {
    const daemon = await rig.startWith(WEB);
    await daemon.logged(/success: web/);
    const { cert, key } = selfSigned(rig.directory, "tls");
    const tls = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) });
    t.after(() => void tls.close());
    const sockets = new Set<Socket>();
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const sections = [`[host:good]\nurl=unix://${daemon.endpoint.socketPath}\n`];
    for (const [name, { serve }] of Object.entries(BAD)) {
      const port = await startServer(t, (socket) => {
        sockets.add(socket);
        serve(socket);
      });
      sections.push(`[host:${name}]\nurl=http://127.0.0.1:${port}\n`);
    }
    const at = `127.0.0.1:${await listen(tls)}`;
    sections.push(`[host:tls]\nurl=https://${at}\n`);
    sections.push(`[host:away]\nurl=http://127.0.0.1:${await freePort()}\n`);
    sections.push(`[host:twin]\nurl=unix://${daemon.endpoint.socketPath}\n`);
    sections.push(`[host:unknown]\nurl=http://nosuch.invalid:1\n`);
    sections.push(`[host:secret]\nurl=http://a:1\nusername=u\npassword_file=nosuch\n`);
    rig.write("f", sections.join(""));
    for (const [action, ...words] of [
      ["status"],
      ["restart", "web", "--yes"],
      ["apply", "--yes"],
    ] as const) {
      const { status, rows } = await rowsOf(rig, action, ...words, "--timeout", "2");
      assert.equal(status, 1);
      assert.deepEqual([rows.get("good")?.ok, rows.get("good")?.error], [true, null]);
      for (const [name, { kind, says }] of Object.entries(BAD)) {
        const row = rows.get(name);
        assert.deepEqual(
          [row?.ok, row?.error?.kind],
          [false, kind],
          `${name}: ${JSON.stringify(row)}`,
        );
        assert.match(row?.error?.message ?? "", says);
      }
      assert.match(rows.get("tls")?.error?.message ?? "", /self-signed/);
      assert.equal(rows.get("away")?.error?.kind, "not-running");
      assert.equal(rows.get("twin")?.error?.message, "it has the url of good");
      assert.equal(rows.get("unknown")?.error?.kind, "unreachable");
      assert.match(rows.get("secret")?.error?.message ?? "", /^password_file .*nosuch: /);
    }
    const table = await fleet(rig, "status", "--on", "password,tls");
    assert.match(table.stdout, /^ +Set username= and password= in \[host:password\]$/m);
    assert.match(table.stdout, /ssl_ca= in \[host:tls\]/);
    const commands = await fleet(rig, "run", "--on", "good", "--", "true");
    assert.deepEqual([commands.status, commands.stdout], [255, ""]);
    assert.match(commands.stderr, /good: it cannot run commands/);
  },
);

e2e("two hundred hosts are asked, also one at a time", async (rig) => {
  const port = await freePort();
  const daemon = await rig.startWith(`[inet_http_server]\nport=0.0.0.0:${port}\n${WEB}`);
  await daemon.logged(/success: web/);
  const hosts = Array.from({ length: 200 }, (_, n) => n + 1);
  rig.write("f", hosts.map((n) => `[host:h${n}]\nurl=http://127.0.1.${n}:${port}\n`).join(""));
  for (const parallel of ["1", "256"]) {
    const { status, rows } = await rowsOf(rig, "status", "--parallel", parallel);
    assert.equal(status, 0);
    assert.deepEqual(
      [...rows.keys()],
      hosts.map((n) => `h${n}`),
    );
    assert.ok([...rows.values()].every(({ ok, results }) => ok && results.length === 1));
  }
});

e2e("command lines and inventories that are wrong ask no host", async (rig) => {
  rig.write(
    "f",
    "[host:a]\nurl=http://127.0.0.1:1\nlabels=role=web\n[host:b]\nurl=unix:///nosuch\n",
  );
  const usage = async (action: string, ...words: readonly string[]) => {
    const { status, stdout, stderr } = await fleet(rig, action, ...words);
    assert.deepEqual([status, stdout], [2, ""], stderr);
    return stderr;
  };
  assert.match(await usage("status", "--on", "c"), /no host matches 'c'/);
  assert.match(await usage("status", "--label", "role=db"), /no host has the label role=db/);
  assert.match(await usage("status", "-s", "http://a"), /choose them with --on/);
  assert.match(await usage("restart"), /requires the name of a program/);
  assert.match(await usage("run", "--on", "a"), /requires a command/);
  assert.match(await usage("stauts"), /Did you mean: tsv fleet status/);
  assert.match(await usage("status", "--timeout", "x"), /takes a number from 1/);
  assert.match(await usage("logs", "--since", "yesteryear"), /--since/);
  assert.deepEqual(await fleet(rig, "hosts"), {
    ...{ status: 0, stderr: "" },
    stdout: "a  http://127.0.0.1:1  role=web\nb  unix:///nosuch\n",
  });
  rig.write("f", "[host:a]\nurl=x\n[host:b]\nurk=1\n");
  const wrong = await usage("status");
  assert.equal(wrong.match(/^Error: /gm)?.length, 3, wrong);
  const { rows, status } = await rig
    .tsv("fleet", "status", "--json", "--inventory", rig.path("nosuch"))
    .then(({ stdout, status }) => ({
      status,
      rows: JSON.parse(stdout) as { errors: Row["error"][] },
    }));
  assert.deepEqual([status, rows.errors[0]?.kind], [2, "configuration"]);
  const path = rig.write("f", "[host:a]\nurl=http://127.0.0.1:1\nusername=u\npassword=secret\n");
  chmodSync(path, 0o644);
  const warned = await fleet(rig, "status");
  assert.match(warned.stderr, /^Warning: every user of this host can read the passwords/);
  assert.doesNotMatch(warned.stdout + warned.stderr, /secret/);
  chmodSync(path, 0o600);
  assert.equal((await fleet(rig, "status")).stderr, "");
});
