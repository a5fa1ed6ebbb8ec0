// Admits commands to a pool of children that have not executed yet. A child that looks for its file on a file system that does
// not answer cannot always be killed, and keeps its place. So once many places are in use, or the program's last start failed
// because of the host, a command first waits until its file systems answer: that takes no process, and delays no other.

import { type Claim, Places } from "../../core/base/places.ts";
import { Shared } from "../../core/base/shared.ts";
import type { Admission, Paths } from "../../ports/spawner.ts";
import { awaitAnswer } from "../files/answers.ts";
import { closeFile, isRegular, openForReading, readFile, statFile } from "../files/file-calls.ts";
import { monotonic } from "../time/clock.ts";

type Awaited = Admission["awaits"];

export class Admissions {
  readonly #places: Places;

  constructor(most: number) {
    this.#places = new Places(most);
  }

  /** See `Spawner`. */
  admit(
    paths: Paths,
    claim: Claim,
    admitted: (leave: () => void) => void,
    held: (() => void) | null = null,
  ): Admission {
    const places = this.#places;
    let awaits: Awaited = "find";
    let cancel = (): void => {
      awaits = null;
    };
    const enter = (): void => {
      awaits = null;
      let isIn = true;
      const leave = (): void => {
        if (isIn) places.leave(claim);
        isIn = false;
      };
      admitted(held ?? leave);
    };
    const isIn = (): boolean => held !== null || places.take(claim);
    const looked = (): void => {
      if (awaits === null) return;
      awaits = "place";
      if (isIn()) enter();
      else cancel = places.wait(claim, enter);
    };
    if (!claim.isSuspect && !places.isCrowded && isIn()) enter();
    else void awaitPaths(paths, (at) => (awaits &&= at)).then(looked);
    return {
      get awaits() {
        return awaits;
      },
      cancel: () => cancel(),
    };
  }
}

/** Bytes at the beginning of a script that name its interpreter (execve(2)). */
const HEAD_BYTES = 256;

/**
 * Waits until the file systems of all paths answer, and that of the interpreter of a script; possibly for ever.
 * @param at called with what it waits for
 */
async function awaitPaths(
  { directory, files = [], search = [] }: Paths,
  at: (awaits: Awaited) => void,
): Promise<void> {
  at("chdir");
  // As chdir(2), which asks for the permission to search it.
  if (directory !== null) await shared(`${directory}/.`);
  at("env_file");
  for (const path of files) await awaitAnswer(path);
  at("find");
  for (const path of search) if (await shared(path)) return;
}

/** A file system that has answered is not asked again by each of many starts. */
const ANSWERED_MS = 100;
/** By path: starts that are repeated while a file system does not answer wait for the same. */
const looks = new Shared<boolean>(monotonic, ANSWERED_MS);

/** Waits until the file system of a path answers. @returns whether the path is a file */
function shared(path: string): Promise<boolean> {
  return looks.share(path, () => lookAt(path));
}

async function lookAt(path: string): Promise<boolean> {
  const stats = await statFile(path);
  if (!stats.ok || !isRegular(stats.value)) return false;
  const opened = await openForReading(path);
  // It can be executed without the permission to read it.
  if (!opened.ok) return true;
  const head = Buffer.alloc(HEAD_BYTES);
  const { fd } = opened.value;
  const got = await readFile(fd, head, 0);
  void closeFile(fd);
  const [, interpreter] =
    /^#![ \t]*(\/[^ \t\n]*)/.exec(head.toString("latin1", 0, got.ok ? got.value : 0)) ?? [];
  if (interpreter !== undefined) await awaitAnswer(interpreter);
  return true;
}
