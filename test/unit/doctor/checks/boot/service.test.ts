// Services that cannot start, or that nothing starts at boot, on hosts in memory.

import type { ServiceState } from "../../../../../src/doctor/facts/doctor-facts.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import {
  DAEMON,
  healthyHost,
  installed,
  MANIFEST,
  restoring,
  UNIT,
  UNIT_TEXT,
  writing,
} from "./boot-host.ts";

const MASKED = { isMasked: true, isEnabled: false, file: null };
const RUNIT: Partial<ServiceState> = {
  init: "runit",
  manifest: { ...MANIFEST, init: "runit" },
  file: {
    path: "/etc/sv/tsv/run",
    text: "exec /usr/local/bin/tsv daemon -n -s -c /etc/tsv/tsv.conf\n",
    isPackaged: false,
  },
  isEnabled: false,
  commands: {
    start: ["sv", "up", "tsv"],
    startByHand: ["sv", "up", "tsv"],
    restart: ["sv", "restart", "tsv"],
    enable: [],
    disable: [],
  },
  links: [{ path: "/etc/service/tsv", target: "/etc/sv/tsv" }],
  properties: {},
};
const SYSV: Partial<ServiceState> = {
  init: "sysv",
  manifest: null,
  file: {
    path: "/etc/init.d/tsv",
    text: "executable=/usr/local/bin/tsv\nconfig=/etc/tsv/tsv.conf\n",
    isPackaged: false,
  },
  isEnabled: false,
  commands: {
    start: ["/etc/init.d/tsv", "start"],
    startByHand: ["/etc/init.d/tsv", "start"],
    restart: ["/etc/init.d/tsv", "restart"],
    enable: ["update-rc.d", "tsv", "enable"],
    disable: ["update-rc.d", "tsv", "disable"],
  },
};

function withScript(path: string): DoctorHost {
  return healthyHost().file(path, "", { mode: 0o755 });
}

/** A host without a service of tsv. */
function without(facts: Facts = {}): Facts {
  const nothing = { file: null, manifest: null, commands: null, isEnabled: null };
  return installed({
    on: new DoctorHost(),
    ...facts,
    service: { ...nothing, ...facts.service },
  });
}

rows("BOOT-001", [
  [
    "a mask may be intended",
    installed({ service: MASKED }),
    {
      class: "B",
      steps: [
        "command systemctl unmask tsv.service (undo: systemctl mask tsv.service)",
        "command systemctl enable tsv.service (undo: systemctl disable tsv.service)",
      ],
    },
  ],
  [
    "a mask that replaced tsv's unit",
    installed({ service: { ...MASKED, ...restoring([writing(UNIT, "unit")]) } }),
    { class: "B", writes: { [UNIT]: /^unit$/ } },
  ],
  [
    "a directory in place of the symlink",
    installed({
      on: withScript("/etc/sv/tsv/run").directory("/etc/service/tsv"),
      service: RUNIT,
    }),
    { class: "C", commands: ["ln -sfn /etc/sv/tsv /etc/service/tsv"] },
  ],
  [
    "SysV init",
    installed({ on: withScript("/etc/init.d/tsv"), service: SYSV }),
    { commands: ["update-rc.d tsv enable"] },
  ],
  ["tsv is only a tool", without(), null],
  ["a user's daemon", without({ daemon: { ...DAEMON, uid: 1000 } }), { severity: "info" }],
  ["a Supervisor", without({ daemon: { ...DAEMON, kind: "supervisor" } }), null],
  [
    "an installation without a service",
    without({ service: { manifest: { ...MANIFEST, init: null } } }),
    { severity: "info" },
  ],
  [
    "an unknown state",
    installed({ service: { isEnabled: null } }),
    { unknown: "whether tsv starts at boot" },
  ],
  [
    "a service that cannot start",
    installed({
      on: healthyHost().remove("/usr/local/bin/tsv"),
      service: { isEnabled: false },
    }),
    null,
  ],
  [
    "a user's service with lingering",
    installed({
      on: healthyHost().file("/var/lib/systemd/linger/root"),
      service: { scope: "user" },
    }),
    null,
  ],
]);

