// The pipes of event listeners pass through files that outlive the daemon: see ports/exchange-files.ts.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { DescriptorRole } from "../../core/snapshot/descriptors.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { ExchangeFiles } from "../../ports/exchange-files.ts";
import type { ListenerPipesApi } from "./api.ts";

/** The pipe of each file, by the role of the file. */
const PIPES = { "to-listener": "stdin", "from-listener": "stdout" } as const;
type FileRole = keyof typeof PIPES;

interface ListenerPipesDeps {
  readonly files: ExchangeFiles;
  readonly descriptors: DescriptorTable;
  /** Bytes that a listener has answered in this run; null if the process is no event listener. */
  readonly receivedFrom: (key: ProcessKey) => number | null;
}

export class ListenerPipes implements ListenerPipesApi {
  readonly #deps: ListenerPipesDeps;
  readonly #filesOf = new Map<ProcessKey, readonly number[]>();

  constructor(deps: ListenerPipesDeps) {
    this.#deps = deps;
  }

  /** Continues with the files of the daemon before. @param keys of event listeners */
  restore(keys: Iterable<ProcessKey>): void {
    const { descriptors } = this.#deps;
    const held = new Map(Array.from(descriptors, ([fd, { role, owner }]) => [role + owner, fd]));
    const find = (role: DescriptorRole, key: ProcessKey): number => held.get(role + key) ?? -1;
    for (const key of keys) {
      for (const role of Object.keys(PIPES) as FileRole[]) {
        const [pipe, file] = [find(PIPES[role], key), find(role, key)];
        if (pipe < 0) continue;
        if (file < 0) this.#create(key, pipe, role);
        else this.#join(key, pipe, file);
      }
    }
  }

  opened(key: ProcessKey, stdin: number | null, stdout: number): void {
    if (this.#deps.receivedFrom(key) === null) return;
    if (stdin !== null) this.#create(key, stdin, "to-listener");
    this.#create(key, stdout, "from-listener");
  }

  closed(key: ProcessKey): void {
    const { files, descriptors } = this.#deps;
    for (const file of this.#filesOf.get(key) ?? []) {
      descriptors.delete(file);
      files.close(file);
    }
    this.#filesOf.delete(key);
  }

  #create(key: ProcessKey, pipe: number, role: FileRole): void {
    const { files, descriptors } = this.#deps;
    const file = files.create(pipe);
    if (file === null) return;
    descriptors.set(file, { role, owner: key });
    this.#join(key, pipe, file);
  }

  #join(key: ProcessKey, pipe: number, file: number): void {
    const { files, receivedFrom } = this.#deps;
    files.join(pipe, file, receivedFrom(key) ?? 0);
    this.#filesOf.set(key, [...(this.#filesOf.get(key) ?? []), file]);
  }
}
