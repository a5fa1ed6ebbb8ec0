// PROG-004 on hosts in memory: files in a format that the kernel does not know.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_SHEBANG } from "../../../../../src/doctor/checks/programs/scripts.ts";
import { config, elf, host, look, one, written } from "./rig.ts";

const X = { mode: 0o755 };
const check = (text: string | Uint8Array, name = "/opt/run.sh") => {
  const made = host();
  if (typeof text === "string") made.file(name, text, X);
  else made.bytes(name, text, X);
  return look(NO_SHEBANG, made, config(`command=${name} -v`));
};

describe("PROG-004", () => {
  test("a script with a known extension may be run by that interpreter", () => {
    const finding = one(check("echo hi\n"));
    assert.equal(finding.symptom, "couldn't exec /opt/run.sh: ENOEXEC");
    assert.equal(finding.repair.class, "B");
    assert.match(written(finding), /^command=sh \/opt\/run\.sh -v$/m);
    const again = host().file("/opt/run.sh", "echo hi\n", X);
    assert.deepEqual(look(NO_SHEBANG, again, written(finding)), []);
  });

  test("one without an installed interpreter, or without a known extension, is left to be fixed by hand", () => {
    assert.equal(one(check("puts 1\n", "/opt/run.rb")).repair.class, "C");
    assert.equal(one(check("echo hi\n", "/opt/run")).repair.class, "C");
  });

  test("empty files, other data, a lone #! and a byte order mark before it are distinguished", () => {
    assert.match(one(check("")).cause, /empty/);
    assert.match(one(check(new Uint8Array([1, 0, 2]))).cause, /neither an executable/);
    assert.match(one(check("#!\necho\n")).cause, /names no interpreter/);
    const marked = one(check("\ufeff#!/bin/sh\n"));
    assert.match(marked.cause, /byte order mark/);
    assert.match(marked.repair.commands.join(), /xEF/);
  });

  test("scripts with #! and programs are healthy, and so are files with a registered extension", () => {
    assert.deepEqual(check("#!/bin/sh\n"), []);
    assert.deepEqual(check(elf(62, 64)), []);
    const made = host().file("/opt/a.jar", "PK\x03\x04", X);
    made.file("/proc/sys/fs/binfmt_misc/status", "enabled\n");
    made.file(
      "/proc/sys/fs/binfmt_misc/jar",
      "enabled\ninterpreter /usr/bin/jexec\nextension .jar\n",
    );
    assert.deepEqual(look(NO_SHEBANG, made, config("command=/opt/a.jar")), []);
    made.file("/proc/sys/fs/binfmt_misc/jar", "disabled\n");
    assert.equal(look(NO_SHEBANG, made, config("command=/opt/a.jar")).length, 1);
  });
});
