// What operators do to the configuration of the simulated host, and to what runs, and what must be true of each change, judged
// from outside. A process that a change does not name does not notice; what
// runs has the definition that is in force; a socket has one owner, and is the same one as long as a definition has it.

import type { Result } from "../../src/core/base/result.ts";
import type { Decision, ProcessConfig } from "../../src/core/config/model.ts";
import type { SupervisorEffect, SupervisorInput } from "../../src/core/supervisor/model.ts";
import { type Fault, faultText } from "../../src/core/xmlrpc/faults.ts";
import type { AppliedProcess, Decided, ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeDescriptors } from "../fakes/descriptors.ts";
import type { FakeChild } from "../fakes/spawner.ts";
import { ChangingFile, PROGRAMS } from "./changing-file.ts";
import type { Simulation } from "./simulation.ts";

/** A process as it was seen last. */
interface Seen {
  readonly config: ProcessConfig;
  readonly pid: number;
  /** It gets another definition. */
  readonly isPending: boolean;
}

/** A process that a change does not name. */
interface Untouched extends Pick<Seen, "pid"> {
  readonly key: string;
  /** Signals that were sent before. */
  readonly signals: number;
  /** Signals of an earlier decision that the next daemon sends again, because it does not know that they were sent. */
  readonly repeated: readonly number[];
}

/** Options that a process gets when it starts. */
const OF_START: readonly (keyof ProcessConfig)[] = [
  ...(["command", "environment", "sockets", "redirectStderr"] as const),
];

export class ChangeWatch {
  readonly #sim: Simulation;
  readonly file: ChangingFile;
  readonly #seen = new Map<string, Seen>();
  #untouched: readonly Untouched[] = [];
  /** Addresses that definitions had at the last look, with the descriptor of their socket. */
  #sockets = new Map<string, number>();
  /** Addresses that another process had when one was last refused, until they are open. */
  readonly #taken = new Set<string>();
  /** Addresses that a process could not have because of another section, and that it opens when it starts. */
  #contested: ReadonlySet<string> = new Set();
  /** Changes in progress of this daemon, which is one of several. */
  #running = 0;
  #deciding = 0;
  #daemon = 0;
  /** Commands and edits so far. */
  #count = 0;
  /** What has happened. */
  readonly seen = new Set<string>();

  constructor(sim: Simulation) {
    this.#sim = sim;
    this.file = new ChangingFile(sim.rng, sim.hooks !== null);
    sim.sockets.refuse = ({ url }) => this.#refuse(url);
  }

