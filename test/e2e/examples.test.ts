// The four example configs run unchanged, at the paths they name: in a private copy of the file system, with users and
// stand-in programs of those names. The machine's own files stay as they are.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Outcome } from "./rig/command.ts";
import { plainEnvironment } from "./rig/command.ts";
import { readSaid } from "./rig/doctor.ts";
import { DEBIAN, type Implementation } from "./rig/implementation.ts";
import { ROOT, TSV, withoutRoot, withoutSupervisor } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const EXAMPLES = join(ROOT, "test/e2e/examples");

/** Where each example belongs. The main file includes *.conf, so the .ini goes there under that ending. */
const PLACES: Readonly<Record<string, string>> = {
  "debian-supervisord.conf": "/etc/supervisor/supervisord.conf",
  "docker-program.conf": "/etc/supervisor/conf.d/docker-program.conf",
  "raspberry-pi-ngrok_py.ini": "/etc/supervisor/conf.d/ngrok_py.conf",
  "shadowsocks-app.conf": "/etc/supervisor/conf.d/shadowsocks-app.conf",
};

/** What the project ships must be what was given, byte for byte. */
const HASHES: Readonly<Record<string, string>> = {
  "debian-supervisord.conf": "978e9fd480c87731cdb90b1fb3bc6f17f6ef5c8487a899c8c8a50f00e586d991",
  "docker-program.conf": "c13a51749fe4c1049106e2127e1a75e929afd7c71c5bd5ea5fddc65219db19a6",
  "raspberry-pi-ngrok_py.ini": "e7414557eb09bbd3529dfbade6956fe1514aff5a2d99b580791a25ddaa28ae58",
  "shadowsocks-app.conf": "b895b5e61419693e60e70d6aac7f57116e45d38c171a438d19d5489d264bb0af",
};

const LAST_WORDS = "this goes to stderr, and is long enough";

/** Stands in for the programs that the examples name. */
const STAND_IN = `import os, signal, sys
print("args", *sys.argv[1:])
print("uid", os.getuid(), "gid", os.getgid(), "cwd", os.getcwd())
print("umask %03o" % os.umask(0))
print("A=%s B=%s" % (os.environ.get("A"), os.environ.get("B")))
sys.stdout.flush()
# Longer than a capture token: with capture on, Supervisor holds back what is shorter.
print("${LAST_WORDS}", file=sys.stderr, flush=True)
signal.pause()
`;

/** Makes the private root, then waits: the world lasts as long as this shell. */
function worldScript(rig: Rig): string {
  const installs = Object.entries(PLACES).map(([from, to]) => `cp ${EXAMPLES}/${from} $root${to}`);
  return `set -eu
world=${rig.path("world")}; root=$world/root
mkdir -p $world
mount -t tmpfs tmpfs $world
mkdir $world/upper $world/work $root
mount -t overlay overlay -o lowerdir=/,upperdir=$world/upper,workdir=$world/work $root
mount --rbind /dev $root/dev
mount -t proc proc $root/proc
mount -t tmpfs -o mode=1777 tmpfs $root/tmp
mount -t tmpfs tmpfs $root/run
rm -rf $root/etc/supervisor $root/a $root/data/shadowsocks $root/opt/bin/ngrok $root/srv/www $root/var/log/supervisor
rm -f $root/var/log/ngrok_py.log* $root/var/log/shadowsocks*.log*
mkdir -p $root/etc/supervisor/conf.d $root/a $root/data/shadowsocks $root/opt/bin/ngrok $root/srv/www $root/var/log/supervisor $root/usr/local/tsv-names
sed -i -E '/^(dev|pi):/d' $root/etc/passwd $root/etc/group
echo 'dev:x:61500:61500::/:/bin/sh' >>$root/etc/passwd; echo 'dev:x:61500:' >>$root/etc/group
echo 'pi:x:61501:61501::/:/bin/sh' >>$root/etc/passwd; echo 'pi:x:61501:' >>$root/etc/group
cp ${rig.path("stand-in.py")} $root/data/shadowsocks/server.py
cp ${rig.path("stand-in.py")} $root/opt/bin/ngrok/ngrok.py
echo '{}' >$root/data/shadowsocks/config.json
ln -sf /usr/bin/python3 $root/usr/bin/python
mkdir -p $root$(dirname ${TSV}); mount --bind $(dirname ${TSV}) $root$(dirname ${TSV})
for name in supervisord supervisorctl; do ln -sf ${TSV} $root/usr/local/tsv-names/$name; done
${installs.join("\n")}
chmod 755 $world $root $root/a $root/data $root/data/shadowsocks $root/opt/bin/ngrok
exec chroot $root /bin/sh -c 'echo world ready; exec cat'
`;
}

