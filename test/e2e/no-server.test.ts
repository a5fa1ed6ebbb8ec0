// A configuration without a server (private-socket): tsv reaches its daemon all the same, its user and root alone, and Supervisor's clients see
// no difference.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { privateSocketName } from "../../src/core/config/server-address.ts";
import { freePort } from "../rig/free-port.ts";
import { event } from "../rig/wait.ts";
import type { Outcome } from "./rig/command.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { AS_NOBODY, TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const skip = withoutRoot();
const DIRECTORY = "/run/tsv-control";
const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\nenvironment=A=1\n";
const CONFIG = `[supervisord]
logfile=%(here)s/d.log
pidfile=%(here)s/d.pid
childlogdir=%(here)s
${PROGRAM}`;
/** Runs a script with mounts of its own before a daemon. */
function inOwnRun(script: string): readonly string[] {
  return ["unshare", "-m", "--propagation=private", "sh", "-c", script, "sh"];
}

/** Runs a command on a host without a configuration. */
const WITHOUT_ETC = inOwnRun(
  'mount -t tmpfs etc /etc; echo 127.0.0.1 localhost > /etc/hosts; exec "$@"',
);

function said({ stdout, stderr, status }: Outcome): string {
  return `${stdout}${stderr}(${status})`;
}

