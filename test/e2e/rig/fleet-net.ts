// A fleet on machines of a network: a hub and devices, made as users make them, by tsv fleet init, invite and join.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withoutNats } from "../../rig/nats-server.ts";
import { until, within } from "../../rig/wait.ts";
import { collect, type Outcome, plainEnvironment, type RunOptions } from "./command.ts";
import { Machine, type Network, Networks, withoutMachines } from "./machines.ts";
import { TSV } from "./places.ts";
import { BASE, e2e, type Rig } from "./rig.ts";

const MEMBER = fileURLToPath(new URL("../../rig/fleet-member-main.js", import.meta.url));
const CONFIG = "/etc/tsv/tsv.conf";
const ADMIN = "/etc/tsv/fleet/operators/admin";
const PORT = 4222;

/** The reason to skip a test, or false. */
export function withoutFleetNet(): string | false {
  return withoutNats() || withoutMachines();
}

/** An event of the hub's stream. */
export interface StreamEvent {
  readonly kind: string;
  readonly seq?: number;
  readonly missed?: number | null;
  readonly name?: string;
  readonly to?: string;
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
  readonly #rig: Rig;

  /** @param env of the daemon and its programs */
  constructor(
    networks: Networks,
    network: Network,
    name: string,
    sections: string,
    env: readonly string[] = [],
  ) {
    super(networks, network, name, ["env", ...env, TSV, "daemon", "-n", "-c", CONFIG]);
    this.#rig = networks.rig;
    this.#prepare("tsv.conf", `${BASE}\n[include]\nfiles=conf.d/*.conf\n${sections}`);
    this.#prepare("conf.d/none", "");
  }

