// PI-001 on boards in memory: cards that fail.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SD_CARD } from "../../../../../src/doctor/checks/board/pi-001-sd-card.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "../boot/boot-host.ts";

const QUIET = { status: 0, output: "[    1.0] mmc0: new high speed SDHC card at address aaaa" };
const FSTAB = "PARTUUID=1-02 / ext4 defaults,noatime 0 1\n";

function board(dmesg: { status: number | null; output: string } = QUIET): DoctorHost {
  const host = new DoctorHost().directory("/sys/block/mmcblk0/device").file("/etc/fstab", FSTAB);
  host.answers.set("dmesg", dmesg);
  return host;
}

describe("PI-001", () => {
  test("a card without errors is fine, and a machine without a card has none", () => {
    assert.deepEqual(look(SD_CARD, board()), []);
    const server = new DoctorHost().directory("/sys/block/sda");
    assert.deepEqual(look(SD_CARD, server), []);
  });

  test("a root that the kernel made read-only is an error of the card", () => {
    const host = board();
    host.mounts.splice(0, 1, { ...board().mounts[0], options: ["ro", "noatime"] } as never);
    const finding = only(look(SD_CARD, host));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "C");
    host.file("/etc/fstab", FSTAB.replace("defaults", "ro"));
    assert.deepEqual(look(SD_CARD, host), []);
  });

  for (const [life, reserve, severity] of [
    ["0x01 0x02", "0x01", null],
    ["0x08 0x01", "0x00", null],
    ["0x09 0x01", "0x01", "warning"],
    ["0x01 0x01", "0x02", "warning"],
    ["0x0b 0x01", "0x01", "error"],
    ["0x01 0x01", "0x03", "error"],
    ["", "", null],
  ] as const) {
    test(`eMMC that says "${life}" and "${reserve}" of its age: ${severity ?? "nothing"}`, () => {
      const host = board()
        .file("/sys/block/mmcblk0/device/life_time", `${life}\n`)
        .file("/sys/block/mmcblk0/device/pre_eol_info", `${reserve}\n`);
      const said = look(SD_CARD, host);
      assert.equal(severity === null ? said.length : only(said).severity, severity ?? 0);
    });
  }

  test("errors in the kernel's log are counted and shown", () => {
    for (const line of [
      "[ 12.3] mmc0: error -110 whilst initialising SD card",
      "[ 12.3] blk_update_request: I/O error, dev mmcblk0, sector 12345",
      "[ 12.3] EXT4-fs error (device mmcblk0p2): ext4_find_entry:1455: inode #2",
      "[ 12.3] mmcblk0: error -84 transferring data, sector 1",
    ]) {
      const finding = only(look(SD_CARD, board({ status: 0, output: `${QUIET.output}\n${line}` })));
      assert.equal(finding.severity, "warning");
      assert.deepEqual(finding.evidence, ["1 lines in the kernel log", line]);
    }
  });

  test("a caller who cannot read the kernel's log reports that", () => {
    const host = board({
      status: 1,
      output: "dmesg: read kernel buffer failed: Operation not permitted",
    });
    host.uid = 1000;
    const [said] = look(SD_CARD, host);
    assert.ok(said !== undefined && "unseen" in said);
  });
});
