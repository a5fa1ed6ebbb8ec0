// A secret in every place that a daemon takes one from, looked for in everything that it and its clients show. Only a program
// gets it, and who asks for it with the permission.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Daemon } from "./rig/daemon.ts";
import { send } from "./rig/http.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

/** By where they are. None of them looks like a secret, and each is found wherever it is a part of a text. */
const CANARIES = {
  "password= of the unix server": "canaryunix",
  "password= of the inet server": "canaryinet",
  "environment= of the daemon's section": "canaryglobal",
  "environment= of a program": "canaryprogram",
  "an option of a command": "canarycommand",
  "an option of a check": "canarycheck",
  "an option of env_command": "canaryoption",
  "a file of variables": "canaryfile",
  "a file of variables with a mistake": "canarybroken",
  "the output of env_command": "canaryoutput",
  "standard error of an env_command that fails": "canarystderr",
  "the daemon's own environment": "canaryown",
  "a file of tsv check --env with a mistake": "canarynamed",
  "a file of tsv run -e": "canaryrun",
} as const;

const STEADY = "startsecs=0\nstdout_logfile=none\nstderr_logfile=none\n";
const ONCE = `autostart=false\nstartretries=0\n${STEADY}`;

function configOf(port: number): string {
  return `[inet_http_server]
port=127.0.0.1:${port}
username=me
password=canaryinet

[program:web]
command=/bin/sh -c 'exec sleep 1000' --password=canarycommand
environment=DB_PASSWORD="canaryprogram",MODE="fast"
env_file=%(here)s/web.env
env_command=/bin/sh -c 'cat %(here)s/output.env' --token=canaryoption
health_check=exec:/bin/false --password=canarycheck
health_interval=1s
health_retries=1
health_action=report
${STEADY}
[program:broken]
command=/bin/cat
env_file=%(here)s/broken.env
${ONCE}
[program:fails]
command=/bin/cat
env_file=%(here)s/web.env
env_command=/bin/sh -c 'cat %(here)s/output.env; tr = : <%(here)s/output.env >&2; echo "$PLAIN password=canarystderr" >&2; exit 1' --token=canaryoption
${ONCE}
[program:quotes]
command=/bin/cat --password=canarycommand 'x
startretries=0
${STEADY}
[program:waits]
command=/bin/sleep 1000
ready_check=exec:/bin/false --password=canarycheck
ready_timeout=300ms
ready_interval=100ms
startretries=0
${STEADY}`;
}

/** The processes of a daemon, with their command lines. */
function commandLines(parent: number): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => new RegExp(`^PPid:\\t${parent}$`, "m").test(textOf(`/proc/${pid}/status`)))
    .map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " "));
}

/** What is looked through, by where it was seen. */
type Outputs = Map<string, string>;

/** What verbs of tsv print. */
async function printed(rig: Rig, commands: readonly (readonly string[])[]): Promise<Outputs> {
  const outputs: Outputs = new Map();
  for (const [verb = "", ...words] of commands) {
    const named = NAMED.has(verb) ? [] : ["-c", rig.path("d.conf")];
    const { stdout, stderr } = await rig.tsv(verb, ...words, ...named);
    outputs.set(`tsv ${verb} ${words.join(" ")}`, `${stdout}${stderr}`);
  }
  return outputs;
}

/** Verbs whose words name the configuration, or that have none. */
const NAMED: ReadonlySet<string> = new Set(["check", "doctor", "run"]);

