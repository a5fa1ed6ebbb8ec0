// BOOT-002 on hosts in memory: services whose executable, configuration or own file is gone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BROKEN_SERVICE } from "../../../../../src/doctor/checks/boot/boot-002-broken-service.ts";
import type { ServiceRestoration } from "../../../../../src/doctor/facts/situation.ts";
import type { PlannedStep } from "../../../../../src/install/plan/steps.ts";
import { bareSteps } from "../../../../fakes/doctor-repairs.ts";
import { healthyHost, look, MANIFEST, only, UNIT, UNIT_TEXT } from "./boot-host.ts";

const OWNER = { user: "root", group: "root" };

function writing(path: string, text: string, edited: PlannedStep["edited"] = null): PlannedStep {
  const step = {
    kind: "file",
    path,
    text,
    mode: 0o644,
    owner: OWNER,
    what: "systemd unit",
  } as const;
  return { step, now: "missing", will: "systemd unit", edited, mayFail: false };
}

const NEW_TEXT = UNIT_TEXT.replace("/usr/local/bin/tsv", "/opt/tsv/tsv");

function restoration(parts: Partial<ServiceRestoration> = {}): { restoration: ServiceRestoration } {
  const steps = [writing(UNIT, NEW_TEXT)];
  const restored = { obstacles: [], executable: "/opt/tsv/tsv", config: "/etc/tsv/tsv.conf" };
  return { restoration: { ...restored, steps, ...parts } };
}

