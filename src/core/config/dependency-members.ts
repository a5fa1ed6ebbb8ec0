// The processes that the names in depends_on and restart_with mean.

import { closest } from "../base/edit-distance.ts";
import { displayName } from "../base/ids.ts";
import { dependencyNames } from "./dependencies.ts";
import type { GroupConfig, ProcessConfig } from "./model.ts";

/** A process where it runs. */
export interface Member {
  readonly name: string;
  readonly config: ProcessConfig;
}

/** Names beyond these are not compared for a suggestion, which takes time. */
const MOST_COMPARED = 2000;

/** The processes that each name means. */
export class Members {
  readonly all: readonly Member[];
  readonly #byName = new Map<string, Member[]>();
  readonly #groups: ReadonlySet<string>;

  constructor(groups: readonly GroupConfig[]) {
    this.#groups = new Set(groups.map(({ name }) => name));
    this.all = groups.flatMap((group) =>
      group.processes.map((config) => {
        const member = { name: displayName(group.name, config.name), config };
        for (const name of dependencyNames(group.name, config)) this.#add(name, member);
        return member;
      }),
    );
  }

  named(name: string): readonly Member[] {
    return this.#byName.get(name) ?? [];
  }

  /** What to write instead of a name that means nothing; null when nothing is close. */
  suggestion(name: string): string | null {
    if (this.#groups.has(name)) return `${name}:*`;
    return closest(name, [...this.#byName.keys()].slice(0, MOST_COMPARED));
  }

  #add(name: string, member: Member): void {
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, [member]);
    else known.push(member);
  }
}
