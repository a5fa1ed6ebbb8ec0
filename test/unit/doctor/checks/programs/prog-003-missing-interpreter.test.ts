// PROG-003 on hosts in memory: scripts and programs whose interpreter, loader or processor is missing.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MISSING_INTERPRETER } from "../../../../../src/doctor/checks/programs/scripts.ts";
import { config, elf, host, look, one, written } from "./rig.ts";

const RUN = config("command=/opt/run");
const X = { mode: 0o755 };

describe("PROG-003", () => {
  test("an interpreter that is not installed is named with the line that asks for it", () => {
    const made = host().file("/opt/run", "#!/usr/bin/ruby -w\nputs 1\n", X);
    const finding = one(look(MISSING_INTERPRETER, made, RUN));
    assert.match(finding.symptom, /^couldn't exec \/opt\/run: ENOENT/);
    assert.deepEqual(finding.evidence, [
      "the first line of /opt/run is #!/usr/bin/ruby -w",
      "ENOENT: /usr/bin/ruby does not exist",
    ]);
    assert.equal(finding.repair.class, "C");
  });

  test("carriage returns are taken out where the interpreter is there without them", () => {
    const made = host().file("/opt/run", "#!/bin/sh\r\necho hi\r\n", {
      ...X,
      uid: 1000,
      gid: 1000,
    });
    const finding = one(look(MISSING_INTERPRETER, made, RUN));
    assert.match(finding.cause, /Windows/);
    assert.equal(finding.repair.class, "B");
    assert.equal(written(finding), "#!/bin/sh\necho hi\n");
    const [planned] = finding.repair.steps;
    assert.ok(planned?.step.kind === "file");
    assert.deepEqual(planned.step.owner, { user: "pi", group: "pi" });
    made.file("/opt/run", written(finding), X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), [], "and then all is well");
  });

  test("a script is rewritten only while it is the one that was read, and without set-id bits", () => {
    const text = "#!/bin/sh\r\necho hi\r\n";
    const ids = { uid: 1000, gid: 1000, device: 7, inode: 42 };
    const made = host().file("/opt/run", text, { mode: 0o6755, ...ids });
    const [planned] = one(look(MISSING_INTERPRETER, made, RUN)).repair.steps;
    assert.ok(planned?.step.kind === "file");
    assert.equal(planned.step.mode, 0o755);
    const seen = { kind: "file", mode: 0o6755, ...ids };
    assert.deepEqual(planned.step.replaces, { seen, text });
  });

  test("a script behind a link that others can change is not written", () => {
    const made = host()
      .directory("/srv/app", { uid: 33, gid: 33 })
      .file("/etc/script", "#!/bin/sh\r\necho hi\r\n", X)
      .link("/srv/app/run", "/etc/script");
    const { repair } = one(look(MISSING_INTERPRETER, made, config("command=/srv/app/run")));
    assert.equal(repair.class, "C");
    assert.deepEqual(repair.commands, ["namei -l /srv/app/run"]);
  });

  test("a carriage return after an option of the interpreter, and after env's name, is found too", () => {
    const made = host().file("/opt/run", "#!/bin/sh -e\r\necho\r\n", X);
    assert.match(one(look(MISSING_INTERPRETER, made, RUN)).symptom, /option that ends in \\r/);
    made.file("/opt/run", "#!/usr/bin/env python3\r\n", X);
    const finding = one(look(MISSING_INTERPRETER, made, RUN));
    assert.match(finding.symptom, /^env: 'python3\\r': No such file or directory/);
    assert.equal(written(finding), "#!/usr/bin/env python3\n");
  });

  test("env searches the PATH of the service, which is shown", () => {
    const made = host().file("/opt/run", "#!/usr/bin/env node\n", X);
    made.file("/usr/local/bin/node", "\x7fELF", X);
    const finding = one(look(MISSING_INTERPRETER, made, RUN));
    assert.match(finding.symptom, /^env: 'node': No such file or directory/);
    assert.match(finding.evidence.join("\n"), /PATH of the program: \/usr\/bin:\/bin/);
    const wider = config("command=/opt/run", 'environment=PATH="/usr/local/bin:/usr/bin"');
    assert.deepEqual(look(MISSING_INTERPRETER, made, wider), []);
  });

  test("a program for another processor is reported with both processors", () => {
    const made = host().bytes("/opt/run", elf(183, 64), X);
    const finding = one(look(MISSING_INTERPRETER, made, RUN));
    assert.deepEqual(finding.evidence, ["/opt/run is 64-bit ARM (arm64); this host is x86_64"]);
  });

  test("on a Raspberry Pi with 64 bits a program for armhf lacks its loader", () => {
    const made = host().bytes("/opt/run", elf(40, 32, "/lib/ld-linux-armhf.so.3"), X);
    const pi = { host: { machine: "aarch64" } };
    const finding = one(look(MISSING_INTERPRETER, made, RUN, pi));
    assert.match(finding.symptom, /^couldn't exec \/opt\/run: ENOENT/);
    assert.match(
      finding.evidence.join("\n"),
      /32-bit ARM \(armhf\) and requires \/lib\/ld-linux-armhf\.so\.3/,
    );
    assert.match(finding.repair.commands.join("\n"), /dpkg --add-architecture armhf/);
    made.bytes("/lib/ld-linux-armhf.so.3", elf(40, 32), X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN, pi), []);
  });

  test("a 64-bit program does not run on a 32-bit kernel", () => {
    const made = host().bytes("/opt/run", elf(183, 64), X);
    const finding = one(look(MISSING_INTERPRETER, made, RUN, { host: { machine: "armv7l" } }));
    assert.match(finding.symptom, /ENOEXEC/);
  });

  test("a binary with a registered interpreter such as qemu runs", () => {
    const made = host().bytes("/opt/run", elf(183, 64), X);
    made.file("/proc/sys/fs/binfmt_misc/status", "enabled\n");
    made.file(
      "/proc/sys/fs/binfmt_misc/qemu-aarch64",
      "enabled\ninterpreter /usr/libexec/qemu-aarch64\nflags: F\noffset 0\n" +
        "magic 7f454c460201010000000000000000000000b700\n" +
        "mask ffffffffffffff00fffffffffffffffff0ffffff\n",
    );
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), []);
  });

  test("scripts and programs of this host are healthy, also scripts run by scripts", () => {
    const made = host().file("/opt/run", "#! /usr/bin/env python3\n", X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), []);
    made.file("/opt/own-sh", "#!/bin/sh\n", X).file("/opt/run", "#!/opt/own-sh -x\n", X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), []);
    made.file("/opt/run", "#!/usr/bin/env -S python3 -u\n", X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), []);
    made.file("/opt/run", "#!/usr/bin/env LANG=C python3", X);
    assert.deepEqual(look(MISSING_INTERPRETER, made, config("command=sleep 5")), []);
  });

  test("an unreadable file is not judged", () => {
    const made = host().file("/opt/run", "#!/nope\n", X);
    made.readHead = () => null;
    assert.deepEqual(look(MISSING_INTERPRETER, made, RUN), [{ unknown: "what web executes" }]);
  });
});
