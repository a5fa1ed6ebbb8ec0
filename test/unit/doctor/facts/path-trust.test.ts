// Who else could change a path.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTamperJudge } from "../../../../src/doctor/facts/path-trust.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

function weakness(host: DoctorHost, path: string, trusted: readonly number[] = [0]): string | null {
  return createTamperJudge(host)({ path, trusted, isContainer: false })?.path ?? null;
}

describe("changes by others", () => {
  test("are searched from the root, so that the outermost weakness is reported", () => {
    const host = new DoctorHost()
      .directory("/srv/a", { mode: 0o777 })
      .directory("/srv/a/b", { uid: 1000 })
      .file("/srv/a/b/c", "", { mode: 0o666 });
    assert.equal(weakness(host, "/srv/a/b/c"), "/srv/a");
  });

  test("are looked for where a link leads, and where it lies", () => {
    const host = new DoctorHost()
      .directory("/srv/open", { mode: 0o777 })
      .directory("/srv/shut")
      .file("/srv/shut/real")
      .file("/srv/open/real")
      .link("/srv/open/link", "/srv/shut/real")
      .link("/srv/shut/link", "/srv/open/real");
    assert.equal(weakness(host, "/srv/open/link"), "/srv/open");
    assert.equal(weakness(host, "/srv/shut/link"), "/srv/open");
    assert.equal(weakness(host, "/srv/shut/real"), null);
  });

  test("in a sticky directory come from the owner of what lies there alone", () => {
    const host = new DoctorHost().file("/tmp/own").file("/tmp/theirs", "", { uid: 1000 });
    assert.equal(weakness(host, "/tmp/own"), null);
    assert.equal(weakness(host, "/tmp/theirs"), "/tmp/theirs");
    assert.equal(weakness(host, "/tmp/theirs", [1000]), null);
  });

  test("by members of a group count, and those with it as their primary group are members", () => {
    const host = new DoctorHost()
      .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\npi:x:1000:990::/home/pi:/bin/sh\n")
      .file("/etc/group", "root:x:0:\ntsv:x:990:\nadm:x:4:\n")
      .directory("/srv/adm", { gid: 4, mode: 0o775 })
      .directory("/srv/tsv", { gid: 990, mode: 0o775 });
    const judge = createTamperJudge(host);
    const ask = (path: string) => judge({ path, trusted: [0], isContainer: false });
    assert.equal(ask("/srv/adm"), null);
    assert.deepEqual(ask("/srv/tsv")?.group, ["pi"]);
  });
});
