// Checks of boards such as the Raspberry Pi, on hosts in memory.

import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { type Row, rows } from "./rows.ts";

const PI = { host: { machine: "aarch64", board: "Raspberry Pi 4 Model B Rev 1.4" } };

function throttled(value: string): DoctorHost {
  return new DoctorHost().file("/sys/devices/platform/soc/soc:firmware/get_throttled", value);
}

function bit(value: string, severity: "warning" | "info", subject: string, says: string): Row {
  return [says, { on: throttled(`${value}\n`), ...PI }, { severity, subject }];
}

function firmware(output: string): DoctorHost {
  const on = new DoctorHost();
  on.answers.set("vcgencmd get_throttled", { status: 0, output });
  return on;
}

function voltageDriver(alarm: string): DoctorHost {
  return new DoctorHost()
    .file("/sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    .file("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm);
}

rows("BOOT-017", [
  bit("1", "warning", "voltage", "under-voltage now"),
  bit("2", "warning", "speed", "processor frequency capped now"),
  bit("4", "warning", "speed", "throttled now"),
  bit("8", "warning", "temperature", "soft temperature limit active now"),
  bit("10000", "warning", "voltage", "under-voltage since boot"),
  bit("20000", "info", "speed", "processor frequency was capped since boot"),
  bit("40000", "info", "speed", "was throttled since boot"),
  bit("80000", "info", "temperature", "soft temperature limit was active since boot"),
  ["no bit is set", { on: throttled("0"), ...PI }, null],
  ["it is no Raspberry Pi", { on: throttled("1") }, null],
  [
    "the firmware's tool reports it if the kernel does not",
    { on: firmware("throttled=0x50000"), ...PI },
    { subject: "voltage" },
  ],
  [
    "the driver for the voltage knows one bit",
    { on: voltageDriver("1\n"), ...PI },
    { evidence: /under-voltage since boot/ },
  ],
  [
    "a board without readings is not reported as healthy",
    PI,
    { unknown: "whether the board is throttled (no get_throttled here)" },
  ],
]);

const FSTAB = "PARTUUID=1-02 / ext4 defaults,noatime 0 1\n";
const QUIET = "[    1.0] mmc0: new high speed SDHC card at address aaaa";

function card(output = QUIET, status = 0): DoctorHost {
  const on = new DoctorHost().directory("/sys/block/mmcblk0/device").file("/etc/fstab", FSTAB);
  on.answers.set("dmesg", { status, output });
  return on;
}

function readOnly(on: DoctorHost): DoctorHost {
  for (const root of on.mounts.splice(0, 1)) on.mounts.push({ ...root, options: ["ro"] });
  return on;
}

function unprivileged(on: DoctorHost): DoctorHost {
  on.uid = 1000;
  return on;
}

function worn(life: string, reserve: string, severity: "warning" | "error" | null): Row {
  const on = card()
    .file("/sys/block/mmcblk0/device/life_time", `${life}\n`)
    .file("/sys/block/mmcblk0/device/pre_eol_info", `${reserve}\n`);
  return [`life_time ${life}, pre_eol_info ${reserve}`, { on }, severity && { severity }];
}

function logged(line: string): Row {
  const evidence = ["1 lines in the kernel log", line];
  return [line, { on: card(`${QUIET}\n${line}`) }, { severity: "warning", evidence }];
}

rows("PI-001", [
  ["a card without errors", { on: card() }, null],
  [
    "a root that is read-only on purpose",
    { on: readOnly(card()).file("/etc/fstab", FSTAB.replace("defaults", "ro")) },
    null,
  ],
  worn("0x01 0x02", "0x01", null),
  worn("0x08 0x01", "0x00", null),
  worn("0x09 0x01", "0x01", "warning"),
  worn("0x01 0x01", "0x02", "warning"),
  worn("0x0b 0x01", "0x01", "error"),
  worn("0x01 0x01", "0x03", "error"),
  worn("", "", null),
  logged("[ 12.3] mmc0: error -110 whilst initialising SD card"),
  logged("[ 12.3] blk_update_request: I/O error, dev mmcblk0, sector 12345"),
  logged("[ 12.3] EXT4-fs error (device mmcblk0p2): ext4_find_entry:1455: inode #2"),
  logged("[ 12.3] mmcblk0: error -84 transferring data, sector 1"),
  [
    "a user who cannot read the kernel log",
    { on: unprivileged(card("dmesg: Operation not permitted", 1)) },
    { unknown: "errors of the memory card in the kernel log (needs root)" },
  ],
]);
