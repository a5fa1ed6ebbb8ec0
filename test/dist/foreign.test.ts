// The executables of packages on the smallest systems that they are for: a C library, a shell, and Node where it is not
// carried. What is foreign to this machine runs through qemu.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MirrorFailure } from "../hosts/rig/bases.ts";
import { type Host, makeHost } from "../hosts/rig/host.ts";
import { type HostName, kindOf } from "../hosts/rig/kinds.ts";
import { withoutArchitecture, withoutHosts } from "../hosts/rig/requirements.ts";
import { executableOf, version, withoutStage } from "./places.ts";

const CONFIG = `[unix_http_server]
file=/run/tsv.sock
[supervisord]
logfile=/var/log/tsv.log
pidfile=/run/tsv.pid
childlogdir=/var/log
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///run/tsv.sock
[program:plain]
command=/bin/sh -c "env; echo that is all; exec sleep 100000"
startsecs=0
[program:typist]
command=/bin/sh -c "tty; exec sleep 100000"
tty=true
startsecs=0
[program:failing]
command=/bin/sh -c "exit 7"
startsecs=0
autorestart=false
exitcodes=7
`;

/** Every first run of Node through qemu takes seconds. */
const PATIENT = { timeoutMs: 600_000 };

interface Subject {
  readonly kind: HostName;
  readonly packages: readonly string[];
}

const SUBJECTS: readonly Subject[] = [
  { kind: "bare-amd64-bookworm", packages: [] },
  { kind: "bare-arm64-bookworm", packages: [] },
  { kind: "bare-arm64-trixie", packages: [] },
  { kind: "bare-armhf-bookworm", packages: ["nodejs"] },
  { kind: "bare-armhf-trixie", packages: ["nodejs"] },
];

function onHost(name: string, { kind, packages }: Subject, body: (host: Host) => Promise<void>) {
  const architecture = kindOf(kind).architecture ?? "amd64";
  const absent = withoutStage(architecture) || withoutHosts() || withoutArchitecture(architecture);
  void test(`${[kind, ...packages].join(" with ")}: ${name}`, { skip: absent }, async (t) => {
    const host = await makeHost(kind, packages).catch((error: unknown) => {
      if (error instanceof MirrorFailure && architecture !== "amd64") return error;
      throw error;
    });
    if (host instanceof MirrorFailure) {
      t.skip(`the mirror of ${kind} does not answer consistently: ${host.message}`);
      return;
    }
    try {
      host.put(executableOf(architecture), "/usr/bin/tsv");
      host.write("/etc/supervisord.conf", CONFIG);
      await host.bootWithoutInit();
      await body(host);
    } finally {
      host.dispose();
    }
  });
}

for (const subject of SUBJECTS) {
  onHost("says its version, whatever Node is told in the environment", subject, async (host) => {
    for (const env of [{}, { NODE_OPTIONS: "--no-such-option", NODE_EXTRA_CA_CERTS: "/nowhere" }]) {
      const { status, stdout, stderr } = await host.run(["tsv", "version"], { ...PATIENT, env });
      assert.deepEqual(
        { status, stdout, stderr },
        { status: 0, stdout: `${version()}\n`, stderr: "" },
      );
    }
  });

  onHost("runs programs, also on a terminal, and stops them", subject, async (host) => {
    const before = await host.must("ls -A /tmp /var/tmp /dev/shm /run /usr/bin");
    const env = { NODE_OPTIONS: "--no-such-option" };
    assert.equal(await host.must(["tsv", "daemon"], { ...PATIENT, env }), "");
    await host.until("tsv status | grep -q 'failing *EXITED'", PATIENT);
    const status = await host.run(["tsv", "status"], PATIENT);
    assert.match(status.stdout, /^plain +RUNNING +pid \d+, uptime 0:/m);
    assert.match(status.stdout, /^typist +RUNNING +pid \d+, uptime 0:/m);
    assert.equal(status.status, 3, "one program does not run");
    // What runs may not have spoken yet.
    await host.until('[ "$(cat /var/log/typist-stdout* | wc -l)" -ge 1 ]', PATIENT);
    assert.match(await host.must("cat /var/log/typist-stdout*"), /^\/dev\/pts\/\d+\r?\n$/);
    await host.until("grep -x 'that is all' /var/log/plain-stdout*", PATIENT);
    const environment = await host.must("cat /var/log/plain-stdout*");
    assert.match(
      environment,
      /^NODE_OPTIONS=--no-such-option$/m,
      "what the caller set is passed on",
    );
    assert.doesNotMatch(environment, /TSV_/);
    assert.equal(await host.must(["tsv", "stop", "typist"], PATIENT), "typist: stopped\n");
    await host.must(["tsv", "shutdown"], PATIENT);
    await host.until("[ ! -e /run/tsv.pid ]", PATIENT);
    const after = await host.must("ls -A /tmp /var/tmp /dev/shm /run /usr/bin");
    assert.equal(after, before, "nothing is left behind");
  });

  onHost("is Supervisor's programs by the names of links to it", subject, async (host) => {
    await host.must("ln -s tsv /usr/bin/supervisord; ln -s /usr/bin/tsv /usr/bin/supervisorctl");
    assert.equal(await host.must(["supervisord", "-v"], PATIENT), "4.2.5\n");
    const { status, stdout } = await host.run(["supervisorctl", "status"], PATIENT);
    assert.match(stdout, /^unix:\/\/\/run\/tsv\.sock no such file\n$/);
    assert.equal(status, 4);
  });
}

onHost(
  "says what is missing where Node is not installed",
  { kind: "bare-armhf-bookworm", packages: [] },
  async (host) => {
    const { status, stderr } = await host.run(["tsv", "version"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Error: tsv needs Node\.js 18 or newer .*\(on Debian: apt install nodejs\)\n$/,
    );
  },
);
