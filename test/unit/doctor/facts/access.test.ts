// Access to a path, from owners and modes alone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  daemonAccount,
  daemonAccounts,
  firstPathProblem,
  fromRoot,
  permits,
} from "../../../../src/doctor/facts/access.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { fc } from "../../../property.ts";
import { runningTsv } from "../checks/logs/running.ts";

const ROOT = { uid: 0, gids: [0] };
const WWW = { uid: 33, gids: [33] };

function seenOf(host: DoctorHost, path: string): Parameters<typeof permits>[1] {
  const found = host.look(path);
  assert.ok(found.ok);
  return found;
}

describe("permissions", () => {
  test("the owner's bits count for the owner, even where the group has more", () => {
    const seen = seenOf(new DoctorHost().file("/x", "", { uid: 33, gid: 33, mode: 0o070 }), "/x");
    assert.equal(permits(WWW, seen, "r"), false);
    assert.equal(permits({ uid: 1000, gids: [33] }, seen, "r"), true);
  });

  test("root reads and writes everything, and executes what anybody may execute", () => {
    const host = new DoctorHost().file("/x", "", { mode: 0 }).file("/y", "", { mode: 0o001 });
    assert.equal(permits(ROOT, seenOf(host, "/x"), "w"), true);
    assert.equal(permits(ROOT, seenOf(host, "/x"), "x"), false);
    assert.equal(permits(ROOT, seenOf(host, "/y"), "x"), true);
  });

  test("more bits never take a permission away from anybody but by owner and group", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0o777 }),
        fc.constantFrom("r", "w", "x"),
        (mode, want) => {
          const seen = seenOf(new DoctorHost().file("/x", "", { mode }), "/x");
          const more = { ...seen, mode: 0o777 };
          if (permits(WWW, seen, want)) assert.ok(permits(WWW, more, want));
        },
      ),
    );
  });
});

describe("the first denied component", () => {
  test("is a directory without search permission", () => {
    const host = new DoctorHost().directory("/srv/app", { mode: 0o700 }).directory("/srv/app/log");
    const pathProblem = firstPathProblem("/srv/app/log/out.log", "write", WWW, host);
    assert.deepEqual(
      [pathProblem?.path, pathProblem?.errno, pathProblem?.lacks],
      ["/srv/app", "EACCES", "x"],
    );
    assert.equal(firstPathProblem("/srv/app/log/out.log", "write", ROOT, host), null);
  });

  test("is the deepest directory that is missing", () => {
    const pathProblem = firstPathProblem("/srv/a/b/c", "write", ROOT, new DoctorHost());
    assert.deepEqual([pathProblem?.path, pathProblem?.errno], ["/srv", "ENOENT"]);
  });

  test("is a file where a directory should be, or a directory where a file should be", () => {
    const host = new DoctorHost().file("/srv/app", "");
    assert.equal(firstPathProblem("/srv/app/x", "write", ROOT, host)?.errno, "ENOTDIR");
    assert.equal(firstPathProblem("/var/log", "write", ROOT, host)?.errno, "EISDIR");
  });

  test("is a read-only file system, for root too", () => {
    const host = new DoctorHost().directory("/mnt/card").mount("/mnt/card", { options: ["ro"] });
    assert.equal(firstPathProblem("/mnt/card/x.log", "write", ROOT, host)?.errno, "EROFS");
    assert.equal(firstPathProblem("/mnt/card", "search", ROOT, host), null);
  });

  test("is the directory in which no file can be created", () => {
    const pathProblem = firstPathProblem("/var/log/new.log", "write", WWW, new DoctorHost());
    assert.deepEqual([pathProblem?.path, pathProblem?.lacks], ["/var/log", "w"]);
  });

  test("paths are walked from the root", () => {
    assert.deepEqual(fromRoot("/a/b"), ["/", "/a", "/a/b"]);
    assert.deepEqual(fromRoot("/"), ["/"]);
  });
});

// The account of the daemon.

describe("the account of the daemon", () => {
  test("is the user of user=, with all groups", () => {
    const host = new DoctorHost();
    host.memberships.set("pi", [4]);
    const facts = host.facts("[supervisord]\nuser=pi\n", runningTsv({ uid: 33 }));
    assert.deepEqual(daemonAccount(facts), { uid: 1000, gids: [1000, 4] });
  });

  test("is that user also while something else in the configuration is wrong", () => {
    const host = new DoctorHost();
    for (const user of ["pi", "1000"]) {
      const facts = host.facts(`[supervisord]\nuser=${user}\nminfds=many\n`);
      assert.equal(daemonAccount(facts).uid, 1000);
    }
  });

  test("is the user who runs it, then the user of the service", () => {
    const host = new DoctorHost();
    const running = host.facts("[supervisord]\n", runningTsv({ uid: 33 }));
    assert.equal(daemonAccount(running).uid, 33);
    const service = { service: { properties: { User: "pi" } } };
    assert.equal(daemonAccount(host.facts("[supervisord]\n", service)).uid, 1000);
  });

  test("is root for a configuration of root, and otherwise the caller", () => {
    const host = new DoctorHost();
    host.uid = 1000;
    assert.equal(daemonAccount(host.facts("[supervisord]\n")).uid, 0);
    host.file("/etc/tsv/tsv.conf", "[supervisord]\n", { uid: 1000 });
    assert.equal(daemonAccount(host.facts(null)).uid, 1000);
  });
});

test("accounts of the daemon are those that the configuration and its service name", () => {
  const host = new DoctorHost();
  const accounts = (text: string, user?: string): readonly number[] => {
    const { config, service } = host.facts(text);
    const properties = user === undefined ? {} : { User: user };
    return daemonAccounts({ config, service: { ...service, properties } }, host);
  };
  assert.deepEqual(accounts("[supervisord]\n"), []);
  assert.deepEqual(accounts("[supervisord]\nuser=pi\n"), [1000]);
  assert.deepEqual(accounts("[supervisord]\n", "33"), [33]);
  // Also where the rest of the configuration cannot be read.
  assert.deepEqual(accounts("[supervisord]\nuser=www-data\nminfds=x\n", "nowhere"), [33]);
});
