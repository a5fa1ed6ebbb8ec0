// Servers that speak TLS (tls), and ctl over https (https-url).

import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { connect } from "node:tls";
import { issued, type Pair, selfSigned, withoutOpenssl } from "../rig/certificates.ts";
import { freePort } from "../rig/free-port.ts";
import { until } from "../rig/wait.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const PROGRAM = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const PYTHON = "/usr/bin/python3";

/** Without the ends of its lines, which are where the text has no room. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");

interface World {
  readonly port: number;
  readonly authority: Pair;
  readonly server: Pair;
  readonly section: string;
  /** With -s and the authority of the server. */
  readonly ask: (words: readonly string[], env?: NodeJS.ProcessEnv) => ReturnType<Rig["command"]>;
}

async function prepare(rig: Rig, ...lines: readonly string[]): Promise<World> {
  const port = await rig.findPort();
  const authority = selfSigned(rig.directory, "authority");
  const server = issued(rig.directory, "server", authority);
  const section = [
    `[inet_http_server]\nport=127.0.0.1:${port}`,
    "ssl_cert=%(here)s/server.pem",
    "ssl_key=%(here)s/server.key",
    ...lines,
    "",
  ].join("\n");
  const ask: World["ask"] = (words, env = { SSL_CERT_FILE: authority.cert }) =>
    rig.command([TSV, ...words], { env });
  return { port, authority, server, section, ask };
}

