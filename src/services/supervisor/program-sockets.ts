// The listening sockets of programs: one for each address, which the processes of a section share. That of a FastCGI
// program is opened for the first process that needs it, and closed when the last one has exited. Those of socket=
// are open as long as their processes are defined, and may wait for the connection that starts them.

import type { ProcessKey } from "../../core/base/ids.ts";
import { pushTo } from "../../core/base/multimap.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { ProcessConfig, SocketConfig } from "../../core/config/model.ts";
import { socketsOf } from "../../core/config/sockets.ts";
import { messages } from "../../core/process/messages.ts";
import type { ProgramSocketState } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { ListenerSocket, ListenerSockets } from "../../ports/listener-sockets.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { ActivityLog } from "../logs/api.ts";

interface ProgramSocketsDeps {
  readonly sockets: ListenerSockets;
  readonly descriptors: DescriptorTable;
  readonly activity: Pick<ActivityLog, "log">;
  readonly pipes: Pick<Pipes, "watch" | "unwatch">;
  /** As `definitionsOf`. */
  readonly definitions: (key: ProcessKey) => readonly ProcessConfig[];
  /** A process that awaits a connection has one, or one of its sockets could not be opened. */
  readonly connected: (key: ProcessKey) => void;
}

/** The descriptors of a start: that which becomes stdin, null for a pipe, and those that follow stderr. */
export interface StartSockets {
  readonly stdin: number | null;
  readonly passed: readonly number[];
}

/** A process with its definition. */
type Defined = Pick<ProcessRecord, "key" | "config">;

/** A process that is to have a socket. */
interface Claim {
  readonly key: ProcessKey;
  /** The processes of one section share a socket. */
  readonly section: string;
  readonly config: SocketConfig;
  /** The socket stays open while the process is down. */
  readonly isKept: boolean;
  /** Of a start, which reports the error. */
  readonly isOfStart: boolean;
}

interface Shared {
  /** How it was made. */
  config: SocketConfig;
  readonly socket: ListenerSocket;
  /** Of two sections while it is passed on from one to the other. */
  readonly holders: Map<ProcessKey, Claim>;
  isWatched: boolean;
}

/** Whether a change that is prepared takes a socket from a process that has it. */
export type Leaves = (holder: Pick<Claim, "key" | "section" | "config">) => boolean;

interface Waiter extends Claim {
  readonly leaves: Leaves;
  /** Receives the socket, or the error. */
  readonly take: (shared: Shared | string) => void;
}

const NO_SOCKETS: StartSockets = { stdin: null, passed: [] };
const STAYS: Leaves = () => false;

export class ProgramSockets {
  readonly #deps: ProgramSocketsDeps;
  readonly #open = new Map<string, Shared>();
  readonly #held = new Map<ProcessKey, Set<Shared>>();
  /** Processes that wait for a socket that is being opened, by its address. */
  readonly #opening = new Map<string, Waiter[]>();
  /** Addresses of processes in a change that is prepared: what other changes do to these processes closes none of them. */
  readonly #prepared = new Map<ProcessKey, ReadonlySet<string>>();
  /** Processes that the next connection starts. */
  readonly #awaiting = new Set<ProcessKey>();
  /** Processes of which a socket could not be opened. */
  readonly #failed = new Set<ProcessKey>();

  constructor(deps: ProgramSocketsDeps) {
    this.#deps = deps;
  }