const TSV = "/usr/local/bin/tsv";
const CONF = "/etc/tsv/tsv.conf";
const SEARCH = [
  { path: "/etc/supervisord.conf", exists: true },
  { path: CONF, exists: false },
];
const MOVED_UNIT = UNIT_TEXT.replace(TSV, "/opt/tsv/tsv");
const PACKAGED = {
  path: "/usr/lib/systemd/system/tsv.service",
  text: UNIT_TEXT,
  isPackaged: true,
};
/** The installer would write the unit for an executable in /opt. */
const RESTORED = restoring([writing(UNIT, MOVED_UNIT)]);

function unit(text: string): Pick<ServiceState, "file"> {
  return { file: { path: UNIT, text, isPackaged: false } };
}

function options(text: string): DoctorHost {
  return healthyHost().file("/etc/default/tsv", text);
}

function broken(change: (on: DoctorHost) => DoctorHost, service: Partial<ServiceState> = RESTORED) {
  return installed({ on: change(healthyHost()), text: null, service });
}

const INIT_D = "/etc/init.d/tsv";
const INERT = {
  ...{ init: "sysv", manifest: MANIFEST },
  file: {
    path: INIT_D,
    text: "#!/bin/sh\nexecutable=/usr/local/bin/tsv\nconfig=/etc/tsv/tsv.conf\n",
  },
} as const;

/** A script without x bits. @param isOurs whether the manifest has it */
function inert(isOurs: boolean): Facts {
  const entry = { kind: "file", path: INIT_D, sha256: "0", isTheirs: false } as const;
  const entries = isOurs ? [{ ...entry, replaced: null }] : [];
  return installed({
    on: healthyHost().file(INIT_D, INERT.file.text, { mode: 0o644 }),
    service: {
      init: "sysv",
      file: { ...INERT.file, isPackaged: false },
      manifest: { ...MANIFEST, init: "sysv", entries },
    },
  });
}

/** The configuration was moved there. */
function moved(path: string, socket: string): Facts {
  return installed({
    on: healthyHost()
      .remove(CONF)
      .file(path, `[unix_http_server]\nfile=/run/tsv/${socket}\n[supervisord]\n`),
    text: null,
    service: restoring([writing(CONF, "")]),
    config: { search: SEARCH, path: CONF },
  });
}

function scripted(init: "sysv" | "runit" | "openrc", path: string, text: string): Row {
  return [
    `a script of ${init} names its command`,
    installed({
      on: healthyHost().file(path, text, { mode: 0o755 }),
      service: {
        init,
        file: { path, text, isPackaged: false },
        manifest: null,
        properties: {},
      },
    }),
    { subject: "/gone/a b" },
  ];
}

function unreadable(): Facts {
  const on = healthyHost();
  on.uid = 1000;
  on.hidden.add(CONF).add(TSV);
  return { on, service: { init: "systemd", ...unit(UNIT_TEXT) } };
}

const MIGRATED = "/etc/supervisor/supervisord.conf";
const DROP_IN = `${UNIT}.d/tsv-install.conf`;

