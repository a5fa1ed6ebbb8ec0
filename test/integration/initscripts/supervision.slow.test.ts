// The service directories for runit and s6 under their real supervisors, with a stand-in for the daemon.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ServiceFiles } from "../../../src/install/services/init-system.ts";
import type { InitName } from "../../../src/install/services/registry.ts";
import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import { waitForChange } from "../../e2e/rig/watch.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { templates } from "../../unit/install/services/samples.ts";
import { StandIn, waits } from "./stand-in.ts";

interface Supervisor {
  readonly scanner: string;
  /** Options with which it writes to descriptor 3 when it accepts commands; runsvdir accepts none. */
  readonly ready: readonly string[];
  /** The paths of service directories and of their state, up to the name of the service. */
  readonly roots: readonly [services: string, state: string];
  /** Succeeds when the service is down and stays down: while it is to come up, `sv up` would change nothing. */
  readonly isDown: string;
  /** Waits for the end of a directory's supervisor; null: the scanner waits for it. */
  readonly last: readonly string[] | null;
}

const SUPERVISORS: Readonly<Partial<Record<InitName, Supervisor>>> = {
  runit: {
    scanner: "/usr/bin/runsvdir",
    ready: [],
    roots: ["/etc/sv/", "/run/runit-"],
    last: ["sv", "-w", "20", "force-shutdown"],
    isDown: `case $(sv status "$0") in *"want up"*) exit 1 ;; down:*) exit 0 ;; esac; exit 1`,
  },
  s6: {
    scanner: "/usr/bin/s6-svscan",
    ready: ["-d", "3"],
    roots: ["/etc/s6/sv/", "/run/s6-"],
    last: null,
    isDown: `s6-svstat "$0" | grep -q "^down.*ready"`,
  },
};

/** The service as it is on a host, but below the directory of the test. */
class Service {
  readonly daemon: StandIn;
  readonly files: ServiceFiles;
  readonly scanner: ChildProcess;
  readonly scanned: string;
  readonly #isReady: Promise<unknown>;
  readonly #isDown: string;
  readonly #last: readonly string[] | null;