  /**
   * Opens the sockets of a process that is about to start, or takes those that are open.
   * @param done called once, perhaps before this returns
   */
  acquire(process: Defined, done: (result: Result<StartSockets, string>) => void): void {
    const { fcgiSocket } = process.config;
    const claims = claimsOf(process, true);
    if (claims.length === 0) {
      done(ok(NO_SOCKETS));
      return;
    }
    this.#holdAll(claims, STAYS, (result) => {
      if (!result.ok) {
        done(result);
        return;
      }
      const fds = result.value.map(({ socket }) => socket.fd);
      const [stdin = null] = fcgiSocket === null ? [] : fds;
      done(ok({ stdin, passed: fcgiSocket === null ? fds : fds.slice(1) }));
    });
  }

  /** Opens the sockets of a process that was added or has another definition, and closes others that it had. */
  keep(process: Defined): void {
    this.retain(process.key);
    const claims = claimsOf(process, false);
    if (claims.length > 0) this.#holdAll(claims, STAYS, () => {});
    for (const claim of claims) this.#adjust(claim);
  }

  /** Closes the sockets of a process that none of its definitions has. */
  retain(key: ProcessKey): void {
    const urls = new Set(
      this.#deps.definitions(key).flatMap(({ sockets }) => sockets.map(({ url }) => url)),
    );
    this.#leave(key, ({ isKept, config }) => isKept && !urls.has(config.url));
  }

  /**
   * Opens the sockets that processes are to have, before anything changes for them. They stay open until `conclude`. An open
   * socket is passed on if all processes of other sections leave it.
   * @param done called once, perhaps before this returns, with the error of the first that cannot be opened; possibly
   *   never
   */
  prepare(
    processes: readonly Defined[],
    leaves: Leaves,
    done: (problem: string | null) => void,
  ): void {
    for (const { key, config } of processes)
      this.#prepared.set(key, new Set(config.sockets.map(({ url }) => url)));
    const claims = processes.flatMap((each) => claimsOf(each, true)).filter(({ isKept }) => isKept);
    this.#holdAll(claims, leaves, (result) => done(result.ok ? null : result.error));
  }

  /** The change of a process is made or given up: closes those that were opened for it and that no definition has. */
  conclude(key: ProcessKey): void {
    this.#prepared.delete(key);
    this.retain(key);
  }

  /**
   * What `prepare` would come to, without opening anything.
   * @param others the sections that get sockets in the same change, by address; receives that of these processes if there is
   *   no problem
   * @param untried receives the addresses of each process that were not tried
   */
  probe(
    processes: readonly Defined[],
    leaves: Leaves,
    others: Map<string, string>,
    untried: Map<ProcessKey, string[]>,
  ): string | null {
    const claims = processes.flatMap((each) => claimsOf(each, true)).filter(({ isKept }) => isKept);
    for (const claim of claims) {
      const problem = this.#probe({ ...claim, leaves }, others, untried);
      if (problem !== null) return failureText(claim, problem);
    }
    for (const { section, config } of claims) others.set(config.url, section);
    return null;
  }

  #probe(
    claim: Claim & Pick<Waiter, "leaves">,
    others: ReadonlyMap<string, string>,
    untried: Map<ProcessKey, string[]>,
  ): string | null {
    const { key, section, config, leaves } = claim;
    const other = others.get(config.url) ?? section;
    if (other !== section) return heldText({ section: other });
    const shared = this.#open.get(config.url);
    const holder = shared === undefined ? null : otherHolder(claim, shared, leaves);
    if (holder !== null) return heldText(holder);
    if (shared !== undefined) return null;
    const tried = this.#deps.sockets.probe(config);
    if (!tried.ok) return tried.error;
    if (tried.value === "untried") pushTo(untried, key, config.url);
    return null;
  }

  /** Whether the next connection starts a process, which is reported once. */
  awaitConnection(key: ProcessKey, isAwaited: boolean): void {
    if (isAwaited === this.#awaiting.has(key)) return;
    if (isAwaited) this.#awaiting.add(key);
    else this.#awaiting.delete(key);
    for (const shared of this.#held.get(key) ?? []) this.#watch(shared);
    if (isAwaited && this.#failed.has(key)) this.#connected(key);
  }

  /** The sockets, for a snapshot. */
  snapshot(): readonly ProgramSocketState[] {
    return Array.from(this.#open, ([url, { socket, holders }]) => {
      const { fd, lockFd, file } = socket;
      return { url, socket: { fd, lockFd, file }, holders: [...holders.keys()] };
    });
  }

  /** Restores the sockets of the predecessor. */
  restore(states: readonly ProgramSocketState[]): void {
    const { definitions } = this.#deps;
    for (const { url, socket: held, holders } of states) {
      const claims = holders
        .flatMap((key) => definitions(key).flatMap((config) => claimsOf({ key, config }, true)))
        .filter(({ config }) => config.url === url);
      const [claim] = claims;
      if (claim === undefined) continue;
      const shared = sharedBy(claim, this.#deps.sockets.adopt(claim.config, held));
      this.#open.set(url, shared);
      // Of two definitions with it, that in force counts.
      for (const each of claims) if (!shared.holders.has(each.key)) this.#hold(each, shared);
    }
  }

  /** Releases the socket of a FastCGI process that has exited, or whose start was abandoned. */
  release(key: ProcessKey): void {
    this.#leave(key, ({ isKept }) => !isKept);
  }

  /** Releases the sockets of a process that was removed. */
  forget(key: ProcessKey): void {
    this.#awaiting.delete(key);
    this.#failed.delete(key);
    this.#leave(key, () => true);
  }

  /** Closes all sockets, also of processes that could not be killed. */
  closeAll(): void {
    this.#opening.clear();
    this.#prepared.clear();
    this.#awaiting.clear();
    for (const shared of [...this.#open.values()]) this.#close(shared);
    this.#held.clear();
  }

  #leave(key: ProcessKey, isWithout: (claim: Claim) => boolean): void {
    const prepared = this.#prepared.get(key);
    const isLeft = (claim: Claim): boolean =>
      isWithout(claim) && !(claim.isKept && prepared?.has(claim.config.url) === true);
    for (const [url, waiters] of this.#opening) {
      this.#opening.set(
        url,
        waiters.filter((each) => each.key !== key || !isLeft(each)),
      );
    }
    for (const shared of this.#held.get(key) ?? []) {
      const claim = shared.holders.get(key);
      if (claim !== undefined && isLeft(claim)) this.#drop(key, shared);
    }
  }

  /** @param done called once with the sockets in the order of the claims, or the first error */
  #holdAll(
    claims: readonly Claim[],
    leaves: Leaves,
    done: (result: Result<readonly Shared[], string>) => void,
  ): void {
    let missing = claims.length;
    let problem: string | null = null;
    const sockets: Shared[] = [];
    const over = (): void => {
      if (missing === 0) done(problem === null ? ok(sockets) : err(problem));
    };
    for (const [index, claim] of claims.entries()) {
      const take = (shared: Shared | string): void => {
        missing -= 1;
        if (typeof shared === "string") problem ??= failureText(claim, shared);
        else sockets[index] = shared;
        over();
      };
      this.#claim({ ...claim, leaves, take });
    }
    if (claims.length === 0) over();
  }

  #claim(waiter: Waiter): void {
    const shared = this.#open.get(waiter.config.url);
    if (shared === undefined) this.#create(waiter);
    else waiter.take(this.#take(waiter, shared));
  }

  #take(waiter: Waiter, shared: Shared): Shared | string {
    const { key, isKept, leaves } = waiter;
    const isPrepared = leaves !== STAYS;
    const hasIt = shared.holders.has(key);
    const other = hasIt && !isPrepared ? null : otherHolder(waiter, shared, leaves);
    if (other !== null) {
      const error = heldText(other);
      if (!isPrepared) this.#noteFailure([waiter], error);
      return error;
    }
    // The definition that is in force decides how a process holds it.
    if (!(hasIt && isPrepared)) this.#hold(waiter, shared);
    if (isKept) this.#failed.delete(key);
    return shared;
  }

  #hold({ key, section, config, isKept, isOfStart }: Claim, shared: Shared): void {
    const held = this.#held.get(key);
    if (held === undefined) this.#held.set(key, new Set([shared]));
    else held.add(shared);
    shared.holders.set(key, { key, section, config, isKept, isOfStart });
    this.#watch(shared);
  }

  #drop(key: ProcessKey, shared: Shared): void {
    const held = this.#held.get(key);
    held?.delete(shared);
    if (held?.size === 0) this.#held.delete(key);
    shared.holders.delete(key);
    if (shared.holders.size === 0) this.#close(shared);
    else this.#watch(shared);
  }

  /** Opens a socket, or waits with others for one that is being opened. */
  #create(waiter: Waiter): void {
    const { sockets, activity } = this.#deps;
    const { config } = waiter;
    const { url } = config;
    const others = this.#opening.get(url);
    if (others !== undefined) {
      others.push(waiter);
      return;
    }
    this.#opening.set(url, [waiter]);
    activity.log("INFO", messages.socketCreating(url));
    sockets.open(config, (opened) => {
      const waiters = this.#opening.get(url) ?? [];
      this.#opening.delete(url);
      const shared = opened.ok ? this.#add(waiter, opened.value) : opened.error;
      if (typeof shared === "string") this.#noteFailure(waiters, shared);
      for (const each of waiters)
        each.take(typeof shared === "string" ? shared : this.#take(each, shared));
      // No process waits for it any more: it is closed.
      if (typeof shared === "string" || shared.holders.size > 0) return;
      if (this.#open.get(url) === shared) this.#close(shared);
    });
  }

  /** A start logs its error itself. */
  #noteFailure(waiters: readonly Waiter[], error: string): void {
    const [first] = waiters;
    if (first !== undefined && !waiters.some(({ isOfStart }) => isOfStart))
      this.#deps.activity.log("WARN", failureText(first, error));
    for (const { key, isKept, isOfStart } of waiters) {
      if (!isKept || isOfStart) continue;
      this.#failed.add(key);
      if (this.#awaiting.has(key)) this.#connected(key);
    }
  }

  #add(claim: Claim, socket: ListenerSocket): Shared {
    const { descriptors } = this.#deps;
    const { url } = claim.config;
    const { fd, lockFd } = socket;
    descriptors.set(fd, { role: "program-socket", owner: url });
    if (lockFd !== null) descriptors.set(lockFd, { role: "lock", owner: url });
    const shared = sharedBy(claim, socket);
    this.#open.set(url, shared);
    return shared;
  }

  /** Owner, mode and backlog may change while it is open. */
  #adjust({ key, config }: Claim): void {
    const { url } = config;
    const shared = this.#open.get(url);
    if (!shared?.holders.has(key) || isMadeAlike(shared.config, config)) return;
    shared.config = config;
    shared.socket.adjust(config, (problem) => {
      if (problem !== null) this.#deps.activity.log("WARN", messages.socketAsBefore(url, problem));
    });
  }

  #watch(shared: Shared): void {
    const { pipes } = this.#deps;
    const { holders, socket } = shared;
    const isAwaited = [...holders.values()].some(
      ({ key, isKept }) => isKept && this.#awaiting.has(key),
    );
    if (isAwaited === shared.isWatched) return;
    shared.isWatched = isAwaited;
    if (!isAwaited) pipes.unwatch(socket.fd);
    else pipes.watch(socket.fd, "read", { readable: () => this.#readable(shared) });
  }

  #readable({ holders }: Shared): void {
    for (const key of [...holders.keys()]) if (this.#awaiting.has(key)) this.#connected(key);
  }

  #connected(key: ProcessKey): void {
    this.awaitConnection(key, false);
    this.#deps.connected(key);
  }

  #close(shared: Shared): void {
    const { descriptors, activity, pipes } = this.#deps;
    const { socket, config } = shared;
    activity.log("INFO", messages.socketClosing(config.url));
    this.#open.delete(config.url);
    if (shared.isWatched) pipes.unwatch(socket.fd);
    descriptors.delete(socket.fd);
    if (socket.lockFd !== null) descriptors.delete(socket.lockFd);
    socket.close();
  }
}

