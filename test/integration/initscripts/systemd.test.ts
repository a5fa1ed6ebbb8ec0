// Units as systemd reads them. It exits 0 on unknown keys, so the tests require empty output.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import {
  type SampleOptions,
  sampleService,
  templates,
} from "../../unit/install/services/samples.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

const ANALYZE = "/usr/bin/systemd-analyze";
const skip = existsSync(ANALYZE) ? false : "systemd-analyze is not installed";

function verify(unit: string, scope: "system" | "user"): { status: number | null; said: string } {
  const args = [...(scope === "user" ? ["--user"] : []), "verify", "--man=no", unit];
  const home = dirname(unit);
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", XDG_RUNTIME_DIR: home, HOME: home };
  const { status, stdout, stderr } = spawnSync(ANALYZE, args, { encoding: "utf8", env });
  return { status, said: stdout + stderr };
}

function writeUnit(directory: string, options: SampleOptions): string {
  const executable = join(directory, options.executable ?? "tsv");
  mkdirSync(dirname(executable), { recursive: true });
  writeFileSync(executable, "#!/bin/sh\n");
  chmodSync(executable, 0o755);
  const { files } = INIT_SYSTEMS.systemd.service(
    sampleService({ ...options, executable }),
    templates,
  );
  const unit = files.find(({ path }) => path.endsWith(".service"));
  const path = join(directory, unit?.path.split("/").at(-1) ?? "none");
  writeFileSync(path, unit?.text ?? "");
  return path;
}

const CASES: Readonly<Record<string, SampleOptions>> = {
  "of the system": {},
  "of a user": { scope: "user" },
  "of another name, waiting for the network": { name: "web-2", waitOnline: true },
  "with odd paths": {
    executable: "a b/100%/$tsv",
    config: "/srv/a b/100%/$HOME/c\\d.conf",
    layout: { environmentFile: "/etc/de fault/100%" },
  },
};

for (const [name, options] of Object.entries(CASES)) {
  void test(`systemd has nothing to say of a unit ${name}`, { skip }, (t) => {
    const unit = writeUnit(scratchDirectory(t), options);
    assert.deepEqual(verify(unit, options.scope ?? "system"), { status: 0, said: "" });
  });
}

void test("systemd would say it of a key that it does not know", { skip }, (t) => {
  const directory = scratchDirectory(t);
  const path = writeUnit(directory, {});
  writeFileSync(path, "[Service]\nExecStart=/bin/true\nRestrat=always\n");
  assert.match(verify(path, "system").said, /Restrat/);
});

void test("directories for each boot are made with owner and mode", {
  skip:
    process.getuid?.() !== 0
      ? "needs root"
      : existsSync("/usr/bin/systemd-tmpfiles") || existsSync("/bin/systemd-tmpfiles")
        ? false
        : "systemd-tmpfiles is not installed",
}, (t) => {
  const directory = scratchDirectory(t);
  const logDirectory = '/var/log/my "tsv" 100%';
  const service = sampleService({ group: "adm", layout: { logDirectory } });
  const { files } = INIT_SYSTEMS.systemd.service(service, templates);
  const conf = join(directory, "tsv.conf");
  writeFileSync(conf, files.find(({ path }) => path.endsWith(".conf"))?.text ?? "");
  mkdirSync(join(directory, "root/var/log"), { recursive: true });
  mkdirSync(join(directory, "root/etc"));
  writeFileSync(join(directory, "root/etc/group"), "root:x:0:\nadm:x:4:\n");
  writeFileSync(join(directory, "root/etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
  const made = spawnSync("systemd-tmpfiles", [`--root=${directory}/root`, "--create", conf], {
    encoding: "utf8",
  });
  assert.equal(made.stdout + made.stderr, "");
  const found = spawnSync("stat", ["-c", "%a %u:%g", join(directory, "root", logDirectory)], {
    encoding: "utf8",
  });
  assert.equal(found.stdout, "750 0:4\n");
});

/** The first block of docs/sandbox.md. */
function documentedDropIn(): string {
  const text = readFileSync("docs/sandbox.md", "utf8");
  return /```ini\n(.*?)```/s.exec(text)?.[1] ?? "";
}

/** Writes the unit with a drop-in. */
function writeSandboxed(t: TestContext, dropIn: string): string {
  const unit = writeUnit(scratchDirectory(t), {});
  mkdirSync(`${unit}.d`);
  writeFileSync(join(`${unit}.d`, "sandbox.conf"), dropIn);
  return unit;
}

/** What systemd thinks of a unit: each line of its table by the name of the setting. */
function exposureOf(unit: string): ReadonlyMap<string, boolean> {
  const args = ["security", "--offline=true", "--no-pager", "--json=short", unit];
  const { status, stdout, stderr } = spawnSync(ANALYZE, args, { encoding: "utf8" });
  assert.notEqual(stdout, "", `${status} ${stderr}`);
  const rows = JSON.parse(stdout) as readonly {
    readonly json_field: string;
    readonly set: boolean;
  }[];
  return new Map(rows.map(({ json_field, set }) => [json_field, set]));
}

void test("systemd has nothing to say of the documented drop-in, and would of a mistake in it", {
  skip,
}, (t) => {
  const dropIn = documentedDropIn();
  assert.match(dropIn, /^\[Service\]\n/);
  assert.deepEqual(verify(writeSandboxed(t, dropIn), "system"), { status: 0, said: "" });
  const wrong = verify(
    writeSandboxed(t, dropIn.replace("ProtectHostname", "ProtectHostnames")),
    "system",
  );
  assert.match(wrong.said, /ProtectHostnames/);
});

void test("the documented drop-in closes what it says, and leaves programs what they need", {
  skip,
}, (t) => {
  const before = exposureOf(writeSandboxed(t, "[Service]\n"));
  const after = exposureOf(writeSandboxed(t, documentedDropIn()));
  const closed =
    "ProtectKernelModules ProtectKernelTunables ProtectKernelLogs ProtectHostname LockPersonality SystemCallArchitectures";
  for (const name of closed.split(" ")) {
    assert.deepEqual([before.get(name), after.get(name)], [false, true], name);
  }
  // Each of these would keep the daemon or some program from working: see the table in that document.
  const open =
    "NoNewPrivileges PrivateTmp PrivateDevices ProtectHome MemoryDenyWriteExecute PrivateUsers RestrictRealtime RestrictSUIDSGID";
  for (const name of open.split(" ")) assert.equal(after.get(name), false, name);
});