/** What the servers, the files and the process table tell. */
async function told(rig: Rig, daemon: Daemon, port: number): Promise<Outputs> {
  const outputs: Outputs = new Map();
  const authorization = `Basic ${Buffer.from("me:canaryinet").toString("base64")}`;
  const place = { host: "127.0.0.1", port };
  const headers = { Authorization: authorization };
  for (const path of ["/", ...["web", "broken", "fails", "quotes", "waits"].map(page)]) {
    const { status, body } = await send(place, { method: "GET", path, headers });
    assert.equal(status, 200, path);
    outputs.set(`the page ${path}`, body);
  }
  for (const [method, ...params] of [
    ["supervisor.getAllProcessInfo"],
    ["supervisor.getAllConfigInfo"],
    ["supervisor.readLog", 0, 0],
    ["tsv.getAllProcessRuns"],
    ["tsv.getProcessHistory", "web"],
    ["tsv.getProcessHistory", "fails"],
    ["tsv.getProcessExplanation", "web"],
    ["tsv.getProcessExplanation", "fails"],
    ["tsv.getProcessEnvironment", "web"],
    ["tsv.getEvents", ""],
  ] as const) {
    const body = encodeCall(method, params);
    const reply = await send(place, { method: "POST", path: "/RPC2", headers, body });
    outputs.set(method, reply.body);
  }
  outputs.set("the activity log", textOf(daemon.log));
  for (const name of readdirSync(rig.directory)) {
    if (/\.(?:conf|env|gz|sock)$/.test(name)) continue;
    outputs.set(`the file ${name}`, textOf(rig.path(name)));
  }
  for (const line of commandLines(daemon.pid)) {
    // The words of a program and of its commands are the user's own.
    outputs.set(`a process: ${line}`, line.replaceAll(/canary(?:command|check|option)/g, ""));
  }
  return outputs;
}

function page(name: string): string {
  return `/program.html?processname=${name}`;
}

/** Supervisor's methods and the process table show command lines as they are: docs/environment.md says so. */
const MEANT: ReadonlySet<string> = new Set(["supervisor.getAllConfigInfo canarycommand"]);

function assertHidden(outputs: Outputs): void {
  const found: string[] = [];
  for (const [where, output] of outputs) {
    for (const [from, canary] of Object.entries(CANARIES)) {
      if (output.includes(canary) && !MEANT.has(`${where} ${canary}`))
        found.push(`${where}: ${from}`);
    }
  }
  assert.deepEqual(found, []);
}

/** A daemon with a secret in every place, after everything happened that its programs are to show. */
async function startWithSecrets(rig: Rig): Promise<{ daemon: Daemon; port: number }> {
  const port = await rig.findPort();
  rig.write("web.env", "PLAIN=canaryfile\n");
  rig.write("output.env", "VAULT=canaryoutput\n");
  rig.write("broken.env", "PLAIN=1\nPASSWORD='canarybroken\n");
  rig.write("named.env", "PLAIN=canarynamed\nPASSWORD='canarynamed\n");
  rig.write("run.env", "PLAIN=canaryrun\n");
  const text = rig.configure(configOf(port));
  const secured = textOf(text)
    .replace("file=%(here)s/d.sock\n", "file=%(here)s/d.sock\nusername=me\npassword=canaryunix\n")
    .replace(
      "serverurl=unix://%(here)s/d.sock\n",
      "serverurl=unix://%(here)s/d.sock\nusername=me\npassword=canaryunix\n",
    )
    .replace(
      "[supervisord]\n",
      '[supervisord]\nloglevel=blather\nenvironment=GLOBAL_TOKEN="canaryglobal"\n',
    );
  rig.write("d.conf", secured);
  const daemon = rig.launch({ env: { AWS_SECRET_ACCESS_KEY: "canaryown" } });
  await daemon.logged(/unhealthy: web/);
  await daemon.logged(/gave up: waits/);
  await daemon.logged(/gave up: quotes/);
  for (const name of ["broken", "fails"]) {
    await rig.verb("start", name);
    await daemon.logged(new RegExp(`gave up: ${name}`));
  }
  return { daemon, port };
}

