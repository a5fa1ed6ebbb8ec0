// See ports/exchange-files.ts, and posix/exchange.c for how it is done.

import type { ExchangeFiles } from "../../ports/exchange-files.ts";
import { posix } from "../posix.ts";

interface Joined {
  readonly file: number;
  /** Bytes that were read. */
  taken: number;
}

export class PipeFiles implements ExchangeFiles {
  /** Called before bytes are poured: an answer may be due. */
  onPour: () => void = () => {};
  readonly #joined = new Map<number, Joined>();

  create(pipe: number): number | null {
    const file = posix().isTerminal(pipe) === 1 ? -1 : posix().memoryFile();
    return file < 0 ? null : file;
  }

  join(pipe: number, file: number, taken: number): void {
    this.#joined.set(pipe, { file, taken });
  }

  has(pipe: number): boolean {
    return this.#joined.has(pipe);
  }

  hasRest(pipe: number): boolean {
    const joined = this.#joined.get(pipe);
    return joined !== undefined && posix().position(joined.file) > joined.taken;
  }

  /** @returns as posix.read; null for a pipe without a file */
  read(pipe: number, buffer: Uint8Array): number | null {
    const joined = this.#joined.get(pipe);
    if (joined === undefined) return null;
    const n = posix().takeThrough(pipe, joined.file, buffer, joined.taken);
    if (n > 0) joined.taken += n;
    return n;
  }

  stage(pipe: number, bytes: Uint8Array): "accepted" | "closed" {
    const joined = this.#joined.get(pipe);
    if (joined === undefined) return "closed";
    return posix().stage(joined.file, pipe, bytes) === 0 ? "accepted" : "closed";
  }

  unstage(pipe: number): void {
    const joined = this.#joined.get(pipe);
    if (joined !== undefined) posix().unstage(joined.file);
  }

  pour(pipe: number): number | "closed" {
    const joined = this.#joined.get(pipe);
    this.onPour();
    const left = joined === undefined ? 0 : posix().pour(joined.file, pipe);
    return left < 0 ? "closed" : left;
  }

  /** The pipe is closed: its number may be another's. */
  leave(pipe: number): void {
    this.#joined.delete(pipe);
  }

  close(file: number): void {
    posix().close(file);
  }
}