  /** While it has no power. @param name below /etc/tsv */
  #prepare(name: string, text: string): void {
    this.#rig.write(`machines/${this.name}/etc/tsv/${name}`, text);
  }

  /** Writes a file. @param path absolute */
  async write(path: string, text: string): Promise<void> {
    const { status, stderr } = await this.run(["tee", path], { input: text });
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

/** A hub with its devices; its operator works on the hub. */
export class FleetNet {
  readonly networks: Networks;
  readonly internet: Network;
  readonly hub: Host;
  readonly devices = new Map<string, Host>();
  readonly #admins: Member[] = [];

  private constructor(networks: Networks, internet: Network, hub: Host) {
    this.networks = networks;
    this.internet = internet;
    this.hub = hub;
  }

  static async start(rig: Rig, env: readonly string[] = []): Promise<FleetNet> {
    const networks = await Networks.start(rig);
    const internet = networks.internet();
    const hub = new Host(networks, internet, "hub", "", env);
    const fleet = new FleetNet(networks, internet, hub);
    await hub.boot();
    await hub.does("fleet", "init", "--url", fleet.url);
    return fleet;
  }

  get url(): string {
    return `tls://${this.hub.address}:${PORT}`;
  }

  /** Makes a machine that has not joined. @param env of its daemon */
  async machine(
    name: string,
    sections: string,
    { network = this.internet, env = [] as readonly string[] } = {},
  ): Promise<Host> {
    const host = new Host(this.networks, network, name, sections, env);
    await host.boot();
    return host;
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
    { labels = "", ...more }: { labels?: string; network?: Network; env?: readonly string[] } = {},
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

  /** Waits until devices are answered for. */
  async reported(names: readonly string[], timeoutMs = 60_000): Promise<void> {
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
      host.words([process.execPath, MEMBER, given]),
      this.networks.rig.mark,
    );
    this.#admins.push(member);
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
  body: (fleet: FleetNet, rig: Rig) => Promise<void>,
): void {
  e2e(name, withoutFleetNet(), async (rig, t) => {
    const fleet = await FleetNet.start(rig);
    try {
      await body(fleet, rig);
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

/** What nats-server has answered a member. */
export interface MemberAnswer {
  /** "ok", or why there is no answer: a RequestFailure of src/fleet/nats. */
  readonly result: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A connection in a process of its own: see test/rig/fleet-member-main.ts. */
export class Member {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: MemberAnswer) => void>();
  #last = 0;
  /** Subjects that nats-server has refused: `publish X`, `subscribe X`. */
  readonly denied: string[] = [];
  /** Messages of subscriptions: `SUBJECT TEXT`. */
  readonly heard: string[] = [];
  #state = "connecting";

  constructor([file = "", ...words]: readonly string[], mark: string) {
    const env = plainEnvironment(mark);
    this.#child = spawn(file, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin?.on("error", () => undefined); // EPIPE: its machine may be off.
    const { stdout } = this.#child;
    assert.ok(stdout !== null);
    createInterface({ input: stdout }).on("line", (line) => this.#take(JSON.parse(line)));
  }

  #take(line: Readonly<Record<string, unknown>>): void {
    const { id, answer, state, denied, heard } = line;
    if (typeof id === "number") {
      this.#answers.get(id)?.(answer as MemberAnswer);
      this.#answers.delete(id);
    } else if (typeof state === "string") this.#state = state;
    else if (typeof denied === "string") this.denied.push(denied);
    else if (typeof heard === "string") this.heard.push(heard);
  }

  async connected(): Promise<void> {
    await this.is(/^connected$/);
  }

  /** Waits for a state: `connected`, or why there is no connection (any more). */
  async is(pattern: RegExp): Promise<void> {
    const left = () => this.#state;
    await until(() => pattern.test(this.#state), { what: `${pattern}`, left });
  }

  #tell(line: Readonly<Record<string, unknown>>): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  request(
    subject: string,
    text = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<MemberAnswer> {
    const id = ++this.#last;
    const answer = new Promise<MemberAnswer>((resolve) => this.#answers.set(id, resolve));
    this.#tell({ id, request: subject, text, headers });
    return within(answer, { what: `an answer at ${subject}`, left: () => this.#state });
  }

  publish(subject: string, text: string, reply: string | null = null): void {
    this.#tell({ publish: subject, text, reply });
  }

  subscribe(subject: string): void {
    this.#tell({ subscribe: subject });
  }

  /** Settles when nats-server has taken all before. */
  async flush(): Promise<void> {
    await this.request("");
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }

  /** All events of a device that the stream has, oldest first. */
  async events(device: string): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (let seq = 1; ; ) {
      const wanted = JSON.stringify({ seq, next_by_subj: `tsv.event.${device}` });
      const { result, status, headers, text } = await this.request(
        "$JS.API.DIRECT.GET.TSV_EVENTS",
        wanted,
      );
      assert.equal(result, "ok");
      if (status !== null) return events;
      seq = Number(headers["Nats-Sequence"]) + 1;
      events.push(...(JSON.parse(text) as { events: readonly StreamEvent[] }).events);
    }
  }

  /** Waits until the events of a device are enough. */
  async eventsUntil(
    device: string,
    what: string,
    isEnough: (events: readonly StreamEvent[]) => boolean,
    timeoutMs = 90_000,
  ): Promise<readonly StreamEvent[]> {
    let seen: readonly StreamEvent[] = [];
    const left = () => JSON.stringify(seen.slice(-20));
    return await until(
      async () => {
        seen = await this.events(device);
        return isEnough(seen) && seen;
      },
      { what, left, timeoutMs },
    );
  }

  /** The last value of a key; null for none. */
  async value(bucket: string, key: string): Promise<string | null> {
    const subject = `$KV.${bucket}.${key}`;
    const { status, text } = await this.request(`$JS.API.DIRECT.GET.KV_${bucket}.${subject}`);
    return status === null ? text : null;
  }
}

/** Whether each event came once and in order, and none is missing. */
export function assertComplete(events: readonly StreamEvent[]): void {
  const numbers = events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  const [first = 0] = numbers;
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => first + index),
  );
  assert.deepEqual(
    events.filter(({ kind }) => kind === "gap"),
    [],
  );
}

/** How often a program was up. */
export function startsOf(events: readonly StreamEvent[], program: string): number {
  return events.filter(({ name, to }) => name === program && to === "RUNNING").length;
}

function readdir(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