/** A private machine. */
class World {
  readonly #rig: Rig;
  readonly #holder: ChildProcess;
  #leader = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
    rig.write("stand-in.py", STAND_IN);
    const script = rig.write("world.sh", worldScript(rig));
    const unshare = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
    this.#holder = spawn("unshare", [...unshare, "sh", script], {
      env: plainEnvironment(rig.mark),
      stdio: ["pipe", "pipe", "inherit"],
    });
  }

  /** Resolves when all is mounted. */
  async ready(): Promise<void> {
    const { stdout, pid } = this.#holder;
    if (stdout === null || pid === undefined) throw new Error("unshare did not start");
    for await (const line of createInterface({ input: stdout })) {
      if (line !== "world ready") continue;
      this.#leader = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
      return;
    }
    throw new Error("the private machine could not be made; stderr says why");
  }

  /** A path of the world as seen from here. */
  outside(path: string): string {
    return `/proc/${this.#leader}/root${path}`;
  }

  text(path: string): string {
    return readFileSync(this.outside(path), "utf8");
  }

  /** Runs a command inside. */
  run(...argv: readonly string[]): Promise<Outcome> {
    const enter = ["nsenter", "-t", String(this.#leader), "-m", "-p", "-r", "-w"];
    return this.#rig.command([...enter, ...argv], { cwd: "/", timeoutMs: 40_000 });
  }

  async end(): Promise<void> {
    const ended = once(this.#holder, "exit");
    this.#holder.stdin?.end();
    await ended;
  }
}

function hash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function programs(kind: Implementation): { readonly daemon: string; readonly ctl: string } {
  const directory = kind === DEBIAN ? "/usr/bin" : "/usr/local/tsv-names";
  return { daemon: `${directory}/supervisord`, ctl: `${directory}/supervisorctl` };
}

/** Follows a log from inside until the line is there: file events do not cross into an overlay reliably. */
async function logged(
  world: World,
  text: string,
  log = "/var/log/supervisor/supervisord.log",
): Promise<void> {
  const { status } = await world.run(
    "sh",
    "-c",
    `tail -n +1 -F ${log} | grep -q -m 1 -F '${text}'`,
  );
  assert.equal(status, 0, `${text} in the log`);
}

async function runsTheExamples(rig: Rig, kind: Implementation): Promise<void> {
  for (const [name, expected] of Object.entries(HASHES))
    assert.equal(hash(join(EXAMPLES, name)), expected, name);
  const world = new World(rig);
  await world.ready();
  try {
    const { daemon, ctl } = programs(kind);
    const conf = "/etc/supervisor/supervisord.conf";
    const started = await world.run(daemon, "-c", conf);
    assert.equal(started.status, 0, started.stderr);
    for (const name of ["theprogramname", "ngrok_py", "app"])
      await logged(world, `success: ${name} entered RUNNING`);
    const status = await world.run(ctl, "-c", conf, "status");
    assert.equal(status.status, 0, status.stdout);
    assert.match(status.stdout, /^app +RUNNING +pid \d+, uptime /m);
    assert.match(status.stdout, /^ngrok_py +RUNNING +pid \d+, uptime /m);
    assert.match(status.stdout, /^theprogramname +RUNNING +pid \d+, uptime /m);
    // A program may count as RUNNING before it has printed anything.
    await logged(world, "A=1 B=2", "/var/log/shadowsocks_error.log");
    for (const log of ["shadowsocks", "ngrok_py"])
      await logged(world, LAST_WORDS, `/var/log/${log}.log`);
    await looksRight(world, ctl, conf);
    if (kind !== DEBIAN) await isSilent(world);
    const shutdown = await world.run(ctl, "-c", conf, "shutdown");
    assert.equal(shutdown.stdout, "Shut down\n");
    await logged(world, "stopped: ngrok_py");
    for (const [name, place] of Object.entries(PLACES)) {
      assert.equal(hash(world.outside(place)), HASHES[name], `${place} was changed`);
    }
  } finally {
    await world.end();
  }
}

/** A name that a mistake has spoilt in one of them (`00=/tmp`), which has no effect and is worth a warning. */
const SPOILT =
  /^\S+:10: warning: \[program:theprogramname\] 00: unknown option; .*\n\S+: ok, 1 warning(?:, \d+ notes? \(.*\))?\n$/;

/** Neither doctor nor `tsv check` has anything else to say of them, each alone and all while they run. */
async function isSilent(world: World): Promise<void> {
  for (const place of Object.values(PLACES)) {
    const checked = await world.run(TSV, "check", place);
    const { stdout } = checked;
    assert.match(
      stdout,
      stdout.includes(" 00: ") ? SPOILT : /^\S+: ok(?:, \d+ notes?(?: \(.*\))?)?\n$/,
    );
    const examined = await world.run(TSV, "doctor", "--strict", "--config", place);
    assert.equal(examined.status, 0, examined.stdout);
  }
  const { stdout } = await world.run(TSV, "doctor", "--json");
  const { findings, config } = readSaid(stdout);
  assert.equal(config, "/etc/supervisor/supervisord.conf");
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "info"),
    [],
  );
}

