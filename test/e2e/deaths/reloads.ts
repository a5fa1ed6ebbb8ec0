// A daemon that is reloaded with another configuration each time, and dies meanwhile.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/wait.ts";
import type { Daemon } from "../rig/daemon.ts";
import { call, type Endpoint } from "../rig/http.ts";
import { BASE, type Rig } from "../rig/rig.ts";

/** A time that no other program sleeps. */
const SLEEP = `/bin/sleep ${200_000_000 + process.pid}`;

/** One of two configurations: they differ in a socket, the pid file and a program. */
interface Variant {
  readonly text: string;
  readonly endpoints: readonly Endpoint[];
  readonly pidfile: string;
  readonly programs: readonly string[];
}

export class Reloads {
  readonly daemon: Daemon;
  readonly #rig: Rig;
  readonly #variants: readonly [Variant, Variant];
  #turn = 0;
  #deaths = 0;

  private constructor(rig: Rig, daemon: Daemon, variants: readonly [Variant, Variant]) {
    this.#rig = rig;
    this.daemon = daemon;
    this.#variants = variants;
  }

  static async begin(rig: Rig): Promise<Reloads> {
    const variants = [
      variantOf(rig, "one", await freePort()),
      variantOf(rig, "two", await freePort()),
    ] as const;
    rig.write("d.conf", variants[0].text);
    const daemon = rig.launch({ env: { TSV_DEATHS: "500" } });
    await daemon.ready();
    const reloads = new Reloads(rig, daemon, variants);
    await reloads.assertBack("at the start");
    return reloads;
  }

  /** How many daemons have said that they are in the place of another. */
  #begun(): number {
    const log = readFileSync(this.daemon.log, "utf8");
    return log.match(/a new one (?:continues|begins)/g)?.length ?? 0;
  }

  /** Reloads the daemon, and asks it until it has died. */
  async dies(isOver: () => boolean): Promise<void> {
    this.#turn += 1;
    const next = this.#turn % 2 === 0 ? this.#variants[0] : this.#variants[1];
    this.#rig.write("d.conf", next.text);
    this.daemon.signal("SIGHUP");
    await until(
      async () => {
        if (!isOver()) await this.daemon.ask("getState").catch(() => {});
        return isOver();
      },
      { what: "the death of the daemon" },
    );
    this.#deaths += 1;
  }

  /** One of both configurations is served completely; no successor has died. */
  async assertBack(what: string): Promise<void> {
    await until(
      async () => {
        // Clients may be answered before the line is written.
        if (this.#begun() < this.#deaths) return false;
        for (const variant of this.#variants) if (await isServed(variant)) return true;
        return false;
      },
      { what: `a daemon ${what}`, left: () => this.daemon.describe() },
    );
    assert.equal(this.#begun(), this.#deaths, what);
    const log = readFileSync(this.daemon.log, "utf8");
    const wrong = log.split("\n").filter((line) => /internal error|ERRO|cannot|aside/.test(line));
    assert.deepEqual(wrong, [], what);
  }
}

function variantOf(rig: Rig, name: string, port: number): Variant {
  const pidfile = rig.path(`${name}.pid`);
  const programs = ["always", name];
  const sections = programs.map((each) => `[program:${each}]\ncommand=${SLEEP}\nstartsecs=0\n`);
  const text = `${BASE.replace("%(here)s/d.pid", pidfile)}
[unix_http_server:more]
file=%(here)s/${name}.sock

[inet_http_server]
port=127.0.0.1:${port}

${sections.join("\n")}`;
  const endpoints = [
    { socketPath: rig.path("d.sock") },
    { socketPath: rig.path(`${name}.sock`) },
    { host: "127.0.0.1", port },
  ];
  return { text, endpoints, pidfile, programs };
}

/** All its sockets answer, and each of its programs runs once. */
async function isServed({ endpoints, pidfile, programs }: Variant): Promise<boolean> {
  for (const endpoint of endpoints) {
    const answer = await call(endpoint, "supervisor.getAllProcessInfo", []).catch(() => null);
    if (answer?.kind !== "result") return false;
    const infos = answer.value as readonly Record<string, unknown>[];
    const running = infos.flatMap(({ name, statename }) => (statename === "RUNNING" ? [name] : []));
    if (running.join() !== programs.join()) return false;
  }
  return existsSync(pidfile) && processes() === programs.length;
}

function processes(): number {
  try {
    return execFileSync("pgrep", ["-x", "-f", SLEEP], { encoding: "utf8" }).trim().split("\n")
      .length;
  } catch {
    return 0;
  }
}
