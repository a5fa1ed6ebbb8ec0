// Reads configurations in a short-lived process of the same executable. A file or directory that does not answer, a name
// service that is down, or a text that uses up memory stops that process and not the daemon.
//
// sync-ok(closeSync, readSync): a file without a name in memory

import { closeSync, readSync } from "node:fs";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { READ_VERB } from "../../core/base/verbs.ts";
import { withKnownGroups } from "../../core/config/diff.ts";
import type { ProgramStruct } from "../../core/config/groups.ts";
import type { Config, ConfigError, GroupConfig } from "../../core/config/model.ts";
import { AnswerReader, type ReadAnswer } from "../../core/reader/answer.ts";
import {
  encodeReadRequest,
  READ_FD,
  type ReadRequest,
  type ReadTask,
} from "../../core/reader/request.ts";
import type { ConfigReader } from "../../ports/config-reader.ts";
import { startLimit } from "../time/limited-task.ts";
import { ownImage } from "../upgrade/executable.ts";
import { writeUnnamed } from "../upgrade/unnamed-file.ts";
import { exitText, type Helpers } from "./helpers.ts";

interface ConfigReaderDeps {
  readonly helpers: Pick<Helpers, "run">;
  /** How the daemon was called. */
  readonly calling: Omit<ReadRequest, "task" | "known">;
}

/** How long one reading may take, from when it has begun. */
const LIMIT_MS = 10_000;
/** A Raspberry Pi with a busy card starts tsv in seconds. */
const START_MS = 60_000;
/** Of an answer: a few ten thousand processes. */
const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_NOTE = 8192;

/** Readings by processes. */
export function createConfigReader(deps: ConfigReaderDeps): ConfigReader {
  /** Of groups that were read. */
  const digests = new WeakMap<GroupConfig, string>();
  const askAgain = async (task: ReadTask, before: Config) => {
    const known = new Map<string, GroupConfig>();
    for (const group of before.groups) {
      const digest = digests.get(group);
      if (digest !== undefined) known.set(digest, group);
    }
    const intake = new Intake(known);
    const answer = await ask(deps, task, intake);
    if (!answer.ok || answer.value.kind !== "config") return answer;
    const config = withKnownGroups(before, answer.value.config);
    for (const [index, group] of config.groups.entries()) {
      const digest = intake.digests[index];
      if (digest !== undefined) digests.set(group, digest);
    }
    return ok({ ...answer.value, config });
  };
  return {
    async read(before) {
      const answer = await askAgain({ kind: "config" }, before);
      if (!answer.ok) return answer;
      return answer.value.kind === "config" ? ok(answer.value.config) : problemOf(answer.value);
    },
    async readForRestart({ servers }) {
      const answer = await ask(deps, { kind: "restart", servers });
      if (!answer.ok) return answer;
      return answer.value.kind === "config" ? ok(answer.value) : problemOf(answer.value);
    },
    async decide(wanted, before) {
      const answer = await askAgain({ kind: "decide", wanted }, before);
      if (!answer.ok) return answer;
      if (answer.value.kind === "refused") return err(answer.value.refused);
      return answer.value.kind === "config" ? ok(answer.value) : problemOf(answer.value);
    },
    async readOptions(section) {
      const answer = await ask(deps, { kind: "options", section });
      if (!answer.ok) return answer;
      return answer.value.kind === "options" ? ok(answer.value.options) : problemOf(answer.value);
    },
    async readProgram(program: ProgramStruct, { daemon }: Config) {
      const answer = await ask(deps, { kind: "program", program, daemon });
      if (!answer.ok) return answer;
      return answer.value.kind === "programs" ? ok(answer.value.programs) : problemOf(answer.value);
    },
  };
}

function problemOf(answer: ReadAnswer): Result<never, ConfigError> {
  return err(answer.kind === "problem" ? answer.error : UNEXPECTED);
}

const UNEXPECTED = failure("the process that reads the configuration sent an unexpected answer");

function failure(text: string): ConfigError {
  return { rule: "unreadable-file", text, file: null, line: null, section: null, key: null };
}

async function ask(
  { helpers, calling }: ConfigReaderDeps,
  task: ReadTask,
  intake = new Intake(new Map()),
): Promise<Result<ReadAnswer, ConfigError>> {
  let request = -1;
  try {
    request = writeUnnamed(encodeReadRequest({ ...calling, known: intake.known, task }));
    const outcome = await helpers.run({
      ...ownImage([READ_VERB]),
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
      return err(failure(intake.problem ?? late(readNote(request), intake)));
    const how = exitText(outcome.death, outcome.stderr);
    return err(failure(`the process that reads the configuration ${how}`));
  } catch (error) {
    return err(failure(`the configuration cannot be read: ${thrownMessage(error)}`));
  } finally {
    if (request >= 0) closeSync(request);
  }
}

function late(note: string | null, { hasBegun }: Intake): string {
  if (note !== null) return `${note} took longer than ${LIMIT_MS / 1000} seconds`;
  const seconds = (hasBegun ? LIMIT_MS : START_MS) / 1000;
  return `the process that reads the configuration did not answer within ${seconds} seconds`;
}

/** The answer as it comes in, and the clock that runs from when the reading has begun. */
class Intake {
  readonly #reader: AnswerReader;
  readonly known: readonly string[];
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  readonly #decoder = new TextDecoder();
  /** The parts of an unfinished line. */
  #line: string[] = [];
  #length = 0;
  /** Why there will be no answer. */
  problem: string | null = null;

  /** @param known groups that need not be sent, by their digests */
  constructor(known: ReadonlyMap<string, GroupConfig>) {
    this.#reader = new AnswerReader(known);
    this.known = [...known.keys()];
  }

  /** Of the groups of the answer. */
  get digests(): readonly string[] {
    return this.#reader.digests;
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
      this.#timer = startLimit(LIMIT_MS, () => this.#stop.abort());
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #takeLines(piece: Uint8Array): void {
    const [first = "", ...others] = this.#decoder.decode(piece, { stream: true }).split("\n");
    this.#line.push(first);
    for (const next of others) {
      this.#reader.take(this.#line.join(""));
      this.#line = [next];
    }
  }

  #giveUp(problem: string): void {
    this.problem = problem;
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
