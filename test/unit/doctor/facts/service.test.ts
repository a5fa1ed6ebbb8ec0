// Commands of services, read from the installer's files for each init system, and from other files.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServiceState } from "../../../../src/doctor/facts/doctor-facts.ts";
import {
  readSandbox,
  serviceCommand,
  spanSeconds,
  unitSetting,
  unitTexts,
} from "../../../../src/doctor/facts/service.ts";
import { dropIn } from "../../../../src/doctor/repairs/fix.ts";
import { createAssets } from "../../../../src/host/files/assets.ts";
import {
  INIT_NAMES,
  INIT_SYSTEMS,
  type InitName,
} from "../../../../src/install/services/registry.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const PATH = "/etc/systemd/system/tsv.service";

function commandOf(init: InitName, text: string, host = new DoctorHost()) {
  const file = { path: PATH, text, isPackaged: false };
  return serviceCommand({ ...host.facts().service, init, file }, host);
}

/** The unit or script as the installer writes it. */
function written(init: InitName, executable: string, config: string): string {
  const { layout } = new DoctorHost().facts().service;
  const assets = createAssets();
  const description = {
    name: "tsv",
    scope: "system",
    executable,
    config,
    layout,
    stopTimeoutSeconds: 90,
    openFiles: 1024,
    group: "tsv",
    waitOnline: false,
    isPackaged: false,
    facts: {
      isImage: false,
      registration: null,
      isRegistered: false,
      scanDirectories: ["/etc/service"],
      user: { uid: 0, home: "/root" },
      lingered: false,
    },
  } as const;
  const { files } = INIT_SYSTEMS[init].service(description, (name) =>
    assets.read(`initscripts/${name}`),
  );
  const isMain = (path: string): boolean => /\.service$|init\.d|\/run$|\.plist$/.test(path);
  return files.find(({ path }) => isMain(path))?.text ?? "";
}

describe("serviceCommand", () => {
  for (const init of INIT_NAMES.filter((one) => one !== "launchd")) {
    test(`reads what the installer writes for ${init}`, () => {
      const plain = { executable: "/usr/local/bin/tsv", config: "/etc/tsv/tsv.conf" };
      assert.deepEqual(commandOf(init, written(init, plain.executable, plain.config)), plain);
      const odd = { executable: "/opt/my tools/100%/tsv", config: "/srv/it's $HOME/100%/x.conf" };
      assert.deepEqual(commandOf(init, written(init, odd.executable, odd.config)), odd);
    });
  }

  test("a drop-in that starts something else counts, and prefixes are no part of the path", () => {
    const host = new DoctorHost().file(
      "/etc/systemd/system/tsv.service.d/own.conf",
      "[Service]\nExecStart=\nExecStart=-/srv/tsv daemon -n\n",
    );
    assert.deepEqual(commandOf("systemd", "[Service]\nExecStart=/a daemon\n", host), {
      executable: "/srv/tsv",
      config: null,
    });
  });

  test("the settings of a package's script come after it", () => {
    const host = new DoctorHost().file("/etc/tsv/boot.env", "config='/srv/a b.conf'\n");
    const text = "executable=/usr/bin/tsv\nconfig=/etc/tsv/tsv.conf\n";
    assert.equal(commandOf("sysv", text, host)?.config, "/srv/a b.conf");
  });

  test("unreadable facts are not guessed", () => {
    assert.equal(commandOf("systemd", "[Service]\nExecStart=/usr/%i/tsv daemon\n"), null);
    assert.equal(commandOf("systemd", "[Service]\nType=oneshot\n"), null);
    const instance = commandOf(
      "systemd",
      "[Service]\nExecStart=/usr/bin/tsv daemon -c /etc/%i.conf\n",
    );
    assert.deepEqual(instance, { executable: "/usr/bin/tsv", config: null });
    assert.equal(
      commandOf("sysv", 'executable=$(command -v tsv)\n. /etc/x\nexec "$executable" daemon -n\n'),
      null,
    );
    assert.equal(commandOf("runit", "exec chpst -u pi env PATH=/x tsv daemon\n"), null);
  });
});

// Units with their drop-ins: effective settings, time spans, and drop-ins that are written last.

const UNIT = "/etc/systemd/system/tsv.service";
const DROP_INS = `${UNIT}.d`;

function service(host: DoctorHost, parts: Partial<ServiceState> = {}): ServiceState {
  const text = host.readText(UNIT) ?? "";
  const file = { path: UNIT, text, isPackaged: false };
  return { ...host.facts().service, file, ...parts };
}

describe("unitSetting", () => {
  const read = (...texts: readonly string[]) =>
    unitSetting(
      texts.map((text, index) => ({ path: `/${index}`, text })),
      "Service",
      "ExecStart",
    );

  test("the last file with a setting counts", () => {
    const found = read(
      "[Service]\nExecStart=/a\n",
      "[Service]\nExecStart = /b c \n",
      "[Unit]\nExecStart=/d\n",
    );
    assert.deepEqual(found, { value: "/b c", path: "/1" });
  });

  test("an empty value resets earlier ones", () => {
    assert.equal(read("[Service]\nExecStart=/a\nExecStart=\n"), null);
    assert.equal(
      read("[Service]\nExecStart=/a\n", "[Service]\nExecStart=\nExecStart=/b\n")?.value,
      "/b",
    );
  });

  test("comments and other sections are not settings, and a backslash continues a line", () => {
    assert.equal(read("[Service]\n# ExecStart=/a\n; ExecStart=/b\nExecStartPre=/c\n"), null);
    assert.equal(read("[Service]\nExecStart=/a \\\n  b\n")?.value, "/a    b");
  });
});