/** The sockets of a process; that of FastCGI, which only a start has, comes first. */
function claimsOf({ key, config }: Defined, isOfStart: boolean): readonly Claim[] {
  const { fcgiSocket, origin } = config;
  const shared = { key, section: origin.section, isOfStart };
  const ofStart = isOfStart && fcgiSocket !== null ? [fcgiSocket] : [];
  return [
    ...ofStart.map((each) => ({ ...shared, config: each, isKept: false })),
    ...socketsOf(config).map((each) => ({ ...shared, config: each, isKept: true })),
  ];
}

function sharedBy({ config }: Claim, socket: ListenerSocket): Shared {
  return { config, socket, holders: new Map(), isWatched: false };
}

/** A process that keeps another from a socket: of another section, or with a socket of another kind. Null for none. */
function otherHolder(
  { key, section, isKept }: Claim,
  { holders }: Pick<Shared, "holders">,
  leaves: Leaves,
): Claim | null {
  const isOther = (holder: Claim): boolean =>
    holder.key !== key && (holder.section !== section || holder.isKept !== isKept);
  return [...holders.values()].find((each) => isOther(each) && !leaves(each)) ?? null;
}

function heldText({ section }: Pick<Claim, "section">): string {
  return `it is the socket of [${section}] already. Give each section one of its own.`;
}

function failureText({ isKept, config: { url } }: Claim, reason: string): string {
  return isKept ? messages.socketFailed(url, reason) : messages.fcgiFailed(url, reason);
}

function isMadeAlike(left: SocketConfig, right: SocketConfig): boolean {
  const isSameOwner = left.owner?.uid === right.owner?.uid && left.owner?.gid === right.owner?.gid;
  return isSameOwner && left.mode === right.mode && left.backlog === right.backlog;
}
