// BOOT-004 on hosts in memory: file systems that may not be mounted yet at boot.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MOUNT_ORDER } from "../../../../../src/doctor/checks/boot/service-settings.ts";
import { commandsOf, healthyHost, look, only, stepsOf } from "./boot-host.ts";

const TEXT = `[supervisord]
logfile=/var/log/tsv/tsv.log
[program:web]
command=/srv/usb/web --port 80
directory=/srv/usb
stdout_logfile=/srv/usb/log/web.log
`;

function usbHost(options: string | null, type = "ext4"): ReturnType<typeof healthyHost> {
  const host = healthyHost().directory("/srv/usb/log").mount("/srv/usb", { type });
  return options === null
    ? host.file("/etc/fstab", "# nothing\n")
    : host.file(
        "/etc/fstab",
        `UUID=1 / ext4 defaults 0 1\nUUID=2 /srv/usb ${type} ${options} 0 2\n`,
      );
}

describe("BOOT-004", () => {
  for (const word of ["nofail", "defaults,noauto"]) {
    test(`a disk with ${word} is waited for by a drop-in, after a yes`, () => {
      const finding = only(look(MOUNT_ORDER, usbHost(word), {}, { text: TEXT }));
      assert.equal(finding.subject, "/srv/usb");
      assert.equal(finding.repair.class, "B");
      const [, , file] = stepsOf(finding);
      assert.ok(file?.kind === "file");
      assert.match(
        file.path,
        /^\/etc\/systemd\/system\/tsv\.service\.d\/zz-tsv-doctor-mount-srv-usb\.conf$/,
      );
      assert.match(file.text, /^\[Unit\]\nRequiresMountsFor="\/srv\/usb"$/m);
      assert.deepEqual(commandsOf(finding), ["systemctl daemon-reload"]);
    });
  }

  test("a dependency that exists is healthy", () => {
    const properties = { RequiresMountsFor: "/srv/usb/log /run" };
    assert.deepEqual(look(MOUNT_ORDER, usbHost("nofail"), { properties }, { text: TEXT }), []);
  });

  test("an ordinary line of fstab is waited for by systemd itself, also of a network share", () => {
    assert.deepEqual(look(MOUNT_ORDER, usbHost("defaults"), {}, { text: TEXT }), []);
    assert.deepEqual(look(MOUNT_ORDER, usbHost("_netdev", "nfs4"), {}, { text: TEXT }), []);
    assert.deepEqual(
      look(MOUNT_ORDER, usbHost("nofail,x-systemd.automount"), {}, { text: TEXT }),
      [],
    );
  });

  test("a file system that is not mounted at boot must be added to fstab by hand", () => {
    const host = healthyHost()
      .directory("/media/pi/disk")
      .mount("/media/pi/disk", {})
      .file("/etc/fstab", "");
    const text = "[supervisord]\n[program:web]\ncommand=/media/pi/disk/web\n";
    const finding = only(look(MOUNT_ORDER, host, {}, { text }));
    assert.equal(finding.repair.class, "C");
    assert.match(finding.evidence[0] ?? "", /is not in \/etc\/fstab/);
  });

  test("mounts that the system makes for itself are no disks", () => {
    const host = healthyHost()
      .mount("/var/log", { type: "tmpfs" })
      .mount("/srv", {})
      .file("/etc/fstab", "");
    assert.deepEqual(look(MOUNT_ORDER, host, {}, { text: TEXT }), []);
  });

  test("without systemd or without a service there is no order to speak of", () => {
    assert.deepEqual(look(MOUNT_ORDER, usbHost("nofail"), { init: "sysv" }, { text: TEXT }), []);
    assert.deepEqual(look(MOUNT_ORDER, usbHost("nofail"), { file: null }, { text: TEXT }), []);
  });
});