describe("spanSeconds", () => {
  for (const [text, seconds] of [
    ["1min 30s", 90],
    ["90", 90],
    ["5min", 300],
    ["1h 2min 500ms", 3720.5],
    ["infinity", Number.POSITIVE_INFINITY],
    ["", null],
    ["soon", null],
  ] as const) {
    test(`"${text}" is ${seconds}`, () => assert.equal(spanSeconds(text), seconds));
  }
});

describe("drop-ins", () => {
  test("are read in the order of their names, wherever they lie, also when systemd has not read them yet", () => {
    const host = new DoctorHost()
      .file(UNIT, "[Service]\n")
      .file(`${DROP_INS}/z.conf`, "z")
      .file(`${DROP_INS}/note.txt`, "no")
      .file("/usr/lib/systemd/system/tsv.service.d/a.conf", "a");
    const properties = { DropInPaths: "/usr/lib/systemd/system/tsv.service.d/a.conf" };
    const texts = unitTexts(service(host, { properties }), host).map(({ text }) => text);
    assert.deepEqual(texts, ["[Service]\n", "a", "z"]);
  });

  test("another init system has none", () => {
    const host = new DoctorHost().file(`${DROP_INS}/z.conf`, "z");
    assert.deepEqual(unitTexts(service(host, { init: "sysv" }), host), []);
  });

  test("are written after all others, and systemd reloads, also after an undo", () => {
    const host = new DoctorHost().file(UNIT, "");
    const wanted = {
      word: "oom",
      because: "So.",
      section: "Service",
      lines: ["OOMPolicy=continue"],
    } as const;
    const steps = dropIn("A", service(host), wanted, host).steps.map(({ step }) => step);
    assert.deepEqual(steps, [
      {
        kind: "on-undo",
        argv: ["systemctl", "daemon-reload"],
        what: "systemctl daemon-reload",
        mayFail: false,
      },
      {
        kind: "directory",
        isNew: true,
        path: DROP_INS,
        mode: 0o755,
        owner: { user: "root", group: "root" },
      },
      {
        kind: "file",
        path: `${DROP_INS}/zz-tsv-doctor-oom.conf`,
        text: "# So. Written by `tsv doctor`.\n[Service]\nOOMPolicy=continue\n",
        mode: 0o644,
        owner: { user: "root", group: "root" },
        what: "drop-in of the unit",
      },
      {
        kind: "command",
        argv: ["systemctl", "daemon-reload"],
        undo: null,
        what: "make systemd reload its units",
      },
    ]);
  });

  test("of a user's own service lie beside its unit and belong to that user", () => {
    const path = "/home/pi/.config/systemd/user/tsv.service";
    const host = new DoctorHost().file(path, "", { uid: 1000, gid: 1000 });
    const wanted = { word: "oom", because: "So.", section: "Service", lines: ["X=1"] } as const;
    const own = service(host, { scope: "user", file: { path, text: "", isPackaged: false } });
    const [undo, directory] = dropIn("A", own, wanted, host).steps.map(({ step }) => step);
    assert.deepEqual(undo?.kind === "on-undo" && undo.argv, [
      "systemctl",
      "--user",
      "daemon-reload",
    ]);
    assert.deepEqual(directory, {
      kind: "directory",
      isNew: true,
      path: `${path}.d`,
      mode: 0o755,
      owner: { user: "pi", group: "pi" },
    });
  });
});

// Paths that the sandbox of a unit denies.

function closes(lines: string, path: string): string | null {
  const texts = [
    { path: "tsv.service", text: `[Unit]\nProtectSystem=strict\n[Service]\n${lines}\n` },
  ];
  return readSandbox(texts).closes(path)?.setting ?? null;
}

describe("the sandbox of a unit", () => {
  test("closes what ProtectSystem= and ProtectHome= say", () => {
    assert.equal(closes("ProtectSystem=strict", "/var/log/a"), "ProtectSystem=strict");
    assert.equal(closes("ProtectSystem=full", "/etc/a"), "ProtectSystem=full");
    assert.equal(closes("ProtectSystem=full", "/var/log/a"), null);
    assert.equal(closes("ProtectSystem=yes", "/usr/a"), "ProtectSystem=yes");
    assert.equal(closes("ProtectHome=read-only", "/home/pi/a"), "ProtectHome=read-only");
    assert.equal(closes("ProtectSystem=no", "/usr/a"), null);
    assert.equal(closes("", "/usr/a"), null);
  });

  test("keeps named paths, systemd's directories and the kernel's file systems open", () => {
    const strict = "ProtectSystem=strict\n";
    assert.equal(closes(`${strict}ReadWritePaths=-/var/log/app /srv`, "/var/log/app/x"), null);
    assert.equal(
      closes(`${strict}ReadWritePaths=/var/log/app`, "/var/log/apple"),
      "ProtectSystem=strict",
    );
    assert.equal(closes(`${strict}LogsDirectory=tsv`, "/var/log/tsv/x"), null);
    assert.equal(closes(`${strict}PrivateTmp=yes`, "/tmp/x"), null);
    assert.equal(closes(strict, "/dev/null"), null);
  });

  test("an empty value resets earlier ones, and a hidden path cannot be opened", () => {
    const taken = "ProtectSystem=strict\nReadWritePaths=/srv\nReadWritePaths=\n";
    assert.equal(closes(taken, "/srv/x"), "ProtectSystem=strict");
    assert.equal(
      closes("ProtectHome=yes\nReadWritePaths=/home/pi", "/home/pi/x"),
      "ProtectHome=yes",
    );
  });
});
