// Faults of the service and of its host: failures to start at boot, and early ends.

import { MANIFEST, UNIT, UNIT_TEXT } from "../checks/boot/boot-host.ts";
import { elf } from "../checks/programs/rig.ts";
import { LIMIT_FAULTS } from "./boot-limits.ts";
import { SURROUNDING_FAULTS } from "./boot-surroundings.ts";
import { type Fault, NOT_RUNNING, rewriting, whenRun } from "./fault.ts";
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
      start: ["rc-service", "tsv", "start"],
      startByHand: ["rc-service", "tsv", "start"],
      restart: ["rc-service", "tsv", "restart"],
      enable: ["rc-update", "add", "tsv", "default"],
      disable: ["rc-update", "del", "tsv", "default"],
    },
    links: [{ path: "/etc/runlevels/default/tsv", target: path }],
  });
}

const START_FAULTS: readonly Fault[] = [
  {
    code: "BOOT-001",
    what: "the unit is disabled",
    breaks: (world) => void world.service({ isEnabled: false }),
    after: whenRun("enable", (world) => world.service({ isEnabled: true })),
    fixes: "A",
  },
  {
    code: "BOOT-001",
    what: "the service is masked until the next boot",
    breaks: (world) => {
      world.service({ isEnabled: false, isMasked: true });
      world.properties({ UnitFileState: "masked-runtime" });
    },
    after: (world, step) => {
      if (step.kind !== "command") return;
      if (step.argv.includes("unmask")) world.service({ isMasked: false });
      if (step.argv.includes("enable")) {
        world.service({ isEnabled: true }).properties({ UnitFileState: "enabled" });
      }
    },
    fixes: "B",
  },
  {
    code: "BOOT-001",
    what: "somebody removed the link by which runit starts the service",
    like: isRunit,
    breaks: (world) => void world.service({ isEnabled: false }).host.remove("/etc/service/tsv"),
    fixes: "A",
  },
  {
    code: "BOOT-001",
    what: "the user of a user's service does not linger",
    like: (world) => {
      world.service({ scope: "user" });
      world.host.file("/var/lib/systemd/linger/root");
    },
    breaks: ({ host }) => void host.remove("/var/lib/systemd/linger/root"),
    after: whenRun("enable-linger", ({ host }) => host.file("/var/lib/systemd/linger/root")),
    fixes: "B",
  },
  {
    code: "BOOT-001",
    what: "a user's service is disabled, and its user does not linger",
    like: (world) => {
      world.service({ scope: "user" });
      world.host.file("/var/lib/systemd/linger/root");
    },
    breaks: (world) => {
      world.service({ isEnabled: false }).host.remove("/var/lib/systemd/linger/root");
    },
    after: (world, step) => {
      if (step.kind !== "command") return;
      if (step.argv.includes("enable-linger")) world.host.file("/var/lib/systemd/linger/root");
      if (step.argv.includes("enable")) world.service({ isEnabled: true });
    },
    fixes: "A",
  },
  {
    code: "BOOT-001",
    what: "root has started the daemon by hand, and no service is there",
    breaks: (world) =>
      void world.service({
        file: null,
        manifest: null,
        commands: null,
        restoration: null,
        isEnabled: false,
      }),
    fixes: "person",
  },
  {
    code: "BOOT-002",
    what: "the settings hold an option that the daemon does not know, and the service fails",
    breaks: (world) =>
      void world
        .down()
        .properties({ ActiveState: "failed" })
        .host.file("/etc/default/tsv", "DAEMON_OPTS=--loglevl=debug\n"),
    fixes: "person",
    also: NOT_RUNNING,
  },
  {
    code: "BOOT-002",
    what: "the executable was moved, and tsv install knows its new place",
    breaks: (world) => {
      const text = UNIT_TEXT.replace(EXECUTABLE, "/opt/tsv/tsv");
      world.host.remove(EXECUTABLE).bytes("/opt/tsv/tsv", elf(62, 64), { mode: 0o755 });
      world.installed = rewriting(text);
    },
    fixes: "A",
  },
  {
    code: "BOOT-002",
    what: "somebody edited the unit so that it names nothing",
    breaks: (world) => {
      const text = UNIT_TEXT.replace(EXECUTABLE, "/srv/gone/tsv");
      world.host.file(UNIT, text);
      world.installed = rewriting(UNIT_TEXT, { path: UNIT, text });
    },
    fixes: "B",
  },
  {
    code: "BOOT-002",
    what: "the unit was removed",
    breaks: (world) => {
      world.host.remove(UNIT);
      world.installed = rewriting(UNIT_TEXT);
    },
    fixes: "A",
  },
  {
    code: "BOOT-002",
    what: "a drop-in of somebody names what is not there",
    breaks: (world) => {
      const path = `${UNIT}.d/own.conf`;
      world.host.file(path, "[Service]\nExecStart=\nExecStart=/srv/tsv daemon -n\n");
      world.properties({ DropInPaths: path });
    },
    fixes: "person",
  },
  {
    code: "BOOT-003",
    what: "the unit has changed, and systemd was not told",
    breaks: (world) => void world.service({ needsReload: true }),
    after: whenRun("daemon-reload", (world) => world.service({ needsReload: false })),
    fixes: "A",
  },
  {
    code: "BOOT-003",
    what: "systemd does not know the unit that is there",
    breaks: (world) => void world.properties({ LoadState: "not-found" }),
    after: whenRun("daemon-reload", (world) => world.properties({ LoadState: "loaded" })),
    fixes: "A",
  },
  {
    code: "BOOT-022",
    what: "the clock was set back before the script was written",
    like: isOpenrc,
    breaks: (world) => void world.host.file(DEPENDENCY_TREE, "depinfo_0_service='cron'\n"),
    after: whenRun("--update", (world) =>
      world.host.file(DEPENDENCY_TREE, "depinfo_0_service='cron'\ndepinfo_1_service='tsv'\n"),
    ),
    fixes: "A",
  },
  {
    code: "BOOT-004",
    what: "the program lies on a disk that no boot waits for",
    breaks: (world) => {
      world.host
        .bytes("/srv/usb/web", elf(62, 64), { mode: 0o755 })
        .mount("/srv/usb", {})
        .file(
          "/etc/fstab",
          "UUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /srv/usb ext4 nofail 0 2\n",
        );
      world.program("command=/srv/usb/web");
    },
    after: whenRun("daemon-reload", (world) => world.properties({ RequiresMountsFor: "/srv/usb" })),
    fixes: "B",
  },
  {
    code: "BOOT-004",
    what: "the program lies on a disk that nobody mounts at boot",
    breaks: (world) => {
      world.host
        .bytes("/media/pi/disk/web", elf(62, 64), { mode: 0o755 })
        .mount("/media/pi/disk", {});
      world.program("command=/media/pi/disk/web");
    },
    fixes: "person",
  },
];

export const BOOT_FAULTS: readonly Fault[] = [
  ...START_FAULTS,
  ...LIMIT_FAULTS,
  ...SURROUNDING_FAULTS,
];
