// BOOT-008 on hosts in memory: limits of open files, and whether the daemon may raise them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FILE_LIMIT } from "../../../../../src/doctor/checks/limits/boot-008-file-limit.ts";
import { healthyHost, look, only, stepsOf } from "../boot/boot-host.ts";

const WANTS = "[supervisord]\nminfds=65536\n";
const DAEMON = {
  kind: "tsv",
  pid: 400,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: [],
  config: null,
  state: "S",
  exe: null,
  exeDeleted: false,
} as const;
const RUNNING = { ...DAEMON, config: "/etc/tsv/tsv.conf" };
const LOW = { openFiles: { soft: 1024, hard: 4096 }, processes: { soft: 1e5, hard: 1e5 } };

/** Who asks has these limits, and is root of the machine or of a container. */
function asking(map: string, capabilities = "000001ffffffffff"): ReturnType<typeof healthyHost> {
  const host = healthyHost()
    .link("/proc/self", "77")
    .file("/proc/self/status", `CapEff:\t${capabilities}\n`)
    .file("/proc/self/uid_map", `${map}\n`)
    .file("/proc/sys/fs/nr_open", "1048576\n");
  // The fake follows links, and /proc/self is one.
  host.links.delete("/proc/self");
  host.links.set("/proc/self", "77");
  host.file("/proc/77/status", `CapEff:\t${capabilities}\n`).file("/proc/77/uid_map", `${map}\n`);
  host.limitsOf.set(77, LOW);
  return host;
}

const ALONE = { init: null, file: null, properties: {} };

describe("BOOT-008", () => {
  test("root of the machine raises the limit by itself", () => {
    assert.deepEqual(look(FILE_LIMIT, asking("0 0 4294967295"), ALONE, { text: WANTS }), []);
  });

  test("more than the kernel gives anybody is refused, also to root", () => {
    const text = "[supervisord]\nminfds=2000000\n";
    const finding = only(look(FILE_LIMIT, asking("0 0 4294967295"), ALONE, { text }));
    assert.match(finding.evidence.join("\n"), /hard limit 1048576/);
  });

  for (const [what, map, capabilities] of [
    ["root of a container with users of its own", "0 100000 65536", "000001ffffffffff"],
    ["root without the right to raise limits", "0 0 4294967295", "00000000a80425fb"],
  ] as const) {
    test(`${what} has to do with what there is`, () => {
      const host = asking(map, capabilities);
      const finding = only(look(FILE_LIMIT, host, ALONE, { text: WANTS }));
      assert.match(
        finding.symptom,
        /^The minimum number of file descriptors required to run this process is 65536/,
      );
      assert.equal(finding.repair.class, "B");
      assert.equal(finding.place?.line, 2);
      const [step] = stepsOf(finding);
      assert.ok(step?.kind === "file");
      assert.match(step.text, /^minfds=4096$/m);
      assert.deepEqual(look(FILE_LIMIT, asking(map, capabilities), ALONE, { text: step.text }), []);
    });
  }

  test("a service of systemd gets the limit in a drop-in", () => {
    const host = healthyHost();
    const properties = { LimitNOFILE: "4096", User: "pi" };
    const finding = only(look(FILE_LIMIT, host, { properties }, { text: WANTS }));
    assert.equal(finding.repair.class, "A");
    const file = stepsOf(finding).find(({ kind }) => kind === "file");
    assert.ok(file?.kind === "file" && file.text.includes("LimitNOFILE=65536"));
  });

  test("too few processes are reported separately", () => {
    const text = "[supervisord]\nminprocs=500\nuser=pi\n";
    const properties = { LimitNOFILE: "524288", LimitNPROC: "100" };
    const finding = only(look(FILE_LIMIT, healthyHost(), { properties }, { text }));
    assert.match(
      finding.symptom,
      /^The minimum number of available processes required to run this program is 500/,
    );
  });

  test("a daemon that runs has got what it asked for", () => {
    assert.deepEqual(look(FILE_LIMIT, healthyHost(), ALONE, { daemon: DAEMON, text: WANTS }), []);
  });

  test("a hard limit that is higher already stays as it is", () => {
    const host = healthyHost();
    host.limitsOf.set(400, { ...LOW, openFiles: { soft: 10, hard: Number.POSITIVE_INFINITY } });
    host.files.set(
      400,
      Array.from({ length: 10 }, (_, fd) => ({ fd, target: "/x", deleted: false })),
    );
    const finding = only(look(FILE_LIMIT, host, {}, { daemon: RUNNING }));
    const file = stepsOf(finding).find(({ kind }) => kind === "file");
    assert.ok(file?.kind === "file" && file.text.includes("LimitNOFILE=65536:infinity\n"));
    assert.ok(finding.repair.commands.includes("prlimit --pid 400 --nofile=65536:unlimited"));
  });

  test("a daemon that has nearly all its files open is about to fail", () => {
    const host = healthyHost();
    host.limitsOf.set(400, LOW);
    host.files.set(
      400,
      Array.from({ length: 1000 }, (_, fd) => ({ fd, target: "/x", deleted: false })),
    );
    const finding = only(look(FILE_LIMIT, host, {}, { daemon: DAEMON }));
    assert.match(finding.evidence[0] ?? "", /1000 open files of at most 1024/);
    assert.equal(finding.repair.class, "A");
    const file = stepsOf(finding).find(({ kind }) => kind === "file");
    assert.ok(file?.kind === "file" && file.text.includes("LimitNOFILE=65536:65536\n"));
    const now = stepsOf(finding).at(-1);
    assert.ok(now?.kind === "command");
    assert.deepEqual(now.argv, ["prlimit", "--pid", "400", "--nofile=65536:65536"]);
    assert.deepEqual(now.undo, ["prlimit", "--pid", "400", "--nofile=1024:4096"]);
    host.files.set(400, [{ fd: 0, target: "/x", deleted: false }]);
    assert.deepEqual(look(FILE_LIMIT, host, {}, { daemon: DAEMON }), []);
  });
});
