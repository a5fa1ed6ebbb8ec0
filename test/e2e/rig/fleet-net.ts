// A fleet on machines of a network: a hub and devices, made as users make them, by tsv fleet init, invite and join.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { withoutNats } from "../../rig/nats-server.ts";
import { until, within } from "../../rig/wait.ts";
import { collect, type Outcome, plainEnvironment, type RunOptions } from "./command.ts";
import { MEMBER_MAIN, Member } from "./fleet-member.ts";
import { Machine, type Network, Networks, withoutMachines } from "./machines.ts";
import { TSV } from "./places.ts";
import { BASE, e2e, type Rig } from "./rig.ts";

const CONFIG = "/etc/tsv/tsv.conf";
const ADMIN = "/etc/tsv/fleet/operators/admin";
const PORT = 4222;

/** The reason to skip a test, or false. */
export function withoutFleetNet(): string | false {
  return withoutNats() || withoutMachines();
}

/** A row of `tsv fleet status --json`. */
export interface StatusRow {
  readonly host: string;
  readonly ok: boolean;
  readonly results: readonly {
    readonly name: string;
    readonly state: string;
    readonly pid: number | null;
  }[];
  readonly error: { readonly message: string } | null;
}

/** A machine whose daemon has the configuration of a test. */
export class Host extends Machine {
  readonly #sections: string;

  /** @param env of the daemon and its programs */
  constructor(
    networks: Networks,
    network: Network,
    name: string,
    sections: string,
    env: readonly string[] = [],
  ) {
    super(networks, network, name, ["env", ...env, TSV, "daemon", "-n", "-c", CONFIG]);
    this.#sections = sections;
  }

  /** While it has no power. @param name below /etc/tsv */
  #prepare(name: string, text: string): void {
    const path = `${this.disk}/etc/tsv/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Gives it power for the first time. @param isLossy what is not synchronised is lost when that is cut */
  async install(isLossy = false): Promise<void> {
    if (isLossy) await this.useLossyDisk();
    this.#prepare("tsv.conf", `${BASE}\n[include]\nfiles=conf.d/*.conf\n${this.#sections}`);
    this.#prepare("conf.d/none", "");
    this.sync();
    await this.boot();
  }

  /** Kills the process of its daemon, which its keeper replaces. */
  async killDaemon(): Promise<void> {
    const isDaemon = '[ "$(cat "$each/comm")" = tsv-daemon ]';
    const script = `for each in /proc/[0-9]*; do ${isDaemon} && kill -KILL "\${each#/proc/}"; done; :`;
    await this.run(["sh", "-c", script]);
  }

  async killProgram(program: string): Promise<void> {
    await this.does("signal", "KILL", program);
  }

  /** Writes a file at once. @param path absolute */
  async write(path: string, text: string): Promise<void> {
    const script = 'cat >"$0.new" && mv "$0.new" "$0"';
    const { status, stderr } = await this.run(["sh", "-c", script, path], { input: text });
    assert.equal(status, 0, stderr);
  }

  /** Gives it power, and waits until the daemon is up. */
  async boot(): Promise<void> {
    this.#prepare("d.log", "");
    await this.on();
    await until(() => this.text("/etc/tsv/d.log").includes("supervisord started with pid"), {
      what: `the daemon of ${this.name}`,
      left: () => this.describe(),
    });
  }

  tsv(...words: readonly string[]): Promise<Outcome> {
    return this.run([TSV, ...words]);
  }

