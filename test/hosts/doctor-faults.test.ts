// What goes wrong with a tsv that is installed on a real host: doctor names the code, --fix fixes it, a second look is clean,
// a second --fix changes nothing, and nothing changed that has nothing to do with it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TSV } from "../e2e/rig/places.ts";
import { type Host, makeHost } from "./rig/host.ts";
import { withoutHostsOrTsv } from "./rig/requirements.ts";
import { difference } from "./rig/tree.ts";

/** The installed configuration, with programs that run well. */
const HEALTHY = `[unix_http_server]
file=/run/tsv/tsv.sock
chmod=0770
chown=root:tsv

[supervisord]
logfile=/var/log/tsv/tsv.log
pidfile=/run/tsv/tsv.pid
childlogdir=/var/log/tsv
user=root

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///run/tsv/tsv.sock

[include]
files=/etc/tsv/conf.d/*.conf

[program:web]
command=/usr/bin/sleep 100000
stdout_logfile=/var/log/tsv/web.log
redirect_stderr=true
`;

/** A fault of an installed tsv, as an administrator meets it: how the host comes to it, and how it gets well again. */
interface Fault {
  readonly code: string;
  readonly what: string;
  /** Replaces lines of the healthy configuration, or adds to its end. */
  readonly config?: (text: string) => string;
  /** Done before the configuration is read again. */
  readonly prepare?: string;
  /** How the daemon comes to the fault: by default it reads its configuration again. */
  readonly make?: string;
  /** --fix alone does it; else it takes --yes. */
  readonly fixes: "--fix" | "--fix --yes";
  /** What is true when it is fixed. */
  readonly proof?: string;
  /** What brings the host back, beside the healthy configuration. */
  readonly clean?: string;
  /** Where the repair may change something, beside the records of doctor. */
  readonly touches?: RegExp;
}

const replace = (from: string, to: string): ((text: string) => string) => {
  return (text) => {
    assert.ok(text.includes(from), `the healthy configuration has ${from}`);
    return text.replace(from, to);
  };
};
const CONFIG = /^\/etc\/tsv\/tsv\.conf /;
/** The records of doctor, and what a daemon that runs changes by itself. */
const OWN =
  /^\/(?:var\/lib\/tsv\/doctor|var\/lib\/tsv |run\/tsv|var\/log\/tsv\/(?:tsv\.log|x-std))/;
/** The logs of the daemon and of the program that comes and goes. */
const LOG = /^\/var\/log\/tsv\/(?:tsv\.log |x-std)/;
const NOTHING = /^$/;
const RELOAD = "tsv update >/dev/null || true";

/** Sockets, logs, configuration and scripts of a daemon that no init system runs are tried by test/e2e/doctor-*.test.ts. */
const FAULTS: readonly Fault[] = [
  {
    code: "SOCK-001",
    what: "the daemon was stopped",
    make: "systemctl stop tsv",
    fixes: "--fix",
    proof: "tsv status web",
  },
  {
    code: "SOCK-005",
    what: "ctl asks another address",
    config: replace("serverurl=unix:///run/tsv/tsv.sock", "serverurl=http://127.0.0.1:9001"),
    fixes: "--fix --yes",
    touches: CONFIG,
    proof: "tsv status web",
  },
  {
    code: "LOG-002",
    what: "a log is a directory",
    prepare: "mkdir -p /srv/x.log",
    config: (text) =>
      `${text}\n[program:x]\ncommand=/usr/bin/sleep 1000\nstdout_logfile=/srv/x.log\n`,
    fixes: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|srv)/,
    clean: "rm -rf /srv/x.log",
  },
  {
    code: "SEC-002",
    what: "everybody can read a password",
    config: (text) =>
      `${text}\n[inet_http_server]\nport=127.0.0.1:9002\nusername=a\npassword=geheim99\n`,
    make: "chmod 0644 /etc/tsv/tsv.conf; systemctl restart tsv",
    fixes: "--fix --yes",
    touches: CONFIG,
  },
  {
    code: "SEC-007",
    what: "the socket is open to everybody",
    config: replace("chmod=0770", "chmod=0777"),
    make: "systemctl restart tsv",
    fixes: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|run)/,
  },
];

interface Said {
  readonly results: readonly { readonly code: string; readonly severity: string }[];
}

const skip = withoutHostsOrTsv();

describe("doctor on a booted host", { skip }, () => {
  let host: Host;

  before(async () => {
    host = await makeHost("systemd-bookworm");
    host.put(TSV, "/usr/local/bin/tsv");
    await host.boot();
    await host.must("tsv install --boot --yes");
    await heal("true");
  });

  after(async () => {
    await host?.dispose();
  });

  /** The host as it should be, whatever was done to it. */
  async function heal(clean: string): Promise<void> {
    await host.must(`{ ${clean}; }`);
    host.write("/etc/tsv/tsv.conf", HEALTHY, 0o640);
    await host.must(
      "chgrp tsv /etc/tsv/tsv.conf && systemctl reset-failed tsv; systemctl restart tsv",
    );
    await host.until("tsv status web | grep RUNNING");
  }

  async function look(): Promise<readonly string[]> {
    const { stdout, stderr } = await host.run("tsv doctor --json");
    try {
      const said = JSON.parse(stdout) as Said;
      return said.results.flatMap(({ code, severity }) => (severity === "info" ? [] : [code]));
    } catch {
      throw new Error(`tsv doctor --json printed no document: ${stdout}${stderr}`);
    }
  }

  test("it reports nothing on a healthy host, and only SOCK-004 to a user who is locked out", async () => {
    assert.deepEqual(await look(), [], await host.must("tsv doctor -v"));
    const { stdout, status } = await host.run("tsv doctor", { user: "tester" });
    assert.equal(status, 1, stdout);
    assert.match(stdout, /^ +\S+ SOCK-004 [\s\S]*^1 error;/m);
  });

  for (const fault of FAULTS) {
    test(`${fault.code}: ${fault.what}`, async () => {
      const { prepare = "true", make = RELOAD, config, clean = "true", proof, fixes } = fault;
      try {
        await host.must(`{ ${prepare}; }`);
        if (config !== undefined) {
          host.write("/etc/tsv/tsv.conf", config(HEALTHY), 0o640);
          await host.must("chgrp tsv /etc/tsv/tsv.conf");
        }
        await host.must(`{ ${make}; }`);
        const found = await look();
        assert.ok(found.includes(fault.code), `found ${found.join(" ")}\n${await told()}`);
        const tree = host.tree();
        const { stdout, status } = await host.run(`tsv doctor ${fixes}`);
        const after = await look();
        assert.ok(!after.includes(fault.code), `still ${after.join(" ")}\n${stdout}`);
        assert.ok(status === 0 || after.length > 0, stdout);
        if (proof !== undefined) await host.until(`{ ${proof}; } >/dev/null`);
        const changed = difference(tree, host.tree()).filter((line) => !OWN.test(line.slice(2)));
        const { touches = NOTHING } = fault;
        const strange = changed.filter((line) => !touches.test(line.slice(2)));
        assert.deepEqual(strange, [], "nothing else has changed");
        const still = host.tree();
        const again = await host.run(`tsv doctor ${fixes}`);
        assert.doesNotMatch(again.stdout, /: (?:fixed|done)$/m);
        const more = difference(still, host.tree()).filter((line) => !LOG.test(line.slice(2)));
        assert.deepEqual(more, [], "a second --fix changes nothing");
      } finally {
        await heal(clean);
      }
    });
  }

  async function told(): Promise<string> {
    return (await host.run("tsv doctor -v")).stdout;
  }
});