  /** An address is free, or another process has it, which may be over at the next try. */
  #refuse(url: string): string | null {
    const isTaken = this.#sim.rng.chance(0.1);
    if (isTaken) this.#taken.add(url);
    return isTaken ? "process 7 is already listening" : null;
  }

  /** A client or an editor does something. */
  command(): void {
    const { rng } = this.#sim;
    this.#count += 1;
    const dice = rng.next();
    if (dice < 0.25) this.#edit();
    else if (dice < 0.42) this.#apply();
    else if (dice < 0.5) this.#applySome();
    else if (dice < 0.53) this.#rollBack();
    else if (dice < 0.7) this.#decideOne();
    else if (dice < 0.95) this.#control();
    else if (dice < 0.997) this.#asSupervisor();
    else this.#startOver();
  }

  #edit(): void {
    const { name, edit } = this.file.edit();
    this.#sim.say(`> edit ${name}: ${edit}`);
    this.seen.add(edit);
  }

  #apply(): void {
    this.#sim.say("> apply");
    const [count, daemon] = [this.#count, this.#daemon];
    this.#watch("apply", this.#sim.supervisor.apply([]), (applied) => {
      this.#note(applied);
      const isWhole = !applied.some(({ error }) => error.includes("is as it was"));
      const isLast = (): boolean =>
        count === this.#count && daemon === this.#daemon && this.#running === 0;
      if (isWhole && isLast()) this.#expectNothingLeft(isLast);
    });
  }

  #note(applied: readonly AppliedProcess[]): void {
    for (const { action, outcome } of applied) this.seen.add(`${action} ${outcome}`);
  }

  /** A second apply has nothing to do. */
  #expectNothingLeft(isLast: () => boolean): void {
    this.#watch("plan", this.#sim.supervisor.plan([]), (plan) => {
      if (!isLast()) return;
      this.seen.add("nothing left");
      if (plan.length > 0) this.#sim.fail(`left after an apply: ${JSON.stringify(plan)}`);
    });
  }

  #applySome(): void {
    const { rng, supervisor } = this.#sim;
    const program = rng.pick(PROGRAMS);
    const name = rng.pick([program, "g", "h:*", `${program}:${program}0`]);
    this.#sim.say(`> apply ${name}`);
    this.#watch(`apply ${name}`, supervisor.apply([name]), (applied) => this.#note(applied));
  }

  #rollBack(): void {
    this.#sim.say("> apply --undo");
    this.#watch("undo", this.#sim.supervisor.rollBack(), () => this.seen.add("undo"));
  }

  #decideOne(): void {
    const { rng, supervisor } = this.#sim;
    const name = rng.pick(PROGRAMS);
    const option = rng.pick<Decision["key"]>(["numprocs", "enabled"]);
    const value =
      option === "enabled" ? rng.pick(["true", "false"]) : rng.pick(["1", "2", "4", ""]);
    this.#sim.say(`> decide ${name} ${option}=${value}`);
    const daemon = this.#daemon;
    this.#deciding += 1;
    const over = (): void => {
      if (daemon === this.#daemon) this.#deciding -= 1;
    };
    const decided: Promise<Result<Decided, Fault>> = supervisor.decide(name, option, value);
    decided.then(over, over);
    this.#watch(`decide ${name}`, decided, ({ applied }) => this.#note(applied));
  }

  /** Starts, stops or restarts a process. */
  #control(): void {
    const { rng, supervisor, invariants } = this.#sim;
    const processes = supervisor.groups().flatMap((group) => group.processes);
    const view = processes[rng.int(0, Math.max(0, processes.length - 1))];
    if (view === undefined) return;
    const target = view.key;
    const wait = rng.chance(0.5);
    const dice = rng.next();
    if (dice < 0.4) {
      this.#sim.say(`> start ${target}`);
      invariants.noteStart(target);
      this.#sim.watch({ kind: "start", key: target }, supervisor.start(target, wait));
    } else if (dice < 0.8) {
      this.#sim.say(`> stop ${target}`);
      const { stoppable } = view;
      this.#sim.watch({ kind: "stop", key: target }, supervisor.stop(target, wait));
      if (stoppable) invariants.noteStop(target);
    } else {
      this.#sim.say(`> restart ${target}`);
      this.#watch(`restart ${target}`, supervisor.restartProcess(target), () => {});
    }
  }

  /** What update of supervisorctl consists of. */
  #asSupervisor(): void {
    const { rng, supervisor, invariants } = this.#sim;
    const group = rng.pick([...PROGRAMS, "g", "h"]);
    const dice = rng.next();
    if (dice < 0.3) {
      this.#sim.say("> reread");
      this.#watch("reread", supervisor.reread(), () => {});
    } else if (dice < 0.5) {
      this.#sim.say(`> check the sockets of ${group}`);
      this.#watch(`sockets of ${group}`, supervisor.checkSockets(group), () => {});
    } else if (dice < 0.75) {
      const answer = supervisor.addGroup(group);
      this.#sim.say(`> add ${group}: ${answer.ok ? "true" : faultText(answer.error)}`);
    } else {
      const keys = supervisor.group(group)?.processes.map((process) => process.key) ?? [];
      const answer = supervisor.removeGroup(group);
      this.#sim.say(`> remove ${group}: ${answer.ok ? "true" : faultText(answer.error)}`);
      if (answer.ok) for (const process of keys) invariants.noteRemoved(process);
    }
  }

  #startOver(): void {
    this.#sim.say("> restart the daemon");
    this.#watch("reload", this.#sim.supervisor.restart(), () => {});
  }

  #watch<T>(what: string, answer: Promise<Result<T, Fault>>, done: (value: T) => void): void {
    const daemon = this.#daemon;
    this.#running += 1;
    answer
      .then((result) => {
        // Of one that has died, or has started over, no client learns it.
        if (daemon !== this.#daemon) return;
        this.#running -= 1;
        this.#sim.say(
          `${what}: ${result.ok ? JSON.stringify(result.value) : faultText(result.error)}`,
        );
        if (result.ok) done(result.value);
      })
      .catch(this.#sim.failLater);
  }

  /** Another daemon: it knows no client of the one before. */
  replaced(): void {
    this.#daemon += 1;
    this.#running = 0;
    this.#deciding = 0;
  }

  /** Everything is stopped. */
  startedOver(): void {
    this.replaced();
    this.#seen.clear();
    this.#sockets.clear();
    this.#contested = new Set();
    this.#untouched = [];
  }

  /** A decision of supervision, before it has effects. */
  decides(input: SupervisorInput): void {
    if (input.kind === "start" && this.#deciding > 0) this.#sim.invariants.noteStart(input.key);
    if (input.kind !== "configure") return;
    // Several changes may come at one moment.
    const { supervisor } = this.#sim;
    this.#checkUntouched(supervisor);
    const { pending } = supervisor.upgrade.state().supervision;
    const { wanted, later } = definedIn(supervisor);
    for (const url of [...this.#sockets.keys()])
      if (!wanted.has(url) && !later.has(url)) this.#sockets.delete(url);
    const groups = new Set(input.groups.map(({ name }) => name));
    const next = new Map(
      input.groups.flatMap(({ name, processes }) =>
        processes.map((each) => [`${name}:${each.name}`, each]),
      ),
    );
    // It is another one that comes back, whether or not it has gone by then.
    for (const [each, { isBack }] of pending)
      if (isBack && next.has(each)) this.#sim.invariants.noteStart(each);
    const { signals } = this.#sim.spawner;
    const untouched: Untouched[] = [];
    for (const [each, { config, pid, isPending }] of this.#seen) {
      const isOther = !groups.has(each.split(":")[0] ?? "");
      // Another group is not named at all.
      const after = isOther ? config : next.get(each);
      // It is another one, if it comes back.
      if (after === undefined) this.#sim.invariants.noteStart(each);
      const isSame =
        after !== undefined &&
        !isPending &&
        OF_START.every((field) => text(config[field]) === text(after[field]));
      if (!isSame) this.#seen.delete(each);
      else if (pid !== 0) untouched.push({ key: each, pid, signals: signals.length, repeated: [] });
    }
    this.#untouched = untouched;
  }

  /** A daemon has died, and the next one repeats its last decision. */
  repeats(kills: readonly SupervisorEffect[]): void {
    this.#untouched = this.#untouched.map((each) => {
      const again = kills.flatMap((kill) =>
        kill.kind === "kill" && kill.pid === each.pid ? [kill.signal] : [],
      );
      return { ...each, repeated: [...each.repeated, ...again] };
    });
  }

  /** @param quiet no work is put off */
  check(supervisor: Supervisor, descriptors: FakeDescriptors, quiet: boolean): void {
    if (supervisor.state() !== "RUNNING") return;
    this.#checkUntouched(supervisor);
    this.#checkSockets(supervisor, descriptors);
    this.#seen.clear();
    const { pending, groups } = supervisor.upgrade.state().supervision;
    for (const group of supervisor.groups()) {
      for (const view of group.processes) {
        const { key: each, config, pid } = view;
        const child = this.#sim.spawner.children.get(pid);
        if (child !== undefined) this.#checkChild(child, view);
        const isPending = pending.has(each) || groups.get(group.config.name)?.next != null;
        this.#seen.set(each, { config, pid, isPending });
      }
    }
    if (quiet) this.#checkAnswered(supervisor);
  }

  /** The child of a process has what its definition says. */
  #checkChild({ spec }: FakeChild, { key: owner, config }: ProcessView): void {
    const file = spec.candidates[0]?.file;
    const { WORD: word = "" } = config.environment;
    const isSame = file === config.command && spec.env.includes(`WORD=${word}`);
    if (!isSame)
      this.#sim.fail(`${owner} executes ${file}, and its definition has ${config.command}`);
    const { live } = this.#sim.sockets;
    const urls = (spec.passed ?? []).map(({ source }) => live.get(source));
    const expected = config.sockets.map(({ url }) => url);
    if (text(urls) !== text(expected))
      this.#sim.fail(`${owner} accepts on ${text(urls)}, not ${text(expected)}`);
  }

  #checkUntouched(supervisor: Supervisor): void {
    const { signals } = this.#sim.spawner;
    for (const { key: each, pid, signals: from, repeated } of this.#untouched) {
      const [group = "", name = ""] = each.split(":");
      const view = supervisor.process(group, name);
      if (view?.pid !== pid && !this.#sim.invariants.isDead(each))
        this.#sim.fail(
          `${each} had pid ${pid}, and has ${view?.pid ?? "gone"} after a change of others`,
        );
      const left = [...repeated];
      const sent = signals.slice(from).find((signal) => {
        if (signal.pid !== pid) return false;
        const at = left.indexOf(signal.signal);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
      if (sent !== undefined)
        this.#sim.fail(`${each} got signal ${sent.signal} by a change of others`);
      this.seen.add("untouched");
    }
    this.#untouched = [];
  }

  /** A change that waits for nothing is answered. */
  #checkAnswered(supervisor: Supervisor): void {
    if (this.#running === 0 || this.#sim.isReading || this.#sim.sockets.isOpening) return;
    const { processes, queued, resolving } = supervisor.upgrade.state().supervision;
    const isChanging = [...processes.values()].some(
      ({ state: { phase, hook } }) =>
        hook !== null ||
        (phase.kind === "EXITED" ? phase.restartAt !== null : CHANGING.has(phase.kind)),
    );
    if (isChanging || queued.size + resolving.size > 0) return;
    this.#sim.fail(`${this.#running} changes wait for nothing`);
  }

  #checkSockets(supervisor: Supervisor, descriptors: FakeDescriptors): void {
    const { live, isOpening } = this.#sim.sockets;
    const { sockets } = supervisor.upgrade.state();
    const open = new Map(Array.from(live, ([fd, url]) => [url, fd]));
    for (const url of open.keys()) this.#taken.delete(url);
    if (open.size !== live.size) this.#sim.fail(`an address has two sockets: ${text([...live])}`);
    const tables = [
      sockets.map(({ socket }) => socket.fd),
      [...descriptors].flatMap(([fd, { role }]) => (role === "program-socket" ? [fd] : [])),
    ];
    for (const table of tables) {
      if (text(table.sort()) !== text([...live.keys()].sort()))
        this.#sim.fail(`open are ${text([...live])}, and known are ${text(table)}`);
    }
    const { wanted, later } = definedIn(supervisor);
    const contested = contestedIn(supervisor);
    this.#contested = new Set([
      ...[...this.#contested].filter((url) => !open.has(url)),
      ...contested,
    ]);
    for (const url of wanted) {
      const isExcused = isOpening || this.#taken.has(url) || this.#contested.has(url);
      if (!open.has(url) && !isExcused) this.#sim.fail(`${url} is defined, and not open`);
    }
    for (const [url, fd] of this.#sockets) {
      const isLeft = !open.has(url) && this.#contested.has(url);
      const isSame = !(wanted.has(url) || later.has(url)) || open.get(url) === fd || isLeft;
      if (!isSame)
        this.#sim.fail(`${url} was descriptor ${fd}, and is ${open.get(url) ?? "closed"}`);
    }
    const isChanging = this.#running > 0 || isOpening;
    for (const url of open.keys()) {
      const isLeft = !wanted.has(url) && !later.has(url) && !isChanging;
      if (isLeft) this.#sim.fail(`${url} is open, and no definition has it`);
    }
    this.#checkOwners(supervisor);
    this.#sockets = new Map([...open].filter(([url]) => wanted.has(url) || later.has(url)));
  }

  /** Only while a socket is passed on, two sections have it. */
  #checkOwners(supervisor: Supervisor): void {
    const { supervision, sockets } = supervisor.upgrade.state();
    for (const { url, holders } of sockets) {
      const owners = holders.flatMap((each) => {
        const record = supervision.processes.get(each);
        const isLeaving = record === undefined || supervision.pending.has(each);
        return isLeaving ? [] : [record.config.origin.section];
      });
      if (new Set(owners).size > 1 && this.#running === 0)
        this.#sim.fail(`${url} belongs to ${[...new Set(owners)].join(" and ")}`);
      if (new Set(owners).size === 1) this.seen.add("socket");
    }
  }
}

/** Phases that end by themselves. */
const CHANGING: ReadonlySet<string> = new Set([
  ...["SPAWNING", "STARTING", "READYING", "FAILING", "STOPPING", "WAITING", "BACKOFF"],
]);

/** The addresses of definitions that are in force, and of those that take their place. */
function definedIn(supervisor: Supervisor): Record<"wanted" | "later", ReadonlySet<string>> {
  const { processes, pending } = supervisor.upgrade.state().supervision;
  const wanted = new Set<string>();
  const later = new Set<string>();
  for (const { key: each, config } of processes.values()) {
    for (const { url } of config.sockets) wanted.add(url);
    for (const { url } of pending.get(each)?.config?.sockets ?? []) later.add(url);
  }
  return { wanted, later };
}

/** Open sockets that a process does not have although its definition does. */
function contestedIn(supervisor: Supervisor): readonly string[] {
  const { sockets, supervision } = supervisor.upgrade.state();
  const processes = [...supervision.processes.values()];
  return sockets.flatMap(({ url, holders }) => {
    const isContested = processes.some(
      ({ key: each, config }) =>
        !holders.includes(each) && config.sockets.some((socket) => socket.url === url),
    );
    return isContested ? [url] : [];
  });
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
