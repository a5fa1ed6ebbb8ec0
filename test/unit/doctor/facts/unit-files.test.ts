// Units with their drop-ins: effective settings, time spans, and drop-ins that are written last.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { spanSeconds, unitSetting, unitTexts } from "../../../../src/doctor/facts/service.ts";
import type { ServiceState } from "../../../../src/doctor/facts/situation.ts";
import { dropIn } from "../../../../src/doctor/repairs/fix.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const UNIT = "/etc/systemd/system/tsv.service";
const DROP_INS = `${UNIT}.d`;

function service(host: DoctorHost, parts: Partial<ServiceState> = {}): ServiceState {
  const text = host.readText(UNIT) ?? "";
  const file = { path: UNIT, text, isPackaged: false };
  return { ...host.situation().service, file, ...parts };
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
