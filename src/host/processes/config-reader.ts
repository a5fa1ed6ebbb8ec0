// Reads configurations in a short-lived process of the same executable. A file or directory that does not answer, a name
// service that is down, or a text that uses up memory stops that process and not the daemon.
//
// sync-ok(closeSync, readSync, readlinkSync): procfs, and a file without a name in memory

import { closeSync, readlinkSync, readSync } from "node:fs";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import type { ProgramStruct, StructPrograms } from "../../core/config/groups.ts";
import type { Config, ConfigError } from "../../core/config/model.ts";
import { AnswerReader, type ReadAnswer } from "../../core/reader/answer.ts";
import {
  encodeReadRequest,
  READ_FD,
  READ_VERB,
  type ReadRequest,
  type ReadTask,
} from "../../core/reader/request.ts";
import type { ConfigReader, RestartPlan } from "../../ports/config-reader.ts";
import { IS_STANDALONE } from "../system/identity.ts";

import { writeUnnamed } from "../upgrade/unnamed-file.ts";
import type { Helpers } from "./helpers.ts";

interface ConfigReaderDeps {
  readonly helpers: Pick<Helpers, "run">;
  /** How the daemon was called. */
  readonly calling: Omit<ReadRequest, "task">;
  /** How long one reading may take, from when it has begun. */
  readonly limitMs?: number;
  /** The command, for tests. */
  readonly command?: OwnImage;
}

interface OwnImage {
  readonly file: string;
  readonly argv: readonly string[];
}

const LIMIT_MS = 10_000;
/** A Raspberry Pi with a busy card starts tsv in seconds. */
const START_MS = 60_000;
/** Of an answer: a few ten thousand processes. */
const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_NOTE = 8192;

/** Readings by processes. */
export function createConfigReader(deps: ConfigReaderDeps): ConfigReader {
  return {
    async read() {
      const answer = await ask(deps, { kind: "config" });
      return answer.ok ? configOf(answer.value).config : answer;
    },
    async readForRestart({ servers }) {
      const answer = await ask(deps, { kind: "restart", servers });
      if (!answer.ok) return answer;
      const { config, reason } = configOf(answer.value);
      return config.ok ? ok<RestartPlan>({ config: config.value, reason }) : config;
    },
    async readProgram(program: ProgramStruct, { daemon }: Config) {
      const answer = await ask(deps, { kind: "program", program, daemon });
      return answer.ok ? programsOf(answer.value) : answer;
    },
  };
}

function configOf(answer: ReadAnswer): {
  readonly config: Result<Config, ConfigError>;
  readonly reason: string | null;
} {
  if (answer.kind === "config") return { config: ok(answer.config), reason: answer.reason };
  return { config: err(answer.kind === "problem" ? answer.error : UNEXPECTED), reason: null };
}

function programsOf(answer: ReadAnswer): Result<StructPrograms, ConfigError> {
  if (answer.kind === "programs") return ok(answer.programs);
  return err(answer.kind === "problem" ? answer.error : UNEXPECTED);
}

const UNEXPECTED = failure("the process that reads the configuration sent an unexpected answer");

function failure(text: string): ConfigError {
  return { rule: "unreadable-file", text, file: null, line: null, section: null, key: null };
}

