// Faults of boards such as the Raspberry Pi: cards, power, clocks and heat.

import { elf } from "../checks/programs/rig.ts";
import { type Fault, fault } from "./fault.ts";
import type { World } from "./world.ts";

const ROOT_LINE = "PARTUUID=1-02 / ext4 defaults,noatime 0 1\n";
const THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled";

/** A Raspberry Pi that is well: power, card, clock and heat. */
function pi(world: World): void {
  const { host } = world;
  world.set({ host: { machine: "aarch64", board: "Raspberry Pi 4 Model B Rev 1.4" } });
  for (const name of ["sh", "bash", "env", "python3", "sleep", "nginx", "php", "tsv"]) {
    host.file(`/usr/bin/${name}`, "#!/lib/run\n", { mode: 0o755 });
  }
  host
    .bytes("/lib/run", elf(183, 64), { mode: 0o755 })
    .file("/usr/local/bin/tsv", "#!/lib/run\n", { mode: 0o755 });
  host
    .directory("/sys/block/mmcblk0/device")
    .file("/etc/fstab", ROOT_LINE)
    .file(THROTTLED, "0\n")
    .file("/sys/class/thermal/thermal_zone0/temp", "48000\n")
    .file("/proc/meminfo", "MemTotal: 3900000 kB\nMemAvailable: 2000000 kB\nSwapTotal: 100000 kB\n")
    .run(300, ["/usr/lib/systemd/systemd-timesyncd"], { name: "systemd-timesyn" });
  host.answers.set("dmesg", { status: 0, output: "[    1.0] mmc0: new high speed SDHC card\n" });
}

export const BOARD_FAULTS: readonly Fault[] = [
  fault(
    "BOOT-017",
    "the power supply is too weak",
    "person",
    ({ host }) => host.file(THROTTLED, "50005\n"),
    { like: pi },
  ),
  fault(
    "BOOT-017",
    "the processor was slowed down since the boot",
    "person",
    ({ host }) => host.file(THROTTLED, "40000\n"),
    { like: pi, severity: "info" },
  ),
  fault(
    "PI-001",
    "the kernel tells of errors of the card",
    "person",
    ({ host }) =>
      host.answers.set("dmesg", {
        status: 0,
        output: "[ 12.3] blk_update_request: I/O error, dev mmcblk0, sector 12345",
      }),
    { like: pi },
  ),
  fault(
    "PI-001",
    "the kernel has made a failing card read-only",
    "person",
    ({ host }) => {
      const [root] = host.mounts;
      if (root !== undefined) host.mounts.splice(0, 1, { ...root, options: ["ro", "noatime"] });
    },
    { like: pi, also: { "LOG-011": "logs cannot be written there any more" } },
  ),
];
