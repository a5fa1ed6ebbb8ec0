// A keeper whose daemon is a puppet: each life of the daemon connects to the test, and does what it says.

import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../e2e/rig/places.ts";
import { compiled } from "../../rig/compiled.ts";
import { event, until } from "../../rig/wait.ts";

const KEEPER = join(ROOT, "build/keeper");
/** Of control, daemon, executable, memory, signals and the next executable, in the keeper. */
const FIXED = "3,4,5,6,7,8";

/** One life of the daemon. */
export class Life {
  readonly lines: string[] = [];
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) =>
      this.lines.push(line),
    );
  }

  /** The first line that matches, removed from what was read. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return await until(
      () => {
        const at = this.lines.findIndex((line) => pattern.test(line));
        return at < 0 ? undefined : (pattern.exec(this.lines.splice(at, 1)[0] ?? "") ?? undefined);
      },
      { what: String(pattern), left: () => this.lines.join("\n") },
    );
  }

  /** Does it, and waits for the answer: a number, negative for an errno. */
  async does(command: string): Promise<number> {
    this.orders(command);
    return Number((await this.line(/^-?\d+$/))[0]);
  }

  /** Does it, without an answer. */
  orders(command: string): void {
    this.#socket.write(`${command}\n`);
  }
}

export class KeptDaemon {
  readonly keeper: ChildProcess;
  readonly directory: string;
  stderr = "";
  readonly #server: Server;
  readonly #lives: Life[] = [];

  private constructor(directory: string, server: Server, environment: Record<string, string>) {
    this.directory = directory;
    this.#server = server;
    server.on("connection", (socket) => this.#lives.push(new Life(socket)));
    const executable = openSync(compiled("test/integration/keeper/puppet-daemon.c"), "r");
    const memoryPath = join(directory, "memory");
    writeFileSync(memoryPath, "");
    truncateSync(memoryPath, 4096);
    const memory = openSync(memoryPath, "r+");
    const variables = { PUPPET: join(directory, "puppet"), TSV_KEEPER: FIXED };
    this.keeper = spawn(KEEPER, ["one", "two words"], {
      argv0: "tsv",
      env: { ...variables, ...environment },
      stdio: ["ignore", "inherit", "pipe", memory, memory, executable, memory, memory, memory],
    });
    this.keeper.stderr?.on("data", (data) => {
      this.stderr += data;
    });
    for (const fd of [executable, memory]) closeSync(fd);
  }

  static async start(environment: Record<string, string> = {}): Promise<KeptDaemon> {
    const directory = mkdtempSync(join(tmpdir(), "tsv-keeper-"));
    const server = createServer();
    server.listen(join(directory, "puppet"));
    await event(server, "listening");
    // For a daemon that has given up its rights.
    for (const path of [directory, join(directory, "puppet")]) chmodSync(path, 0o777);
    return new KeptDaemon(directory, server, environment);
  }

  /** The next life of the daemon, with its pid. */
  async life(): Promise<{ life: Life; pid: number; hello: string }> {
    const life = await until(() => this.#lives.shift(), { what: "a life of the daemon" });
    const [hello, pid] = await life.line(/^life (\d+) .*/);
    return { life, pid: Number(pid), hello };
  }

  /** A life that is ready. */
  async ready(): Promise<{ life: Life; pid: number; hello: string }> {
    const next = await this.life();
    await next.life.does("ready");
    return next;
  }

  /** How the keeper has ended. */
  async end(): Promise<{ code: number | null; signal: string | null }> {
    const { exitCode, signalCode } = this.keeper;
    if (exitCode === null && signalCode === null)
      await event(this.keeper, "exit", { what: "the end of the keeper", left: () => this.stderr });
    return { code: this.keeper.exitCode, signal: this.keeper.signalCode };
  }

  close(): void {
    this.keeper.kill("SIGKILL");
    this.#server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
