// A hub and devices of a test: real daemons and a real nats-server, on loopback.

import assert from "node:assert/strict";
import { freePort } from "../../rig/free-port.ts";
import { withoutNats } from "../../rig/nats-server.ts";
import type { Outcome } from "./command.ts";
import { TSV, withoutRoot } from "./places.ts";
import { BASE, type Rig } from "./rig.ts";

/** The reason to skip a test, or false. */
export function withoutFleet(): string | false {
  return withoutNats() || withoutRoot();
}

const INCLUDE = "[include]\nfiles=%(here)s/conf.d/*.conf\n";

/** The hub of a test: its daemon has the configuration `d.conf` of the rig. */
export class TestHub {
  readonly #rig: Rig;
  readonly port: number;

  constructor(rig: Rig, port: number) {
    this.#rig = rig;
    this.port = port;
  }

  get url(): string {
    return `tls://127.0.0.1:${this.port}`;
  }

  get directory(): string {
    return this.#rig.path("hub");
  }

  init(...more: readonly string[]): Promise<Outcome> {
    const { url, directory } = this;
    const own = ["--dir", directory, "--store", this.#rig.path("store"), "--name", "hub1"];
    const config = ["-c", this.#rig.path("d.conf")];
    return this.#rig.tsv("fleet", "init", ...config, ...own, "--url", url, ...more);
  }

  /** Another verb of the hub. */
  verb(name: string, ...words: readonly string[]): Promise<Outcome> {
    return this.#rig.tsv("fleet", name, "--dir", this.directory, ...words);
  }

  /** @returns the token */
  async invite(name: string, ...more: readonly string[]): Promise<string> {
    const invited = await this.verb("invite", ...more, name);
    assert.equal(invited.status, 0, invited.stderr);
    return invited.stdout.trim();
  }

  async members(): Promise<string> {
    return (await this.verb("members")).stdout;
  }
}

/** The port for health checks is so many above that of the hub. */
const HEALTH_PORT = 4000;

/** Starts a daemon, and makes it a hub. */
export async function startHub(rig: Rig): Promise<TestHub> {
  rig.write("conf.d/none", "");
  await rig.startWith(INCLUDE);
  return new TestHub(rig, await freePort(HEALTH_PORT));
}

/** A device without a daemon: the agent starts when one is started. */
export class TestDevice {
  readonly #rig: Rig;
  readonly directory: string;
  readonly config: string;

  constructor(rig: Rig, name: string) {
    this.#rig = rig;
    this.directory = rig.path(`${name}/key`);
    rig.write(`${name}/conf.d/none`, "");
    this.config = rig.write(`${name}/d.conf`, `${BASE}\n${INCLUDE}`);
  }

  get words(): readonly string[] {
    return ["fleet", "join", "-c", this.config, "--dir", this.directory, "-"];
  }

  /** @param through the address of a relay */
  join(token: string, through: string | null = null): Promise<Outcome> {
    const more = through === null ? [] : ["--through", through];
    return this.#rig.command([TSV, ...this.words, ...more], { input: `${token}\n` });
  }

  leave(): Promise<Outcome> {
    return this.#rig.tsv("fleet", "leave", "-c", this.config, "--dir", this.directory);
  }
}