function logWithoutTimes(rig: Rig): readonly string[] {
  return readFileSync(rig.path("d.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(24).replace(/pid \d+/, "pid N"));
}

e2e("tsv reaches a daemon without a server", skip, async (rig) => {
  const config = rig.write("d.conf", CONFIG);
  const daemon = rig.launch();
  await daemon.logged(/success: up/);
  assert.match(said(await rig.tsv("status", "-c", config)), /^up +RUNNING/);
  assert.match(said(await rig.tsv("stop", "-c", config, "up")), /\(0\)$/);
  assert.match(said(await rig.command([TSV, "ctl", "-c", "d.conf", "status"])), /^up +STOPPED/);
  assert.equal(lstatSync(DIRECTORY).mode & 0o777, 0o700);

  // A relative name of the same file means the same daemon, and so does a restart of it.
  assert.match(said(await rig.command([TSV, "start", "-c", "./d.conf", "up"])), /\(0\)$/);
  const reloads = logWithoutTimes(rig).length;
  assert.match(said(await rig.tsv("reload", "-c", config)), /\(0\)$/);
  await daemon.logged(/success: up/, 3);
  assert.ok(logWithoutTimes(rig).length > reloads);
  assert.match(said(await rig.tsv("status", "-c", config)), /^up +RUNNING/);

  const pid = (await rig.tsv("pid", "-c", config, "up")).stdout;
  assert.match(said(await rig.tsv("upgrade", "-c", config)), /\(0\)$/);
  assert.equal((await rig.tsv("pid", "-c", config, "up")).stdout, pid);

  assert.match(said(await rig.tsv("shutdown", "-c", config)), /\(0\)$/);
  await daemon.ended();
  assert.equal(existsSync(`${DIRECTORY}/${privateSocketName(config)}`), false);
  const down = await rig.tsv("status", "-c", config);
  assert.match(down.stderr, /no daemon is running[\s\S]*tsv daemon -c/);
});

e2e("all commands of a user find tsv.conf here, before others", skip, async (rig) => {
  chmodSync(rig.directory, 0o777);
  rig.write("tsv.conf", CONFIG.replace("program:up", "program:here"));
  rig.write("supervisord.conf", CONFIG);
  const tsv = (...words: readonly string[]): Promise<Outcome> =>
    rig.command([...AS_NOBODY, TSV, ...words]);
  assert.match(said(await tsv("check")), /^tsv\.conf: ok/);
  const daemon = await tsv("daemon");
  assert.equal(daemon.status, 0, daemon.stderr);
  for (const words of [["status"], ["ctl", "status"], ["status", "-c", "tsv.conf"]]) {
    assert.match(said(await tsv(...words)), /^here +RUNNING/, words.join(" "));
  }
  assert.match(said(await tsv("why", "here")), /^here: /);
  assert.match(said(await tsv("doctor", "socket")), /tsv\.conf/);
  assert.match(said(await tsv("shutdown")), /\(0\)$/);
  assert.match(said(await tsv("status")), /tsv daemon -c tsv\.conf/);
});

e2e("root takes no configuration of the working directory", skip, async (rig) => {
  for (const name of ["supervisord.conf", "tsv.conf"]) {
    rig.write(name, CONFIG);
    const daemon = await rig.command([...WITHOUT_ETC, TSV, "daemon"]);
    assert.match(said(daemon), /no configuration was found/);
    assert.match(daemon.stderr, new RegExp(`tsv daemon -c ${name}`));
    for (const words of [["status"], ["shutdown"], ["upgrade"], ["why", "up"]]) {
      // Without the daemons of this host, whose configurations why would take.
      const alone = ["unshare", "-pf", "--mount-proc"];
      const text = said(await rig.command([...WITHOUT_ETC, ...alone, TSV, ...words]));
      assert.match(text, new RegExp(`no configuration was found[^]* -c ${name}`), words.join(" "));
    }
    const run = said(await rig.command([...WITHOUT_ETC, TSV, "run"]));
    assert.match(run, new RegExp(`no Procfile\\n[^]*: tsv run ${name}\n[^]*\\(2\\)$`));
    const check = said(await rig.command([...WITHOUT_ETC, TSV, "check"]));
    assert.match(check, new RegExp(`none of these exists[^]* tsv check ${name}\\n`));
  }
});

e2e("SIGUSR2 makes the socket again, also if its directory is gone", skip, async (rig) => {
  const config = rig.write("d.conf", CONFIG);
  const daemon = rig.launch({ wrapper: inOwnRun('mount -t tmpfs run /run; exec "$@"') });
  await daemon.logged(/success: up/);
  const inside = (...argv: readonly string[]) =>
    rig.command(["nsenter", "-m", "-t", String(daemon.pid), ...argv]);
  assert.equal((await inside("rm", "-r", DIRECTORY)).status, 0);
  daemon.signal("SIGUSR2");
  await daemon.logged(
    /WARN \/run\/tsv-control\/d\.conf-\w+\.sock was removed or replaced; it was recreated/,
  );
  assert.match(said(await inside(TSV, "status", "-c", config)), /^up +RUNNING/);
});

e2e("a daemon that gets no socket logs it", skip, async (rig) => {
  const socket = `${DIRECTORY}/${privateSocketName(rig.write("d.conf", CONFIG))}`;
  const script = `mount -t tmpfs run /run; mkdir -m 700 ${DIRECTORY}; mkdir ${socket}; exec "$@"`;
  const daemon = rig.launch({ wrapper: inOwnRun(script) });
  await daemon.logged(
    /WARN tsv status and other commands cannot reach this daemon: .* is a directory/,
  );
});

e2e(
  "the socket of a killed daemon is removed by the next daemon, or by tsv",
  skip,
  async (rig, t) => {
    // In a /run of their own: the daemon of another test would be the next one, too.
    const [file = "", ...words] = inOwnRun(
      "mount -t tmpfs run /run; echo mounted; exec sleep 1000",
    );
    const place = spawn(file, words, { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => place.kill("SIGKILL"));
    await event(place.stdout, "data");
    const inside = ["nsenter", "-m", "-t", String(place.pid)];
    const left = (config: string) =>
      readdirSync(`/proc/${place.pid}/root${DIRECTORY}`).filter((name) =>
        name.startsWith(privateSocketName(config)),
      );
    const [a, b] = [rig.write("killed-a.conf", CONFIG), rig.write("killed-b.conf", CONFIG)];
    for (const config of [a, b]) {
      const daemon = rig.launch({ config, wrapper: inside });
      await daemon.logged(/success: up/);
      await daemon.killed();
      rmSync(rig.path("d.log"));
    }
    assert.equal(left(b).length, 2);
    assert.deepEqual(left(a), []);
    const status = await rig.command([...inside, TSV, "status", "-c", b]);
    assert.match(status.stderr, /the daemon is no longer running/);
    assert.deepEqual(left(b), []);
  },
);

e2e("a user whose daemon is down reads that, not about root's directory", skip, async (rig) => {
  rig.write("d.conf", CONFIG);
  const roots = rig.launch();
  await roots.logged(/success: up/);
  const config = rig.write("own.conf", CONFIG);
  chmodSync(rig.directory, 0o755);
  const down = await rig.command([...AS_NOBODY, TSV, "status", "-c", config]);
  assert.match(down.stderr, /no daemon is running: \/tmp\/tsv-65534\//);
});

e2e("other users have no access, and read who the owner is", skip, async (rig) => {
  const config = rig.write("d.conf", CONFIG);
  const daemon = rig.launch();
  await daemon.logged(/success: up/);
  const denied = await rig.command([...AS_NOBODY, TSV, "status", "-c", config]);
  assert.notEqual(denied.status, 0);
  assert.match(denied.stderr, /permission denied[\s\S]*sudo tsv status/i);
  const why = await rig.command([...AS_NOBODY, TSV, "why", "up", "-c", config]);
  assert.match(why.stdout, /could not be queried[\s\S]*denied,\s+EACCES[\s\S]*sudo tsv why/);
});

e2e("Supervisor's clients and its programs see no server", skip, async (rig) => {
  const config = rig.write("d.conf", CONFIG.replace("sleep 1000", "sh -c 'env; exec sleep 1000'"));
  const daemon = rig.launch();
  await daemon.logged(/success: up/);
  const outcome = await rig.run(TSV_BY_NAME, "supervisorctl", ["-c", config, "status"]);
  assert.match(said(outcome), /does not include supervisorctl section[\s\S]*\(2\)$/);
  assert.deepEqual(logWithoutTimes(rig).slice(1), [
    "INFO supervisord started with pid N",
    "INFO spawned: 'up' with pid N",
    "INFO success: up entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)",
  ]);
  const output = readdirSync(rig.directory).find((name) => name.startsWith("up-stdout")) ?? "";
  assert.doesNotMatch(readFileSync(rig.path(output), "utf8"), /SUPERVISOR_SERVER_URL/);
});

e2e("a server that only [supervisorctl] fails to name is found too", skip, async (rig) => {
  const config = rig.write(
    "d.conf",
    `[unix_http_server]\nfile=%(here)s/d.sock\nusername=a\npassword=b\n${CONFIG}` +
      "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
  );
  const daemon = rig.launch();
  await daemon.logged(/success: up/);
  assert.match(said(await rig.tsv("status", "-c", config)), /^up +RUNNING/);
});

const RPC =
  "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n";

for (const kind of ["unix", "inet"] as const) {
  e2e(`a daemon is reached after its configuration got a server (${kind})`, skip, async (rig) => {
    const port = await freePort();
    const server =
      kind === "unix"
        ? "[unix_http_server]\nfile=%(here)s/s.sock\n"
        : `[inet_http_server]\nport=127.0.0.1:${port}\n`;
    const url = kind === "unix" ? "unix://%(here)s/s.sock" : `http://127.0.0.1:${port}`;
    const config = rig.write("d.conf", CONFIG);
    const daemon = rig.launch();
    await daemon.logged(/success: up/);
    const ctl = () => rig.ctl(TSV_BY_NAME, "status");
    for (const more of [server, `${server}${RPC}[supervisorctl]\nserverurl=${url}\n`]) {
      rig.write("d.conf", `${CONFIG}${more}`);
      assert.match(said(await rig.tsv("status", "-c", config)), /^up +RUNNING/);
      assert.match(said(await rig.tsv("why", "-c", config, "up")), /^up: RUNNING/i);
      assert.match(said(await rig.tsv("doctor", "-c", config, "socket")), /SOCK-005/);
      const update = await rig.tsv("update", "-c", config);
      assert.deepEqual([update.status, update.stdout], [0, ""]);
      assert.match(update.stderr, /tsv reload -c /);
    }
    const other = `[supervisorctl]\nserverurl=http://192.0.2.1:${port}\n`;
    const remote = rig.write("d.conf", `${CONFIG}${server}${RPC}${other}`);
    const { stdout } = await rig.command(["timeout", "1", TSV, "status", "-c", remote]);
    assert.equal(stdout, "", "a daemon of another host is asked on purpose");
    rig.write("d.conf", `${CONFIG}${server}${RPC}[supervisorctl]\nserverurl=${url}\n`);
    // Supervisor's clients know the server alone.
    assert.match(said(await ctl()), /refused|no such file/);

    assert.match(said(await rig.tsv("reload", "-c", config)), /\(0\)$/);
    await daemon.logged(/success: up/, 2);
    assert.match(said(await ctl()), /^up +RUNNING/);
    assert.equal((await rig.tsv("update", "-c", config)).stderr, "");
  });
}