async function looksRight(world: World, ctl: string, conf: string): Promise<void> {
  const fact = async (name: string, ...command: readonly string[]): Promise<string> => {
    const { stdout } = await world.run(ctl, "-c", conf, "pid", name);
    const file = command.map((word) => word.replace("PID", stdout.trim()));
    return (await world.run(...file)).stdout;
  };
  const cat = await fact("theprogramname", "cat", "/proc/PID/status");
  assert.match(cat, /^Uid:\t61500\t61500\t61500\t61500$/m);
  assert.match(cat, /^Umask:\t0022$/m);
  const environment = (await fact("theprogramname", "cat", "/proc/PID/environ")).split("\0");
  for (const pair of [
    "A=1",
    "B=2",
    "SUPERVISOR_ENABLED=1",
    "SUPERVISOR_PROCESS_NAME=theprogramname",
  ]) {
    assert.ok(environment.includes(pair), pair);
  }
  assert.ok(environment.includes("SUPERVISOR_SERVER_URL=unix:///var/run/supervisor.sock"));
  const app = world.text("/var/log/shadowsocks_error.log");
  assert.match(app, /^args -c \/data\/shadowsocks\/config\.json$/m);
  assert.match(app, /^uid 0 gid 0 cwd \/srv\/www$/m);
  assert.match(app, /^umask 022$/m);
  assert.match(app, /^A=1 B=2$/m);
  assert.equal(world.text("/var/log/shadowsocks.log"), `${LAST_WORDS}\n`);
  const ngrok = world.text("/var/log/ngrok_py.log");
  assert.match(ngrok, /^args --arg$/m);
  assert.match(ngrok, /^uid 61501 gid 61501 cwd \/opt\/bin\/ngrok$/m);
  assert.match(ngrok, /^this goes to stderr/m);
  assert.equal(world.text("/a/path"), "");
  assert.match(world.text("/run/supervisord.pid"), /^\d+\n$/);
}

e2e(
  "the four example configs run unchanged in Supervisor: the stand-ins are right",
  withoutSupervisor() || withoutRoot(),
  (rig) => runsTheExamples(rig, DEBIAN),
);

e2e(
  "the four example configs run unchanged in tsv",
  withoutRoot() || withoutSupervisor(),
  async (rig) => {
    const { TSV_BY_NAME } = await import("./rig/implementation.ts");
    await runsTheExamples(rig, TSV_BY_NAME);
  },
);