e2e("a secret from anywhere is shown by no verb about the state of programs", async (rig) => {
  await startWithSecrets(rig);
  const environment = await rig.tsv("env", "--show-secrets", "-c", rig.path("d.conf"), "web");
  for (const [name, canary] of [
    ["GLOBAL_TOKEN", "canaryglobal"],
    ["DB_PASSWORD", "canaryprogram"],
    ["PLAIN", "canaryfile"],
    ["VAULT", "canaryoutput"],
    ["AWS_SECRET_ACCESS_KEY", "canaryown"],
  ]) {
    assert.match(environment.stdout, new RegExp(`^${name}=${canary} `, "m"), "the program has it");
  }
  const outputs = await printed(rig, [
    ["status"],
    ["status", "--json"],
    ["why", "web"],
    ["why", "--json", "web"],
    ["why", "broken"],
    ["why", "fails"],
    ["why", "quotes"],
    ["why", "waits"],
  ]);
  assertHidden(outputs);
});

e2e("a secret from anywhere is shown by no verb about environments and starts", async (rig) => {
  await startWithSecrets(rig);
  const outputs = await printed(rig, [
    ["env", "web"],
    ["env", "--json", "web", "broken", "fails"],
    ["env", "--next", "web"],
    ["start", "quotes"],
    ["start", "fails"],
    ["avail"],
    ["avail", "--json"],
    ["reread"],
    ["maintail", "-100000"],
  ]);
  assertHidden(outputs);
});

e2e("a secret from anywhere is shown by no verb about configurations", async (rig) => {
  await startWithSecrets(rig);
  const config = rig.path("d.conf");
  const outputs = await printed(rig, [
    ["check", "-v", config],
    ["check", "--json", config],
    ["check", "--env", rig.path("named.env"), config],
    ["check", "--env", rig.path("named.env"), "--json", config],
    ["run", "-e", rig.path("named.env"), "--", "true"],
    ["run", "-e", rig.path("run.env"), "--", "true"],
    ["run", "-e", rig.path("run.env"), "--format", "json", "--", "/nonexistent"],
    ["doctor", "--config", config, "-v"],
    ["doctor", "--config", config, "--json"],
  ]);
  const bundle = rig.path("bundle.tar.gz");
  await rig.tsv("doctor", "--bundle", bundle, "--config", config);
  outputs.set("tsv doctor --bundle", gunzipSync(readFileSync(bundle)).toString());
  assertHidden(outputs);
});

e2e("a secret from anywhere is in no answer, log or command line of the daemon", async (rig) => {
  const { daemon, port } = await startWithSecrets(rig);
  assertHidden(await told(rig, daemon, port));
});

e2e("errors about formats show no password", async (rig) => {
  const wrong = [
    "command=/bin/app --password=canaryone100%sure --db postgres://u:canarytwo%@h/x",
    "command=/bin/app --password=canaryone https://u:canarytwo@x/ %(ENV_UNSETVAR)s",
    "command=/bin/cat\nready_check=http://u:canaryone%1n@localhost/",
  ];
  const daemon = await rig.startWith(`[program:web]\ncommand=/bin/cat\n${ONCE}`);
  const config = rig.path("d.conf");
  const good = textOf(config);
  const shown: string[] = [];
  for (const options of wrong) {
    rig.write("d.conf", good.replace("command=/bin/cat", options));
    for (const words of [
      ["reread", "-c", config],
      ["check", config],
      ["check", "--json", config],
      ["why", "-c", config, "web"],
      ["doctor", "--config", config],
      ["daemon", "-n", "-c", config],
    ]) {
      const { stdout, stderr } = await rig.tsv(...words);
      shown.push(`${words.join(" ")}: ${stdout}${stderr}`);
    }
    const fault = await daemon.call("supervisor.reloadConfig");
    assert.equal(fault.kind, "fault");
    shown.push(JSON.stringify(fault));
  }
  assert.match(shown.join("\n"), /CANT_REREAD: Format string '\/bin\/app --password=<redacted>/);
  process.kill(daemon.pid, "SIGHUP");
  await daemon.logged(/CRIT .*http:\/\/u:<redacted>@localhost/);
  shown.push(textOf(daemon.log));
  assert.doesNotMatch(shown.join("\n"), /canary/);
});
