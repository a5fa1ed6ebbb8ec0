// BOOT-021 on hosts in memory: the configuration of a service is a file of the package that it has replaced.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CONFIG_OF_PACKAGE } from "../../../../../src/doctor/checks/boot/supervisor.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { commandsOf, healthyHost, look, MANIFEST, only, UNIT, UNIT_TEXT } from "./boot-host.ts";

const CONFIG = "/etc/supervisor/supervisord.conf";
const LIST = "/var/lib/dpkg/info/supervisor.list";

function migrated(config = CONFIG) {
  const text = UNIT_TEXT.replace("/etc/tsv/tsv.conf", config);
  return {
    manifest: { ...MANIFEST, config },
    file: { path: UNIT, text, isPackaged: false },
  };
}

function debian(): DoctorHost {
  return healthyHost()
    .file(CONFIG, "[supervisord]\n")
    .file(LIST, `/.\n/etc\n/etc/supervisor\n${CONFIG}\n`);
}

describe("BOOT-021", () => {
  test("a configuration of tsv, or of a Supervisor that pip installed, belongs to no package", () => {
    assert.deepEqual(look(CONFIG_OF_PACKAGE, debian()), []);
    assert.deepEqual(look(CONFIG_OF_PACKAGE, debian().remove(LIST), migrated()), []);
    assert.deepEqual(look(CONFIG_OF_PACKAGE, debian(), migrated("/srv/s.conf")), []);
  });

  test("dpkg gets a diversion of the file, after confirmation", () => {
    const finding = only(look(CONFIG_OF_PACKAGE, debian(), migrated()));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(commandsOf(finding), [
      `dpkg-divert --quiet --local --no-rename --divert ${CONFIG}.of-package --add ${CONFIG}`,
    ]);
  });

  test("a file that is diverted already, by tsv or by another administrator, stays", () => {
    for (const target of [`${CONFIG}.of-package`, `${CONFIG}.debian`]) {
      const host = debian().file(
        "/var/lib/dpkg/diversions",
        `/a\n/b\ndash\n${CONFIG}\n${target}\n:\n`,
      );
      assert.deepEqual(look(CONFIG_OF_PACKAGE, host, migrated()), []);
    }
  });

  test("where rpm would remove it, it is a note with the way around", () => {
    const host = healthyHost()
      .directory("/usr/lib/sysimage/rpm")
      .file("/usr/lib/systemd/system/supervisord.service", "[Service]\n")
      .file("/etc/supervisord.conf", "[supervisord]\n");
    const finding = only(look(CONFIG_OF_PACKAGE, host, migrated("/etc/supervisord.conf")));
    assert.equal(finding.severity, "info");
    assert.equal(finding.repair.class, "C");
    assert.equal(finding.repair.commands.length, 3);
  });
});
