// Faults of the service and of its host: failures to start at boot, and early ends.

import { MANIFEST, UNIT, UNIT_TEXT } from "../checks/boot/boot-host.ts";
import { elf } from "../checks/programs/rig.ts";
import { LIMIT_FAULTS } from "./boot-limits.ts";
import { SURROUNDING_FAULTS } from "./boot-surroundings.ts";
import { type Fault, fault, NOT_RUNNING, rewriting, whenRun } from "./fault.ts";
import { CONF, EXECUTABLE } from "./healthy.ts";
import type { World } from "./world.ts";

function isRunit(world: World): void {
  const path = "/etc/sv/tsv/run";
  const text = `#!/bin/sh\nexec ${EXECUTABLE} daemon -n -s -c ${CONF}\n`;
  world.host.file(path, text, { mode: 0o755 }).link("/etc/service/tsv", "/etc/sv/tsv");
  world.service({
    init: "runit",
    manifest: { ...MANIFEST, init: "runit" },
    file: { path, text, isPackaged: false },
    properties: {},
    commands: {
      start: ["sv", "up", "tsv"],
      startByHand: ["sv", "up", "tsv"],
      restart: ["sv", "restart", "tsv"],
      enable: [],
      disable: [],
    },
    links: [{ path: "/etc/service/tsv", target: "/etc/sv/tsv" }],
  });
}

const DEPENDENCY_TREE = "/run/openrc/deptree";

function isOpenrc(world: World): void {
  const path = "/etc/init.d/tsv";
  const text = `#!/sbin/openrc-run\ncommand=${EXECUTABLE}\ncommand_args="daemon -n -s -c ${CONF}"\n`;
  world.host
    .file(path, text, { mode: 0o755 })
    .file(DEPENDENCY_TREE, "depinfo_0_service='tsv'\n")
    .link("/etc/runlevels/default/tsv", path);
  world.service({
    init: "openrc",
    manifest: { ...MANIFEST, init: "openrc" },
    file: { path, text, isPackaged: false },
    properties: {},
    commands: {
      start: ["rc-service", "tsv", "restart"],
      startByHand: ["rc-service", "tsv", "restart"],
      restart: ["rc-service", "tsv", "restart"],
      enable: ["rc-update", "add", "tsv", "default"],
      disable: ["rc-update", "del", "tsv", "default"],
    },
    links: [{ path: "/etc/runlevels/default/tsv", target: path }],
  });
}