  /** Runs a verb that must succeed. @returns what it printed */
  async does(...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tsv(...words);
    assert.equal(status, 0, `${this.name}: tsv ${words.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** The pid of a program, as the machine numbers it. */
  async pidOf(program: string): Promise<number> {
    const [, pid] = /pid (\d+)/.exec((await this.tsv("status", program)).stdout) ?? [];
    return Number(pid);
  }

  /** What the agent has printed. */
  get agentLog(): string {
    return this.programLog("tsv-fleet");
  }

  /** What a program has printed to its usual log. */
  programLog(program: string): string {
    const name = readdir(`${this.disk}/etc/tsv`).find((each) =>
      each.startsWith(`${program}-stdout---`),
    );
    return name === undefined ? "" : this.text(`/etc/tsv/${name}`);
  }

  /** Waits for a line of the agent. @param from of its log */
  async agentSays(pattern: RegExp, from = 0, timeoutMs = 60_000): Promise<void> {
    await until(() => pattern.test(this.agentLog.slice(from)), {
      what: `${pattern} in the log of the agent of ${this.name}`,
      left: () => this.agentLog,
      timeoutMs,
    });
  }

  /** What a failed test prints. */
  describe(): string {
    const logs = [this.text("/etc/tsv/d.log"), this.agentLog, this.text("/console")];
    return `--- ${this.name}\n${logs.map((text) => text.slice(-1500)).join("\n")}`;
  }
}

interface MachineOptions {
  readonly network?: Network;
  /** `NAME=VALUE` for its daemon and programs. */
  readonly env?: readonly string[];
  readonly isLossy?: boolean;
}

/** A hub with its devices; its operator works on the hub. */
export class FleetNet {
  readonly networks: Networks;
  readonly internet: Network;
  readonly hub: Host;
  readonly devices = new Map<string, Host>();

  private constructor(networks: Networks, internet: Network, hub: Host) {
    this.networks = networks;
    this.internet = internet;
    this.hub = hub;
  }

  static async start(rig: Rig, isLossy = false): Promise<FleetNet> {
    const networks = await Networks.start(rig);
    const internet = networks.internet();
    const hub = new Host(networks, internet, "hub", "");
    const fleet = new FleetNet(networks, internet, hub);
    await hub.install(isLossy);
    await hub.does("fleet", "init", "--url", fleet.url);
    return fleet;
  }

  get url(): string {
    return `tls://${this.hub.address}:${PORT}`;
  }

  /** Makes a machine that has not joined. */
  async machine(
    name: string,
    sections: string,
    { network = this.internet, env = [], isLossy = false }: MachineOptions = {},
  ): Promise<Host> {
    const host = new Host(this.networks, network, name, sections, env);
    await host.install(isLossy);
    return host;
  }

  of(device: string): Host {
    return this.devices.get(device) ?? assert.fail(`no device ${device}`);
  }

  /** @returns the token */
  async invite(name: string): Promise<string> {
    return (await this.hub.does("fleet", "invite", name)).trim();
  }

  /** Lets a machine join. */
  join(host: Host, token: string, options: RunOptions = {}): Promise<Outcome> {
    return host.run([TSV, "fleet", "join", "-"], { ...options, input: `${token}\n` });
  }

  /** Makes a device, which has reported when this returns. @param labels as `site=berlin,role=web` */
  async device(
    name: string,
    sections: string,
    { labels = "", ...more }: MachineOptions & { readonly labels?: string } = {},
  ): Promise<Host> {
    const host = await this.machine(name, sections, more);
    await this.admit(host, await this.invite(name), labels);
    await this.reported([name]);
    return host;
  }

  /** Lets a machine be a device. */
  async admit(host: Host, token: string, labels = ""): Promise<void> {
    const joined = await this.join(host, token);
    assert.equal(joined.status, 0, `${joined.stderr}\n${host.describe()}`);
    this.devices.set(host.name, host);
    if (labels === "") return;
    const path = "/etc/tsv/conf.d/tsv-fleet.conf";
    const text = host.text(path);
    await host.write(path, text.replace("[fleet]\n", `[fleet]\nlabels=${labels}\n`));
    await host.does("restart", "tsv-fleet");
  }

  /** A verb of the operator `admin`, on the hub. */
  verb(name: string, ...words: readonly string[]): Promise<Outcome> {
    const inventory = ["--inventory", `${ADMIN}/fleet.conf`];
    return this.hub.run([TSV, "fleet", name, ...inventory, ...words], { timeoutMs: 120_000 });
  }

  /** One that must succeed. */
  async does(name: string, ...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.verb(name, ...words);
    assert.equal(status, 0, `tsv fleet ${name} ${words.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** A verb that runs meanwhile. */
  follow(name: string, ...words: readonly string[]): Following {
    const inventory = ["--inventory", `${ADMIN}/fleet.conf`];
    const argv = this.hub.words([TSV, "fleet", name, ...inventory, ...words]);
    return new Following(argv, this.networks.rig.mark);
  }

  /** @returns a call in flight: the start of the program of `LATE` */
  async startLate(device: Host, seconds: number): Promise<Following> {
    const words = ["late", "--on", device.name, "--timeout", `${seconds}`];
    const start = this.follow("start", ...words);
    await until(async () => /STARTING/.test((await device.tsv("status", "late")).stdout), {
      what: "the call to be in work",
      left: () => start.text,
    });
    return start;
  }

  /** The rows of `status`, by the names of hosts. */
  async status(...words: readonly string[]): Promise<ReadonlyMap<string, StatusRow>> {
    const { stdout, stderr } = await this.verb("status", "--json", ...words);
    try {
      const { results } = JSON.parse(stdout) as { readonly results: readonly StatusRow[] };
      return new Map(results.map((row) => [row.host, row]));
    } catch {
      throw new Error(`tsv fleet status: ${stdout}${stderr}`);
    }
  }

  /** Waits until devices are answered for: one that has failed to connect tries again after at most a minute. */
  async reported(names: readonly string[], timeoutMs = 100_000): Promise<void> {
    let last = "";
    await until(
      async () => {
        const rows = await this.status().catch((error: unknown) => {
          last = String(error);
          return new Map<string, StatusRow>();
        });
        const away = names.filter((name) => rows.get(name)?.ok !== true);
        if (away.length > 0) last ||= away.map((name) => rows.get(name)?.error?.message).join("\n");
        return away.length === 0;
      },
      { what: `devices to answer: ${names.join(" ")}`, left: () => last, timeoutMs },
    );
  }

  /** A member that connects from a machine, with a plain client. @param key path of its seed there */
  async member(host: Host, name: string, key: string, ca: string): Promise<Member> {
    const given = JSON.stringify({ url: this.url, name, key, ca });
    const member = new Member(
      host.words([process.execPath, MEMBER_MAIN, given]),
      this.networks.rig.mark,
    );
    await member.connected();
    return member;
  }

  /** The operator, who reads streams and buckets. */
  admin(): Promise<Member> {
    return this.member(this.hub, "admin", `${ADMIN}/admin.key`, `${ADMIN}/authority.pem`);
  }

  /** What a failed test prints. */
  describe(): string {
    const { hub, devices } = this;
    const programs = ["nats-server", "tsv-fleet-hub"].map((name) =>
      hub.programLog(name).slice(-1500),
    );
    return [hub.describe(), ...programs, ...[...devices.values()].map((each) => each.describe())]
      .join("\n")
      .slice(-12_000);
  }
}

/** A program that is not ready before there is /etc/tsv/ready: its start is a call that takes as long. */
export const LATE = `
[program:late]
command=sleep 1000
autostart=false
ready_check=exec:test -e /etc/tsv/ready
ready_timeout=300
`;

/** A test of a fleet on machines. A failure prints what they said. */
export function fleetNetTest(
  name: string,
  body: (fleet: FleetNet) => Promise<void>,
  { isLossy = false, absent = false as string | false } = {},
): void {
  e2e(name, withoutFleetNet() || absent, async (rig, t) => {
    const fleet = await FleetNet.start(rig, isLossy);
    try {
      await body(fleet);
    } catch (error) {
      t.diagnostic(fleet.describe());
      throw error;
    }
  });
}

/** A verb that follows something, until it ends. */
export class Following {
  readonly #child: ChildProcess;
  readonly #output: ReturnType<typeof collect>;
  readonly #ended: Promise<number | null>;

  constructor([file = "", ...words]: readonly string[], mark: string) {
    const env = plainEnvironment(mark);
    this.#child = spawn(file, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#output = collect(this.#child);
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  get text(): string {
    return this.#output.stdout() + this.#output.stderr();
  }

  async says(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const left = () => this.text;
    await until(() => pattern.test(this.text), { what: `${pattern}`, left, timeoutMs });
  }

  /** @returns its exit status */
  ended(timeoutMs = 120_000): Promise<number | null> {
    return within(this.#ended, {
      what: "the end of a verb",
      left: () => this.text,
      timeoutMs,
    });
  }
}

function readdir(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