/** Status, Set-Cookie and body of a request of a browser. */
function browse(port: number, options: RequestOptions, body = "") {
  return new Promise<{ status: number; cookies: readonly string[] }>((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, rejectUnauthorized: false, agent: false, ...options },
      (response) => {
        response.resume();
        const cookies = response.headers["set-cookie"] ?? [];
        resolve({ status: response.statusCode ?? 0, cookies });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function serialOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

e2e("ctl, Python and browsers use a server over TLS (tls)", withoutOpenssl(), async (rig) => {
  const { port, authority, section, ask } = await prepare(rig);
  const user = "[user:ann]\npassword=look\nrole=operate\n";
  await rig.startWith(section + user + PROGRAM);
  const url = `https://localhost:${port}`;
  const shown = await ask(["status", "-s", url, "-u", "ann", "-p", "look"]);
  assert.deepEqual([shown.status, shown.stderr], [0, ""], shown.stderr);
  assert.match(shown.stdout, /web\b.*RUNNING/);
  const form = new URLSearchParams({ username: "ann", password: "look" }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" };
  const signed = await browse(port, { method: "POST", path: "/login", headers }, form);
  assert.equal(signed.status, 303);
  assert.match(signed.cookies[0] ?? "", /; Secure$/);
  if (!existsSync(PYTHON)) return;
  const script = `import ssl, sys, xmlrpc.client
context = ssl.create_default_context(cafile=sys.argv[2])
server = xmlrpc.client.ServerProxy(sys.argv[1], context=context)
print(server.supervisor.getState()["statename"], server.supervisor.getProcessInfo("web")["statename"])
`;
  const asked = `https://ann:look@localhost:${port}/RPC2`;
  const python = await rig.command([PYTHON, "-c", script, asked, authority.cert]);
  assert.equal(python.stdout, "RUNNING RUNNING\n", python.stderr);
});

e2e("ctl says what is wrong with a certificate (https-url)", withoutOpenssl(), async (rig) => {
  const { port, authority, section, ask } = await prepare(rig);
  await rig.startWith(section + PROGRAM);
  const url = `https://localhost:${port}`;
  const unknown = await ask(["status", "-s", url], {});
  assert.notEqual(unknown.status, 0);
  assert.match(oneLine(unknown.stderr), /signed by an authority that this host does not know/);
  assert.match(unknown.stderr, /ssl_ca= in \[supervisorctl\]/);
  const missing = await ask(["status", "-s", url], { SSL_CERT_FILE: "/nonexistent/ca" });
  assert.match(oneLine(missing.stderr), /\/nonexistent\/ca cannot be read: ENOENT/);
  const plain = await ask(["status", "-s", `http://localhost:${port}`]);
  assert.match(plain.stderr, /speaks TLS/);
  assert.match(plain.stderr, /https:\/\//);
  rig.write("client.conf", `[supervisorctl]\nserverurl=${url}\nssl_ca=${authority.cert}\n`);
  for (const words of [
    ["status", "-c", rig.path("client.conf")],
    ["ctl", "-c", rig.path("client.conf"), "status"],
  ]) {
    const { stdout, stderr } = await ask(words, {});
    assert.match(stdout, /web\b.*RUNNING/, stderr);
  }
});

e2e("ctl knows its own server, and shows a certificate (tls)", withoutOpenssl(), async (rig) => {
  const { port, authority, section, ask } = await prepare(
    rig,
    "ssl_client_ca=%(here)s/authority.pem",
  );
  const open = section.replace("_server]", "_server:open]").replace(/^ssl_client.*$/m, "");
  const first = open.replace(String(port), String(await freePort()));
  const files = "[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n";
  const rpc =
    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n";
  const config = rig.write("own.conf", first + section + files + rpc + PROGRAM);
  const daemon = rig.launch({ config });
  await daemon.logged(/success: web entered RUNNING/);
  const own = await ask(["status", "-c", config], {});
  assert.match(own.stdout, /web\b.*RUNNING/, own.stderr);
  const ctl = `[supervisorctl]\nserverurl=https://localhost:${port}\nssl_ca=${authority.cert}\n`;
  const known = `${ctl}ssl_cert=%(here)s/server.pem\nssl_key=%(here)s/server.key\n`;
  const shown = await ask(["status", "-c", rig.write("known.conf", known)], {});
  assert.match(shown.stdout, /web\b.*RUNNING/, shown.stderr);
  const refused = await ask(["status", "-c", rig.write("unknown.conf", ctl)], {});
  assert.match(oneLine(refused.stderr), /requires a certificate of the client/);
});

e2e("a renewed certificate is used, also after an upgrade (tls)", withoutOpenssl(), async (rig) => {
  const { port, authority, section } = await prepare(rig);
  const daemon = await rig.startWith(section + PROGRAM);
  const before = await serialOf(port);
  const next = issued(rig.directory, "next", authority);
  // Each pair has the serial number 1: that of another authority differs.
  const other = selfSigned(rig.directory, "other");
  assert.equal(await serialOf(port), before);
  for (const pair of [next, other]) {
    copyFileSync(pair.cert, rig.path("server.pem"));
    copyFileSync(pair.key, rig.path("server.key"));
  }
  await until(async () => (await serialOf(port)) !== before, { what: "the renewed certificate" });
  await daemon.logged(/INFO the changed certificate .*server\.pem is in use now/);
  const renewed = await serialOf(port);
  const upgraded = await rig.verb("upgrade");
  assert.equal(upgraded.status, 0, upgraded.stderr);
  assert.equal(await serialOf(port), renewed);
});

e2e("a daemon does not start or reload with a wrong key (tls)", withoutOpenssl(), async (rig) => {
  const { section, authority } = await prepare(rig);
  selfSigned(rig.directory, "other");
  issued(rig.directory, "late", authority, { days: -1 });
  const check = async (text: string) => {
    rig.configure(text + PROGRAM);
    return await rig.verb("check", "--json");
  };
  const rules = async (text: string) => {
    const { stdout, status } = await check(text);
    const [{ problems }] = JSON.parse(stdout).results;
    return [status, ...problems.map(({ rule }: { rule: string }) => rule)];
  };
  assert.deepEqual(await rules(section), [0]);
  assert.deepEqual(await rules(section.replaceAll("/server.", "/late.")), [0, "certificate-time"]);
  assert.deepEqual(await rules(section.replace("server.key", "other.key")), [
    ...[1, "certificate-file"],
  ]);
  const started = await rig.run(TSV_BY_NAME, "supervisord", ["-n", "-c", rig.path("d.conf")]);
  assert.notEqual(started.status, 0);
  assert.match(started.stderr, /TLS of \[inet_http_server\] cannot be used/);
  assert.match(
    oneLine(started.stderr),
    /other\.key is not that of the certificate in .*server\.pem/,
  );
  const daemon = await rig.startWith(section + PROGRAM);
  chmodSync(rig.path("server.pem"), 0o644);
  rig.configure(section.replace("server.pem", "none.pem") + PROGRAM);
  const reloaded = await rig.verb("reload");
  assert.match(oneLine(reloaded.stdout + reloaded.stderr), /none\.pem cannot be read: ENOENT/);
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
});
