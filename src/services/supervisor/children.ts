// The live children: starting them, their pipes, their release. Knows nothing about states.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { thrownStack } from "../../core/base/thrown.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { Handover } from "../../core/handover/model.ts";
import {
  type CommandProblem,
  type FoundCommand,
  findCommand,
} from "../../core/process/find-command.ts";
import {
  environmentStrings,
  type LaunchContext,
  type LaunchUser,
  programEnvironment,
} from "../../core/process/launch.ts";
import { spawnErrorText } from "../../core/process/spawn-errors.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { ListenerSockets } from "../../ports/listener-sockets.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { Spawned, Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import { FcgiSockets } from "./fcgi-sockets.ts";
import { StdinWriter } from "./stdin-writer.ts";

export interface ChildrenDeps {
  readonly spawner: Spawner;
  readonly pipes: Pipes;
  readonly host: ProgramHost;
  readonly logs: Pick<LogsApi, "attach" | "reattach" | "detach">;
  readonly activity: Pick<ActivityLog, "log">;
  readonly descriptors: DescriptorTable;
  readonly sockets: ListenerSockets;
  readonly context: LaunchContext;
}

interface Child {
  readonly fds: Pick<Spawned, "pid" | "stdin">;
  readonly stdin: StdinWriter | null;
}

export class Children {
  readonly #deps: ChildrenDeps;
  readonly #live = new Map<ProcessKey, Child>();
  readonly #fcgi: FcgiSockets;
  /** The logs close their ends when they have read them to the end: before or after the child is released. */
  readonly #closed: (fd: number) => void;

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
    this.#fcgi = new FcgiSockets(deps);
    this.#closed = (fd) => deps.descriptors.remove(fd);
  }

  /** The file a program would execute, or why it cannot. Starts nothing. */
  find(record: ProcessRecord): Result<FoundCommand, CommandProblem> {
    return findCommand(record.config, this.#environment(record), (path) =>
      this.#deps.host.look(path),
    );
  }

  /** Starts the program of a process. @returns its pid, or the spawnerr */
  spawn(record: ProcessRecord): Result<number, string> {
    const { config, key } = record;
    const environment = this.#environment(record);
    const found = findCommand(config, environment, (path) => this.#deps.host.look(path));
    if (!found.ok) return err(found.error.text);
    const user = this.#user(config);
    if (!user.ok) return user;
    const socket = this.#fcgi.acquire(key, config);
    if (!socket.ok) return socket;
    const { file, argv } = found.value;
    const result = this.#deps.spawner.spawn({
      file,
      argv,
      env: environmentStrings(environment),
      cwd: config.directory,
      umask: config.umask,
      user: user.value,
      softFileLimit: this.#deps.context.softFileLimit,
      redirectStderr: config.redirectStderr,
      stdinFd: socket.value,
      tty: config.tty,
    });
    if (!result.ok) {
      this.#fcgi.release(key);
      const subject = { ...config, argv0: argv[0] ?? "" };
      const { stage, errno, detail = errno } = result.error;
      return err(spawnErrorText(subject, stage, detail));
    }
    try {
      this.#adopt(key, result.value);
    } catch (error) {
      // It lives: whatever is wrong with its pipes, it must be known by its pid.
      const reason = thrownStack(error);
      this.#deps.activity.log("CRIT", `the output of ${config.name} is not followed: ${reason}`);
    }
    return ok(result.value.pid);
  }

  /** What another daemon has to know of the live children. */
  handover(): Pick<Handover, "children" | "fcgi"> {
    const children = Array.from(this.#live, ([key, { fds, stdin }]) => ({
      ...{ key, pid: fds.pid, stdin: fds.stdin },
      unread: stdin?.unread ?? [],
    }));
    return { children, fcgi: this.#fcgi.handover() };
  }

  /** Takes over the live children of another daemon; what they wrote and what they are to read waits for `resume`. */
  takeOver(
    { children, fcgi }: Pick<Handover, "children" | "fcgi">,
    configOf: (key: ProcessKey) => ProcessConfig | null,
  ): void {
    for (const { key, pid, stdin, unread } of children) {
      this.#live.set(key, {
        fds: { pid, stdin },
        stdin: stdin === null ? null : new StdinWriter(stdin, this.#deps.pipes, unread),
      });
      this.#deps.logs.reattach(key, this.#closed);
    }
    this.#fcgi.takeOver(fcgi, configOf);
  }

  resume(): void {
    for (const { stdin } of this.#live.values()) stdin?.resume();
  }

  /** The child is dead: takes what is left in its pipes and closes them. */
  release(key: ProcessKey): void {
    this.#fcgi.release(key);
    const child = this.#live.get(key);
    if (child === undefined) return;
    this.#live.delete(key);
    const { stdin } = child.fds;
    if (stdin !== null) this.#deps.descriptors.remove(stdin);
    this.#deps.logs.detach(key);
    if (stdin !== null) this.#deps.pipes.close(stdin);
  }

  /** Nothing of this daemon runs any more, or nothing that can be stopped. */
  close(): void {
    this.#fcgi.closeAll();
  }

  /** Tells a program how large its terminal is. @returns the errno; "none" when it has no terminal */
  resize(record: ProcessRecord, size: WindowSize): "resized" | "none" | { readonly errno: string } {
    const stdin = this.#live.get(record.key)?.fds.stdin;
    if (!record.config.tty || typeof stdin !== "number") return "none";
    const errno = this.#deps.spawner.resize(stdin, size);
    return errno === null ? "resized" : { errno };
  }

  /** Queues bytes for a program's stdin. */
  writeStdin(key: ProcessKey, bytes: Uint8Array): "accepted" | "full" | "closed" {
    return this.#live.get(key)?.stdin?.write(bytes) ?? "closed";
  }

  /** Queues an event for a listener, which is sent no other before it has read this one: there is no limit to it. */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed" {
    const outcome = this.#live.get(key)?.stdin?.write(bytes, Number.POSITIVE_INFINITY);
    return outcome === "accepted" ? "accepted" : "closed";
  }

  #adopt(key: ProcessKey, fds: Spawned): void {
    const { descriptors, pipes, logs } = this.#deps;
    this.#live.set(key, {
      fds,
      stdin: fds.stdin === null ? null : new StdinWriter(fds.stdin, pipes),
    });
    if (fds.stdin !== null) descriptors.add(fds.stdin, { role: "stdin", owner: key });
    descriptors.add(fds.stdout, { role: "stdout", owner: key });
    if (fds.stderr !== null) descriptors.add(fds.stderr, { role: "stderr", owner: key });
    try {
      logs.attach(key, fds.pid, { stdout: fds.stdout, stderr: fds.stderr }, this.#closed);
    } catch (error) {
      descriptors.remove(fds.stdout);
      if (fds.stderr !== null) descriptors.remove(fds.stderr);
      throw error;
    }
  }

  #environment(record: ProcessRecord): Readonly<Record<string, string>> {
    return programEnvironment(record.config, record.group, this.#deps.context);
  }

  #user(config: ProcessConfig): Result<LaunchUser | null, string> {
    const { uid } = config;
    const { host } = this.#deps;
    if (uid === null || uid === host.ownUid) return ok(null);
    if (host.ownUid !== 0) {
      return err(`couldn't setuid to ${uid}: Can't drop privilege as nonroot user`);
    }
    const user = host.user(uid);
    return user === null ? err(`couldn't setuid to ${uid}: Can't find uid ${uid}`) : ok(user);
  }
}
