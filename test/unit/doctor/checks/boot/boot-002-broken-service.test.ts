// BOOT-002 on hosts in memory: services whose executable, configuration or own file is gone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BROKEN_SERVICE } from "../../../../../src/doctor/checks/boot/broken-service.ts";
import type { ServiceRestoration } from "../../../../../src/doctor/facts/situation.ts";
import type { PlannedStep } from "../../../../../src/install/plan/steps.ts";
import { bareSteps } from "../../../../fakes/doctor-repairs.ts";
import { HEALTHY, healthyHost, look, MANIFEST, only, UNIT, UNIT_TEXT } from "./boot-host.ts";

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
  test("a service whose executable and configuration exist is not broken", () => {
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

  test("for a moved executable, the unit is rewritten by the installer's plan", () => {
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

  test("a script without x bits gets them, but a unit file does not", () => {
    const path = "/etc/init.d/tsv";
    const text = "executable=/usr/local/bin/tsv\nconfig=/etc/tsv/tsv.conf\n";
    const service = { init: "sysv", file: { path, text, isPackaged: false } } as const;
    const host = healthyHost().file(path, text, { mode: 0o644 });
    const finding = only(look(BROKEN_SERVICE, host, service));
    assert.equal(finding.subject, path);
    assert.match(finding.cause, /is not executable/);
    assert.deepEqual(finding.repair.commands, ["chmod 0755 /etc/init.d/tsv"]);
    assert.deepEqual(bareSteps(finding), [{ kind: "own", path, uid: 0, gid: 0, mode: 0o755 }]);
    assert.equal(finding.repair.class, "B", "it is not in the record");
    const entries = [{ kind: "file", path, sha256: "0", isTheirs: false, replaced: null }] as const;
    const manifest = { ...MANIFEST, init: "sysv", entries } as const;
    const ours = look(BROKEN_SERVICE, host, { ...service, manifest });
    assert.equal(only(ours).repair.class, "A");
    host.file(path, text, { mode: 0o755 });
    assert.deepEqual(look(BROKEN_SERVICE, host, service), []);
  });

  test("a mount with noexec may be intended: it is left to be fixed by hand", () => {
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

  test("an edited file is replaced after confirmation", () => {
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

  test("a migrated configuration that is gone: the file that names it, and not the package of tsv", () => {
    const dropIn = "/etc/systemd/system/tsv.service.d/tsv-install.conf";
    const config = "/etc/supervisor/supervisord.conf";
    const host = healthyHost().file(
      dropIn,
      `[Service]\nExecStart=\nExecStart=/usr/local/bin/tsv daemon -n -c ${config}\n`,
    );
    const file = { path: "/usr/lib/systemd/system/tsv.service", text: UNIT_TEXT, isPackaged: true };
    host.file(file.path, file.text);
    const manifest = { ...MANIFEST, config, isPackaged: true };
    const finding = only(look(BROKEN_SERVICE, host, { file, manifest }));
    assert.equal(finding.subject, config);
    assert.ok(finding.evidence.includes(`named by ${dropIn}`), finding.evidence.join());
    assert.match(
      finding.repair.advice,
      /^Restore \/etc\/supervisor\/supervisord\.conf from a backup/,
    );
    assert.deepEqual(finding.repair.commands, ["tsv install --boot --config FILE"]);
  });

  test("a moved configuration is moved back, not replaced by a new one", () => {
    const text = "[unix_http_server]\nfile=/run/tsv/tsv.sock\n[supervisord]\n";
    const steps = [writing("/etc/tsv/tsv.conf", "")];
    const search = [
      { path: "/etc/supervisord.conf", exists: true },
      { path: "/etc/tsv/tsv.conf", exists: false },
    ];
    for (const moved of ["/etc/supervisord.conf", "/etc/tsv/tsv.conf.bak"]) {
      const host = healthyHost().remove("/etc/tsv/tsv.conf").file(moved, text);
      const situation = host.situation(null, {
        service: { ...HEALTHY, ...restoration({ steps }) },
        config: { search, path: "/etc/tsv/tsv.conf" },
      });
      const [finding] = BROKEN_SERVICE.look(situation, host);
      assert.ok(finding !== undefined && "repair" in finding);
      assert.deepEqual(finding.repair, {
        class: "C",
        advice: `Move ${moved} back, or run the service with it: it names the same socket`,
        commands: [`mv ${moved} /etc/tsv/tsv.conf`, `tsv install --boot --config ${moved}`],
        steps: [],
      });
      // Debian's own file, for example.
      host.file(moved, text.replace("tsv.sock", "other.sock"));
      const [other] = BROKEN_SERVICE.look(situation, host);
      assert.ok(other !== undefined && "repair" in other && other.repair.class === "B");
    }
  });

  test("a new configuration is created after confirmation", () => {
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

  test("a unit that systemd does not accept is rewritten", () => {
    const properties = { LoadState: "bad-setting", LoadError: "Unit has a bad unit file setting." };
    const finding = only(look(BROKEN_SERVICE, healthyHost(), { properties, ...restoration() }));
    assert.match(finding.evidence.join("\n"), /bad-setting/);
  });

  test("a drop-in with another value is to be fixed by its author", () => {
    const dropIn = "/etc/systemd/system/tsv.service.d/own.conf";
    const host = healthyHost().file(
      dropIn,
      "[Service]\nExecStart=\nExecStart=/srv/tsv daemon -n\n",
    );
    const finding = only(look(BROKEN_SERVICE, host, { properties: { DropInPaths: dropIn } }));
    assert.equal(finding.subject, "/srv/tsv");
    assert.equal(finding.repair.class, "C");
  });

  test("files of a package are restored by the package", () => {
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

  test("a file that cannot be written is left to be fixed by hand, with the reason", () => {
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
    test(`a script of ${init} names the command that it starts`, () => {
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

  test("files below an unreadable directory are not reported as missing", () => {
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