const START_FAULTS: readonly Fault[] = [
  fault("BOOT-001", "the unit is disabled", "A", (world) => world.service({ isEnabled: false }), {
    after: whenRun("enable", (world) => world.service({ isEnabled: true })),
  }),
  fault(
    "BOOT-001",
    "the service is masked until the next boot",
    "B",
    (world) => {
      world.service({ isEnabled: false, isMasked: true });
      world.properties({ UnitFileState: "masked-runtime" });
    },
    {
      after: (world, step) => {
        if (step.kind !== "command") return;
        if (step.argv.includes("unmask")) world.service({ isMasked: false });
        if (step.argv.includes("enable")) {
          world.service({ isEnabled: true }).properties({ UnitFileState: "enabled" });
        }
      },
    },
  ),
  fault(
    "BOOT-001",
    "somebody removed the link by which runit starts the service",
    "A",
    (world) => world.service({ isEnabled: false }).host.remove("/etc/service/tsv"),
    { like: isRunit },
  ),
  fault(
    "BOOT-001",
    "the user of a user's service does not linger",
    "B",
    ({ host }) => host.remove("/var/lib/systemd/linger/root"),
    {
      like: (world) => {
        world.service({ scope: "user" });
        world.host.file("/var/lib/systemd/linger/root");
      },
      after: whenRun("enable-linger", ({ host }) => host.file("/var/lib/systemd/linger/root")),
    },
  ),
  fault(
    "BOOT-001",
    "root has started the daemon by hand, and no service is there",
    "person",
    (world) =>
      world.service({
        file: null,
        manifest: null,
        commands: null,
        restoration: null,
        isEnabled: false,
      }),
  ),
  fault(
    "BOOT-002",
    "the settings hold an option that the daemon does not know, and the service fails",
    "person",
    (world) =>
      world
        .down()
        .properties({ ActiveState: "failed" })
        .host.file("/etc/default/tsv", "DAEMON_OPTS=--loglevl=debug\n"),
    { also: NOT_RUNNING },
  ),
  fault(
    "BOOT-002",
    "the executable was moved, and tsv install knows its new place",
    "A",
    (world) => {
      const text = UNIT_TEXT.replace(EXECUTABLE, "/opt/tsv/tsv");
      world.host.remove(EXECUTABLE).bytes("/opt/tsv/tsv", elf(62, 64), { mode: 0o755 });
      world.installed = rewriting(text);
    },
  ),
  fault("BOOT-002", "somebody edited the unit so that it names nothing", "B", (world) => {
    const text = UNIT_TEXT.replace(EXECUTABLE, "/srv/gone/tsv");
    world.host.file(UNIT, text);
    world.installed = rewriting(UNIT_TEXT, { path: UNIT, text });
  }),
  fault("BOOT-002", "the unit was removed", "A", (world) => {
    world.host.remove(UNIT);
    world.installed = rewriting(UNIT_TEXT);
  }),
  fault("BOOT-002", "a drop-in of somebody names what is not there", "person", (world) => {
    const path = `${UNIT}.d/own.conf`;
    world.host.file(path, "[Service]\nExecStart=\nExecStart=/srv/tsv daemon -n\n");
    world.properties({ DropInPaths: path });
  }),
  fault(
    "BOOT-003",
    "the unit has changed, and systemd was not told",
    "A",
    (world) => world.service({ needsReload: true }),
    { after: whenRun("daemon-reload", (world) => world.service({ needsReload: false })) },
  ),
  fault(
    "BOOT-020",
    "OpenRC takes a service for stopped whose supervise-daemon runs",
    "person",
    (world) => {
      world.service({ isActive: false }).host.file("/run/supervise-tsv.pid", "300\n");
      world.host.run(300, ["supervise-daemon", "tsv"], { name: "supervise-daemo" });
    },
    { like: isOpenrc },
  ),
  fault(
    "BOOT-022",
    "the clock was set back before the script was written",
    "A",
    (world) => world.host.file(DEPENDENCY_TREE, "depinfo_0_service='cron'\n"),
    {
      like: isOpenrc,
      after: whenRun("--update", (world) =>
        world.host.file(DEPENDENCY_TREE, "depinfo_0_service='cron'\ndepinfo_1_service='tsv'\n"),
      ),
    },
  ),
  fault(
    "BOOT-004",
    "the program lies on a disk that no boot waits for",
    "B",
    (world) => {
      world.host
        .bytes("/srv/usb/web", elf(62, 64), { mode: 0o755 })
        .mount("/srv/usb", {})
        .file(
          "/etc/fstab",
          "UUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /srv/usb ext4 nofail 0 2\n",
        );
      world.program("command=/srv/usb/web");
    },
    {
      after: whenRun("daemon-reload", (world) =>
        world.properties({ RequiresMountsFor: "/srv/usb" }),
      ),
    },
  ),
  fault("BOOT-004", "the program lies on a disk that nobody mounts at boot", "person", (world) => {
    world.host
      .bytes("/media/pi/disk/web", elf(62, 64), { mode: 0o755 })
      .mount("/media/pi/disk", {});
    world.program("command=/media/pi/disk/web");
  }),
];

export const BOOT_FAULTS: readonly Fault[] = [
  ...START_FAULTS,
  ...LIMIT_FAULTS,
  ...SURROUNDING_FAULTS,
];
