// Users and groups from the host's name service: they may be in LDAP or sssd instead of /etc/passwd.
//
// sync-ok(findGroup, findUser, groupsOf): at the first start, in the process that reads for the
// daemon, and in commands; starts of programs look up their user on a thread (program-host.ts)

import { posix } from "../posix.ts";

/** The accounts of this host. Nothing is cached: a user may be added while the daemon runs. */
export function createAccounts() {
  return {
    /** By name first; a string of digits that is no user name, and a number, are a uid. null when there is none. */
    findUser: (key: string | number) => find(key, (one) => posix().findUser(one)),
    findGroup: (key: string | number) => find(key, (one) => posix().findGroup(one)),
    /** Every group of the user, `gid` included. */
    groupsOf: (name: string, gid: number) => posix().groupsOf(name, gid),
  };
}

function find<Entry>(
  key: string | number,
  look: (key: string | number) => Entry | number,
): Entry | null {
  const found = look(key);
  if (typeof found !== "number") return found;
  if (typeof key === "string" && /^\d{1,10}$/.test(key)) {
    const id = Number(key);
    const byId = id <= 0xffff_fffe ? look(id) : 0; // the last id means "unchanged" to setresuid(2)
    if (typeof byId !== "number") return byId;
  }
  return null;
}

// Lookups of accounts and host names on libuv's threads. The name service may never answer, so only a few lookups run at once,
// and concurrent requests for the same name share one.

type Callback<Answer> = (answer: Answer) => void;

/** Most lookups of one kind in progress; each may occupy a thread for ever. The lanes of files leave these threads free. */
export const LOOKUPS_AT_ONCE = 2;
/** The same for the host names of checks; programs share them, and one program gets half. */
export const CHECK_LOOKUPS_AT_ONCE = 4;

/** Answers are not kept: accounts and names change while the daemon runs. */
export class Lookups<Key, Answer> {
  readonly #look: (key: Key) => Promise<Answer>;
  readonly #atOnce: number;
  readonly #running = new Map<Key, Set<Callback<Answer>>>();
  /** First in, first out. */
  readonly #waiting = new Map<Key, Set<Callback<Answer>>>();

  /** @param look does not reject; may never settle. @param atOnce how many different questions run at a time */
  constructor(look: (key: Key) => Promise<Answer>, atOnce = LOOKUPS_AT_ONCE) {
    this.#look = look;
    this.#atOnce = atOnce;
  }

  /** @param callback called once, later; possibly never. @returns cancels it */
  ask(key: Key, callback: Callback<Answer>): () => void {
    const asking = this.#running.get(key) ?? this.#waiting.get(key) ?? new Set();
    if (!this.#running.has(key)) this.#waiting.set(key, asking);
    // One of its own, because the same function may ask twice.
    const one: Callback<Answer> = (answer) => callback(answer);
    asking.add(one);
    this.#next();
    return () => {
      asking.delete(one);
      if (asking.size === 0 && this.#waiting.get(key) === asking) this.#waiting.delete(key);
    };
  }

  #next(): void {
    for (const [key, asking] of this.#waiting) {
      if (this.#running.size >= this.#atOnce) return;
      this.#waiting.delete(key);
      this.#running.set(key, asking);
      void this.#run(key, asking);
    }
  }

  async #run(key: Key, asking: Set<Callback<Answer>>): Promise<void> {
    const answer = await this.#look(key);
    this.#running.delete(key);
    this.#next();
    for (const callback of [...asking]) if (asking.has(callback)) callback(answer);
  }
}