async function ask(
  { helpers, calling, limitMs = LIMIT_MS, command = ownImage() }: ConfigReaderDeps,
  task: ReadTask,
): Promise<Result<ReadAnswer, ConfigError>> {
  const opened: number[] = [];
  try {
    const request = writeUnnamed(encodeReadRequest({ ...calling, task }));
    opened.push(request);
    const intake = new Intake(limitMs);
    const outcome = await helpers.run({
      ...command,
      env: process.env,
      descriptors: [{ target: READ_FD, source: request }],
      timeoutMs: START_MS,
      output: (piece) => intake.take(piece),
      end: intake.end,
    });
    intake.close();
    if (typeof outcome === "string") {
      return err(failure(`cannot start the process that reads the configuration: ${outcome}`));
    }
    if (intake.answer !== null) return ok(intake.answer);
    if (outcome.death === null)
      return err(failure(intake.problem ?? late(readNote(request), intake, limitMs)));
    const { exitCode, signal } = outcome.death;
    const how = signal === null ? `status ${exitCode}` : `signal ${signal}`;
    const [stderr = ""] = outcome.stderr.trim().split("\n");
    const words = stderr === "" ? "" : ` and said: ${stderr.slice(0, 200)}`;
    return err(failure(`the process that reads the configuration exited with ${how}${words}`));
  } catch (error) {
    return err(failure(`the configuration cannot be read: ${thrownMessage(error)}`));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

function late(note: string | null, { hasBegun }: Intake, limitMs: number): string {
  if (note !== null) return `${note} took longer than ${limitMs / 1000} seconds`;
  const seconds = (hasBegun ? limitMs : START_MS) / 1000;
  return `the process that reads the configuration did not answer within ${seconds} seconds`;
}

/** The answer as it comes in, and the clock that runs from when the reading has begun. */
class Intake {
  readonly #reader = new AnswerReader();
  readonly #stop = new AbortController();
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | null = null;
  #rest: Buffer[] = [];
  #length = 0;
  /** Why there will be no answer. */
  problem: string | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get end(): AbortSignal {
    return this.#stop.signal;
  }

  get answer(): ReadAnswer | null {
    return this.problem === null ? this.#reader.answer : null;
  }

  get hasBegun(): boolean {
    return this.#reader.hasBegun;
  }

  take(piece: Uint8Array): void {
    if (this.problem !== null) return;
    this.#length += piece.length;
    if (this.#length > MOST_BYTES) {
      const most = MOST_BYTES / 1024 / 1024;
      this.#giveUp(`the configuration is too large: its programs need more than ${most} MB`);
      return;
    }
    try {
      this.#takeLines(piece);
    } catch (error) {
      this.#giveUp(
        `invalid answer of the process that reads the configuration: ${thrownMessage(error)}`,
      );
    }
    if (this.#timer === null && this.#reader.hasBegun) {
      this.#timer = setTimeout(() => this.#stop.abort(), this.#limitMs);
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#rest = [];
  }

  #takeLines(piece: Uint8Array): void {
    let from = 0;
    for (;;) {
      const end = piece.indexOf(10, from);
      if (end < 0) break;
      this.#rest.push(Buffer.from(piece.slice(from, end)));
      const whole = Buffer.concat(this.#rest).toString();
      this.#rest = [];
      this.#reader.take(whole);
      from = end + 1;
    }
    if (from < piece.length) this.#rest.push(Buffer.from(piece.slice(from)));
  }

  #giveUp(problem: string): void {
    this.problem = problem;
    this.#rest = [];
    this.#stop.abort();
  }
}

/** The last note of the reader; null for none. The file is in memory. */
function readNote(fd: number): string | null {
  const buffer = Buffer.alloc(LONGEST_NOTE);
  const length = readSync(fd, buffer, 0, LONGEST_NOTE, 0);
  const [first = ""] = buffer.toString("utf8", 0, length).split("\n");
  try {
    const note: unknown = JSON.parse(first);
    return typeof note === "string" ? note : null;
  } catch {
    return null; // an empty first line: the request as it was written
  }
}

const KERNEL_LINK = "/proc/self/exe";

/**
 * This very executable, also when there is another one at its path by now: the link means the file that the child's
 * process is made of, which is ours until it executes.
 */
function ownImage(): OwnImage {
  const file = process.execPath;
  if (!IS_STANDALONE) {
    return { file, argv: [file, ...process.execArgv, process.argv[1] ?? "", READ_VERB] };
  }
  return { file: isRunByKernel() ? KERNEL_LINK : file, argv: ["tsv", READ_VERB] };
}

function isRunByKernel(): boolean {
  try {
    return readlinkSync(KERNEL_LINK).replace(/ \(deleted\)$/, "") === process.execPath;
  } catch {
    return false;
  }
}
