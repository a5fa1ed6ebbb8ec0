// Sessions of browsers that have signed in on the page. Memory has the hashes of their keys alone. They end with the daemon, also by
// an upgrade.

import { SECOND } from "../../core/base/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** Of all users; beyond, the one that was used longest ago ends. */
const MOST_SESSIONS = 256;
/** Of one user. */
const MOST_OF_USER = 8;
/** A session that is not used for so long ends. */
const IDLE_MS = 12 * 3600 * SECOND;

/** Who has signed in, and where. */
export interface Session {
  /** The server section. */
  readonly section: string;
  readonly username: string;
  /** The password as the configuration has it: with another one, the session ends. */
  readonly stored: string;
}

interface Used extends Session {
  /** Monotonic milliseconds. */
  readonly lastMs: number;
}

interface SessionDeps {
  readonly secrets: Pick<Secrets, "newKey" | "sha256Hex">;
  readonly now: Clock["now"];
}

export class Sessions {
  readonly #deps: SessionDeps;
  /** By id, in the order of their last uses. */
  readonly #sessions = new Map<string, Used>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** @returns the key, which only the browser has: 43 characters */
  begin(session: Session): string {
    this.#endIdle();
    const ofUser = [...this.#sessions].filter(([, { username }]) => username === session.username);
    const [oldest] = this.#sessions.keys();
    if (ofUser.length >= MOST_OF_USER) this.end(ofUser[0]?.[0] ?? "");
    else if (this.#sessions.size >= MOST_SESSIONS) this.end(oldest ?? "");
    const key = this.#deps.secrets.newKey();
    this.#sessions.set(this.#idOf(key), { ...session, lastMs: this.#deps.now().mono });
    return key;
  }

  /** The session of a key, which is in use now; null if it has ended. */
  use(key: string): (Session & { readonly id: string }) | null {
    this.#endIdle();
    const id = this.#idOf(key);
    const session = this.#sessions.get(id);
    if (session === undefined) return null;
    this.#sessions.delete(id);
    this.#sessions.set(id, { ...session, lastMs: this.#deps.now().mono });
    return { ...session, id };
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }

  #idOf(key: string): string {
    return this.#deps.secrets.sha256Hex(key);
  }

  #endIdle(): void {
    const { mono } = this.#deps.now();
    for (const [id, { lastMs }] of this.#sessions) {
      if (mono - lastMs <= IDLE_MS) return;
      this.#sessions.delete(id);
    }
  }
}
