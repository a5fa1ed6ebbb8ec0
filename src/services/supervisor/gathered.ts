// The variables that starts gather from env_file and env_command. They are kept while their programs run, because the commands of
// checks get them too, and `tsv env` shows them. Equal ones are kept once, and all together are limited: a program may keep as
// much as is free, so that none takes the room of others.

import { err, ok, type Result } from "../../core/base/result.ts";
import { Shared } from "../../core/base/shared.ts";
import type { EnvFileValue } from "../../core/config/value-types.ts";
import type { StartFailure } from "../../core/environment/env-command.ts";
import {
  type EnvVariable,
  envReadText,
  envSyntaxText,
  parseEnvBytes,
} from "../../core/environment/env-file.ts";
import type { Gathered, GatheredFile } from "../../core/environment/layers.ts";
import { isHostFailure } from "../../core/process/spawn-errors.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";

type Variables = readonly EnvVariable[];
type FileResult = Result<GatheredFile | null, StartFailure>;

/** Bytes of memory, as estimated. */
const MOST_KEPT = 32 * 1024 * 1024;
/** For each variable, besides its characters. */
const OBJECT_BYTES = 150;

/** Instead of the variables of a program that may not keep them. */
export const NOT_KEPT = "not-kept";
export const NOT_KEPT_TEXT =
  "the variables of its env_file and env_command are too large to keep; make them smaller";

interface KeptList {
  readonly program: string;
  readonly bytes: number;
  users: number;
}

export class GatheredVariables {
  readonly #sources: Pick<EnvironmentSources, "readFile">;
  readonly #mostKept: number;
  /** Reads in progress: starts at the same time share one. */
  readonly #reading: Shared<FileResult>;
  /** By file or program, as they were read last. */
  readonly #newest = new Map<string, WeakRef<Variables>>();
  readonly #kept = new Map<Variables, KeptList>();
  /** Bytes, by the program that kept them first. */
  readonly #ofProgram = new Map<string, number>();
  #bytes = 0;

  /** @param now monotonic milliseconds */
  constructor(
    sources: Pick<EnvironmentSources, "readFile">,
    now: () => number,
    mostKept = MOST_KEPT,
  ) {
    this.#sources = sources;
    this.#reading = new Shared(now);
    this.#mostKept = mostKept;
  }

  /** Reads env_file in order. The first file that cannot be read, or has a mistake, is the error. */
  async read(
    files: readonly EnvFileValue[],
  ): Promise<Result<readonly GatheredFile[], StartFailure>> {
    const read: GatheredFile[] = [];
    for (const file of files) {
      const key = JSON.stringify(file);
      const outcome = await this.#reading.share(key, () => this.#readFile(file));
      if (!outcome.ok) return outcome;
      if (outcome.value !== null) read.push(outcome.value);
    }
    return ok(read);
  }

  /** @returns null for an optional file that does not exist */
  async #readFile({ path, isOptional }: EnvFileValue): Promise<FileResult> {
    const bytes = await this.#sources.readFile(path);
    if (!bytes.ok) {
      const errno = bytes.error;
      if (isOptional && errno === "ENOENT") return ok(null);
      const byHost = errno === "EBUSY" || isHostFailure(errno);
      return err({ text: envReadText(path, errno), byHost });
    }
    const parsed = parseEnvBytes(bytes.value);
    if (!parsed.ok) return err({ text: envSyntaxText(path, parsed.error), byHost: false });
    return ok({ path, variables: this.shared(`file ${path}`, parsed.value) });
  }

  /** The variables that this source had before, if they are the same. */
  shared(source: string, variables: Variables): Variables {
    const newest = this.#newest.get(source)?.deref();
    if (newest !== undefined && isSame(newest, variables)) return newest;
    this.#newest.set(source, new WeakRef(variables));
    return variables;
  }

  /** Keeps what a program has gathered. @returns false if that would take too much of what is free */
  keep(program: string, gathered: Gathered): boolean {
    const lists = listsOf(gathered);
    const added = new Map(
      lists.flatMap((list) => (this.#kept.has(list) ? [] : [[list, bytesOf(list)] as const])),
    );
    const bytes = [...added.values()].reduce((sum, each) => sum + each, 0);
    const ofProgram = (this.#ofProgram.get(program) ?? 0) + bytes;
    if (bytes > 0 && ofProgram > this.#mostKept - this.#bytes) return false;
    this.#count(program, bytes);
    for (const [list, each] of added) this.#kept.set(list, { program, bytes: each, users: 0 });
    for (const list of lists) {
      const kept = this.#kept.get(list);
      if (kept !== undefined) kept.users += 1;
    }
    return true;
  }

  /** Reverts `keep`. */
  drop(gathered: Gathered): void {
    for (const list of listsOf(gathered)) {
      const kept = this.#kept.get(list);
      if (kept === undefined) continue;
      kept.users -= 1;
      if (kept.users > 0) continue;
      this.#kept.delete(list);
      this.#count(kept.program, -kept.bytes);
    }
  }

  #count(program: string, bytes: number): void {
    this.#bytes += bytes;
    const sum = (this.#ofProgram.get(program) ?? 0) + bytes;
    if (sum > 0) this.#ofProgram.set(program, sum);
    else this.#ofProgram.delete(program);
  }
}

function listsOf({ files, command }: Gathered): readonly Variables[] {
  const ofFiles = files.map(({ variables }) => variables);
  return command === null ? ofFiles : [...ofFiles, command];
}

function bytesOf(list: Variables): number {
  return list.reduce((sum, { name, value }) => sum + name.length + value.length + OBJECT_BYTES, 0);
}

function isSame(left: Variables, right: Variables): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, value, line }, at) => {
      const other = right[at];
      return name === other?.name && value === other.value && line === other.line;
    })
  );
}