  constructor(t: TestContext, init: InitName, supervisor: Supervisor) {
    const { scanner, ready, roots, isDown, last } = supervisor;
    this.#isDown = isDown;
    this.#last = last;
    this.daemon = new StandIn(t, () => this.#end());
    const { directory } = this.daemon;
    const here = (text: string): string =>
      roots.reduce((all, root) => all.replaceAll(root, `${directory}${root}`), text);
    this.files = JSON.parse(
      here(JSON.stringify(INIT_SYSTEMS[init].service(this.daemon.service(), templates))),
    );
    mkdirSync(dirname(join(directory, `${roots[1]}x`)), { recursive: true });
    this.scanned = join(directory, "scan");
    mkdirSync(this.scanned, { recursive: true });
    // It is looked at at once when it is old, and a second later when it is new.
    utimesSync(this.scanned, 1e9, 1e9);
    for (const path of this.files.directories) {
      if (path.startsWith(directory)) mkdirSync(path, { recursive: true });
    }
    for (const { path, text, mode } of this.files.files) writeFileSync(path, text, { mode });
    this.scanner = spawn(scanner, [...ready, this.scanned], {
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    });
    const [, , , readiness] = this.scanner.stdio;
    this.#isReady = readiness && ready.length > 0 ? once(readiness, "data") : Promise.resolve();
  }

  /** Makes the links, tells of them and starts, as an installation does. */
  async enable(): Promise<void> {
    await this.#isReady;
    this.link();
    for (const { argv } of this.files.enable) this.must(argv);
    this.must(this.files.start.argv);
  }

  link(): void {
    for (const { path, target } of this.files.links) symlinkSync(target, path);
  }

  must(argv: readonly string[]): void {
    const { status, stdout, stderr } = this.#run(argv);
    assert.equal(status, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
  }

  get isRunning(): boolean {
    return this.#run(this.files.isRunning).status === 0;
  }

  /** Waits until the supervisor has written down that it no longer runs. */
  down(): Promise<true> {
    const kept = this.files.links.find(({ path }) => path.endsWith("/supervise"))?.target ?? "";
    const directory = dirname(this.files.files[0]?.path ?? "");
    const asked = ["/bin/sh", "-c", this.#isDown, directory];
    const look = () => (this.#run(asked).status === 0 ? true : undefined);
    return waitForChange(kept, look, "the service to be down");
  }

  #run([file = "", ...args]: readonly string[]): ReturnType<typeof spawnSync> {
    return spawnSync(file, args, { encoding: "utf8", timeout: 60_000 });
  }

  async #end(): Promise<void> {
    if (existsSync(this.files.links[0]?.path ?? "")) this.#run(this.files.stop.argv);
    const ended = new Promise((resolve) => this.scanner.once("exit", resolve));
    // SIGHUP to runsvdir and SIGTERM to s6-svscan: with all that they run.
    this.scanner.kill(this.scanner.spawnfile.endsWith("runsvdir") ? "SIGHUP" : "SIGTERM");
    await ended;
    if (this.#last === null) return;
    for (const name of readdirSync(this.scanned)) {
      this.#run([...this.#last, join(this.scanned, name)]);
    }
  }
}

for (const [name, supervisor] of Object.entries(SUPERVISORS)) {
  const init = name as InitName;
  const skip = existsSync(supervisor.scanner) ? false : `${supervisor.scanner} is not installed`;
  const serviceTest = (title: string, body: (service: Service) => Promise<void>): void => {
    void test(`${init}: ${title}`, { skip, timeout: 120_000 }, async (t) => {
      await body(new Service(t, init, supervisor));
    });
  };

  serviceTest(
    "runs the daemon, starts it again when it was killed, stops and starts it",
    async (service) => {
      const { daemon, files } = service;
      await service.enable();
      const first = await daemon.started(1);
      service.must(files.start.argv);
      assert.ok(service.isRunning);
      assert.equal(daemon.read("greetings"), "good day\n");
      assert.match(daemon.read("calls"), /^daemon -n -s -c .*it's\.conf\n$/);
      assert.ok(existsSync(daemon.run) && existsSync(daemon.log));
      process.kill(first, "SIGKILL");
      const second = await daemon.started(2);
      assert.ok(!isAlive(daemon.programs[0] ?? 0), "the program of the killed daemon is gone");
      assert.ok(isAlive(daemon.programs[1] ?? 0), "that of the new one is not");
      service.must(files.stop.argv);
      assert.ok(!isAlive(second) && !service.isRunning);
      service.must(files.start.argv);
      await daemon.started(3);
      assert.ok(service.isRunning);
      service.must(files.stop.argv);
    },
  );

  serviceTest(
    "leaves a daemon alone that ended as it was told, or refuses its configuration",
    async (service) => {
      const { daemon, files } = service;
      await service.enable();
      process.kill(await daemon.started(1), "SIGTERM");
      await service.down();
      daemon.does("refuse");
      service.must(files.start.argv);
      await daemon.called(2);
      await service.down();
      assert.equal(readFileSync(daemon.beside("err"), "utf8"), "Error: no such section\n");
      daemon.does("run");
      service.must(files.start.argv);
      await daemon.started(2);
      assert.equal(daemon.read("calls").trim().split("\n").length, 3);
    },
  );

  serviceTest("waits for a daemon that takes its time to stop", async (service) => {
    const { daemon, files } = service;
    daemon.does("slow");
    await service.enable();
    const pid = await daemon.started(1);
    service.must(files.stop.argv);
    assert.equal(daemon.read("ended"), `${pid}\n`);
  });

  serviceTest("leaves nothing in its service directory but what was put there", async (service) => {
    const { daemon, files } = service;
    await service.enable();
    await daemon.started(1);
    service.must(files.stop.argv);
    const directory = dirname(files.files[0]?.path ?? "");
    const ours = [...files.files, ...files.links].map(({ path }) => path);
    for (const entry of readdirSync(directory))
      assert.ok(ours.includes(join(directory, entry)), entry);
  });

  if (init !== "runit") continue;
  serviceTest("comes up though runsvdir looked before its link was there", async (service) => {
    const { daemon, files, scanner } = service;
    await waits(scanner.pid ?? 0);
    const { mtime } = statSync(service.scanned);
    service.link();
    // As if the link had been made in the tick of the clock in which it looked.
    utimesSync(service.scanned, mtime, mtime);
    service.must(files.start.argv);
    await daemon.started(1);
  });
}