rows("BOOT-002", [
  ...['DAEMON_OPTS="-e debug"\n', "DAEMON_OPTS=$MORE\n", "A=b\n"].map(
    (text): Row => [`settings ${text.trim()}`, installed({ on: options(text) }), null],
  ),
  [
    "an executable that is a dangling symlink",
    broken((on) => on.remove(TSV).link(TSV, "/gone")),
    { subject: TSV, evidence: /is a symlink to \/gone, which does not exist/ },
  ],
  [
    "an executable without x bits",
    broken((on) => on.file(TSV, "", { mode: 0o644 })),
    { subject: TSV },
  ],
  [
    "noexec may be intended",
    broken((on) => on.mount("/usr/local", { options: ["rw", "noexec"] })),
    { subject: TSV, class: "C", commands: /^mount -o remount,exec \/usr\/local / },
  ],
  [
    "a script without x bits that is not in the manifest",
    inert(false),
    { subject: INIT_D, class: "B", steps: [`own ${INIT_D} 0:0 755`], fixed: true },
  ],
  ["a script without x bits that tsv wrote", inert(true), { class: "A" }],
  [
    "a symlink to an executable",
    broken((on) => on.remove(TSV).link(TSV, "/usr/bin/tsv"), {}),
    null,
  ],
  [
    "another configuration is used after a confirmation",
    broken((on) => on, {
      ...unit(UNIT_TEXT.replace(CONF, "/srv/x.conf")),
      ...restoring([writing(UNIT, MOVED_UNIT)], { config: "/srv/y.conf" }),
    }),
    {
      subject: "/srv/x.conf",
      class: "B",
      commands: ["tsv install --boot --config /srv/y.conf"],
    },
  ],
  [
    "a migrated configuration does not belong to the package of tsv",
    broken(
      (on) =>
        on
          .file(
            DROP_IN,
            `[Service]\nExecStart=\nExecStart=/usr/local/bin/tsv daemon -n -c ${MIGRATED}\n`,
          )
          .file(PACKAGED.path, PACKAGED.text),
      { file: PACKAGED, manifest: { ...MANIFEST, config: MIGRATED, isPackaged: true } },
    ),
    { subject: MIGRATED, commands: ["tsv install --boot --config FILE"] },
  ],
  ...["/etc/supervisord.conf", "/etc/tsv/tsv.conf.bak"].flatMap((path): readonly Row[] => [
    [
      `a configuration that was moved to ${path} is moved back`,
      moved(path, "tsv.sock"),
      { class: "C", commands: [`mv ${path} ${CONF}`, `tsv install --boot --config ${path}`] },
    ],
    [`${path} of another program`, moved(path, "other.sock"), { class: "B" }],
  ]),
  [
    "a new configuration is created after a confirmation",
    broken((on) => on, {
      ...unit(UNIT_TEXT.replace(CONF, "/etc/tsv/old.conf")),
      ...restoring([writing(CONF, "")]),
    }),
    { class: "B" },
  ],
  ["a missing part of the installation", broken((on) => on), { severity: "warning", class: "A" }],
  [
    "a unit that systemd rejects",
    broken((on) => on, {
      properties: { LoadState: "bad-setting", LoadError: "Unit has a bad unit file setting." },
      ...RESTORED,
    }),
    { severity: "error", evidence: /bad-setting/ },
  ],
  [
    "an executable of a package",
    broken(
      (on) =>
        on.remove(TSV).file("/usr/bin/dpkg", "", { mode: 0o755 }).file(PACKAGED.path, UNIT_TEXT),
      { file: PACKAGED, manifest: null, restoration: null },
    ),
    { commands: ["apt-get install --reinstall tsv"] },
  ],
  [
    "a configuration of a package",
    broken(
      (on) =>
        on.remove(CONF).file("/usr/bin/dpkg", "", { mode: 0o755 }).file(PACKAGED.path, UNIT_TEXT),
      { file: PACKAGED, manifest: null, restoration: null },
    ),
    { commands: /force-confmiss/ },
  ],
  [
    "a file that cannot be written",
    broken(
      (on) => on.remove(TSV),
      restoring([writing(UNIT, MOVED_UNIT)], { pathProblems: ["/etc/x is a directory"] }),
    ),
    { class: "C", commands: /# \/etc\/x is a directory/ },
  ],
  scripted("sysv", INIT_D, "executable='/gone/a b'\nconfig=/etc/tsv/tsv.conf\n"),
  scripted(
    "runit",
    "/etc/sv/tsv/run",
    "#!/bin/sh\nexec '/gone/a b' daemon -n -s -c /etc/tsv/tsv.conf $DAEMON_OPTS\n",
  ),
  scripted(
    "openrc",
    INIT_D,
    `command_args='-c "$runner" tsv '\\''/gone/a b'\\'' daemon -n -s -c /etc/tsv/tsv.conf $DAEMON_OPTS'\n`,
  ),
  ["files below an unreadable directory", unreadable(), null],
  ["no init system", broken((on) => on, { init: null, file: null }), null],
]);