describe("BOOT-002", () => {
  test("a service whose executable and configuration are there is not broken", () => {
    assert.deepEqual(look(BROKEN_SERVICE, healthyHost()), []);
  });

  test("options of the settings that the daemon refuses are named, and those it takes are not", () => {
    const settings = (text: string): ReturnType<typeof healthyHost> =>
      healthyHost().file("/etc/default/tsv", text);
    const finding = only(look(BROKEN_SERVICE, settings("DAEMON_OPTS=--loglevl=debug\n")));
    assert.equal(finding.subject, "/etc/default/tsv");
    assert.match(finding.evidence.join(), /option --loglevl not recognized/);
    for (const text of ['DAEMON_OPTS="-e debug"\n', "DAEMON_OPTS=$MORE\n", "A=b\n"]) {
      assert.deepEqual(look(BROKEN_SERVICE, settings(text)), [], text);
    }
  });

  test("an executable that was moved: the unit is written anew by the installer's own plan", () => {
    const host = healthyHost()
      .remove("/usr/local/bin/tsv")
      .file("/opt/tsv/tsv", "", { mode: 0o755 });
    const finding = only(look(BROKEN_SERVICE, host, restoration()));
    assert.equal(finding.subject, "/usr/local/bin/tsv");
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(finding.repair.steps, [writing(UNIT, NEW_TEXT)]);
    assert.match(finding.evidence.join("\n"), /ENOENT: .*named by \/etc\/systemd/s);
    host.file(UNIT, NEW_TEXT);
    const file = { path: UNIT, text: NEW_TEXT, isPackaged: false };
    assert.deepEqual(look(BROKEN_SERVICE, host, { file }), []);
  });

  for (const [what, change] of [
    [
      "is a link that leads nowhere",
      (host) => host.remove("/usr/local/bin/tsv").link("/usr/local/bin/tsv", "/gone"),
    ],
    ["is a directory", (host) => host.remove("/usr/local/bin/tsv").directory("/usr/local/bin/tsv")],
    ["may be executed by nobody", (host) => host.file("/usr/local/bin/tsv", "", { mode: 0o644 })],
    [
      "is on a file system with noexec",
      (host) => host.mount("/usr/local", { options: ["rw", "noexec"] }),
    ],
  ] satisfies [string, (host: ReturnType<typeof healthyHost>) => unknown][]) {
    test(`an executable that ${what} cannot be started`, () => {
      const host = healthyHost();
      change(host);
      assert.equal(only(look(BROKEN_SERVICE, host, restoration())).subject, "/usr/local/bin/tsv");
    });
  }

  test("a script that nobody may execute is given its x bits, where units are only read", () => {
    const path = "/etc/init.d/tsv";
    const text = "executable=/usr/local/bin/tsv\nconfig=/etc/tsv/tsv.conf\n";
    const service = { init: "sysv", file: { path, text, isPackaged: false } } as const;
    const host = healthyHost().file(path, text, { mode: 0o644 });
    const finding = only(look(BROKEN_SERVICE, host, service));
    assert.equal(finding.subject, path);
    assert.match(finding.cause, /may not be executed/);
    assert.deepEqual(finding.repair.commands, ["chmod +x /etc/init.d/tsv"]);
    assert.deepEqual(bareSteps(finding), [{ kind: "own", path, uid: 0, gid: 0, mode: 0o755 }]);
    assert.equal(finding.repair.class, "B", "it is not in the record");
    const entries = [{ kind: "file", path, sha256: "0", isTheirs: false, replaced: null }] as const;
    const manifest = { ...MANIFEST, init: "sysv", entries } as const;
    const ours = look(BROKEN_SERVICE, host, { ...service, manifest });
    assert.equal(only(ours).repair.class, "A");
    host.file(path, text, { mode: 0o755 });
    assert.deepEqual(look(BROKEN_SERVICE, host, service), []);
  });

  test("a mount with noexec was somebody's wish: a person decides", () => {
    const host = healthyHost().mount("/usr/local", { options: ["rw", "noexec"] });
    const finding = only(look(BROKEN_SERVICE, host, restoration()));
    assert.equal(finding.repair.class, "C");
    assert.match(finding.repair.commands[0] ?? "", /^mount -o remount,exec \/usr\/local /);
  });

  test("a link to an executable that is there is fine", () => {
    const host = healthyHost()
      .remove("/usr/local/bin/tsv")
      .link("/usr/local/bin/tsv", "/usr/bin/tsv");
    assert.deepEqual(look(BROKEN_SERVICE, host), []);
  });

  test("a file that somebody edited is replaced after a yes", () => {
    const host = healthyHost().remove("/usr/local/bin/tsv");
    const steps = [writing(UNIT, NEW_TEXT, { path: UNIT, text: "edited" })];
    assert.equal(only(look(BROKEN_SERVICE, host, restoration({ steps }))).repair.class, "B");
  });

  test("another configuration in the place of the one that is gone is taken after a yes", () => {
    const host = healthyHost();
    const file = {
      path: UNIT,
      text: UNIT_TEXT.replace("/etc/tsv/tsv.conf", "/srv/x.conf"),
      isPackaged: false,
    };
    const finding = only(
      look(BROKEN_SERVICE, host, { file, ...restoration({ config: "/srv/y.conf" }) }),
    );
    assert.equal(finding.subject, "/srv/x.conf");
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.commands, ["tsv install --boot --config /srv/y.conf"]);
  });

  test("a configuration that is made anew is made after a yes", () => {
    const host = healthyHost();
    const text = UNIT_TEXT.replace("/etc/tsv/tsv.conf", "/etc/tsv/old.conf");
    const steps = [writing("/etc/tsv/tsv.conf", "")];
    const finding = only(
      look(BROKEN_SERVICE, host, {
        file: { path: UNIT, text, isPackaged: false },
        ...restoration({ steps }),
      }),
    );
    assert.equal(finding.repair.class, "B");
  });

  test("a unit that was removed is written again", () => {
    const host = healthyHost().remove(UNIT);
    const finding = only(look(BROKEN_SERVICE, host, { file: null, ...restoration() }));
    assert.equal(finding.subject, UNIT);
    assert.equal(finding.repair.class, "A");
  });

  test("a part of the installation that is gone is made again", () => {
    const host = healthyHost().remove(UNIT).file("/etc/systemd/system/tsv.service", UNIT_TEXT);
    const finding = only(look(BROKEN_SERVICE, host, restoration()));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "A");
  });

  test("a unit that systemd does not accept is written anew", () => {
    const properties = { LoadState: "bad-setting", LoadError: "Unit has a bad unit file setting." };
    const finding = only(look(BROKEN_SERVICE, healthyHost(), { properties, ...restoration() }));
    assert.match(finding.evidence.join("\n"), /bad-setting/);
  });

  test("a drop-in that names something else is its writer's to mend", () => {
    const dropIn = "/etc/systemd/system/tsv.service.d/own.conf";
    const host = healthyHost().file(
      dropIn,
      "[Service]\nExecStart=\nExecStart=/srv/tsv daemon -n\n",
    );
    const finding = only(look(BROKEN_SERVICE, host, { properties: { DropInPaths: dropIn } }));
    assert.equal(finding.subject, "/srv/tsv");
    assert.equal(finding.repair.class, "C");
  });

  test("what a package brought is brought again by the package", () => {
    const host = healthyHost()
      .remove("/usr/local/bin/tsv")
      .file("/usr/bin/dpkg", "", { mode: 0o755 });
    const file = { path: "/usr/lib/systemd/system/tsv.service", text: UNIT_TEXT, isPackaged: true };
    host.file(file.path, UNIT_TEXT);
    const finding = only(look(BROKEN_SERVICE, host, { file, manifest: null, restoration: null }));
    assert.deepEqual(finding.repair.commands, ["apt-get install --reinstall tsv"]);
    host.file("/usr/local/bin/tsv", "", { mode: 0o755 }).remove("/etc/tsv/tsv.conf");
    const said = BROKEN_SERVICE.look(
      host.situation(null, { service: { init: "systemd", file, isEnabled: true } }),
      host,
    );
    assert.match(only(said).repair.commands.join("\n"), /force-confmiss/);
  });

  test("what an obstacle keeps from being written is left to a person, with the reason", () => {
    const host = healthyHost().remove("/usr/local/bin/tsv");
    const finding = only(
      look(BROKEN_SERVICE, host, restoration({ obstacles: ["/etc/x is a directory"] })),
    );
    assert.equal(finding.repair.class, "C");
    assert.match(finding.repair.commands.join("\n"), /# \/etc\/x is a directory/);
  });

  for (const [init, path, text] of [
    ["sysv", "/etc/init.d/tsv", "executable='/gone/a b'\nconfig=/etc/tsv/tsv.conf\n"],
    [
      "runit",
      "/etc/sv/tsv/run",
      "#!/bin/sh\nexec '/gone/a b' daemon -n -s -c /etc/tsv/tsv.conf $DAEMON_OPTS\n",
    ],
    [
      "openrc",
      "/etc/init.d/tsv",
      `command_args='-c "$runner" tsv '\\''/gone/a b'\\'' daemon -n -s -c /etc/tsv/tsv.conf $DAEMON_OPTS'\n`,
    ],
  ] as const) {
    test(`a script of ${init} tells what it starts`, () => {
      const host = healthyHost().file(path, text, { mode: 0o755 });
      const service = {
        init,
        file: { path, text, isPackaged: false },
        manifest: null,
        properties: {},
      };
      assert.equal(only(look(BROKEN_SERVICE, host, service)).subject, "/gone/a b");
    });
  }

  test("who may not look below a directory does not call what lies there gone", () => {
    const host = healthyHost();
    host.uid = 1000;
    host.hidden.add("/etc/tsv/tsv.conf").add("/usr/local/bin/tsv");
    assert.deepEqual(
      BROKEN_SERVICE.look(
        host.situation(null, {
          service: { init: "systemd", file: { path: UNIT, text: UNIT_TEXT, isPackaged: false } },
        }),
        host,
      ),
      [],
    );
  });

  test("no init system, no service: nothing is broken", () => {
    assert.deepEqual(look(BROKEN_SERVICE, healthyHost(), { init: null, file: null }), []);
    assert.deepEqual(look(BROKEN_SERVICE, healthyHost(), { file: null, manifest: null }), []);
  });
});
