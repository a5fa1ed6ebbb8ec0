// Which symlink in the path of a log a daemon of root does not follow.

import { LinkWalk } from "../../core/base/link-walk.ts";
import { dirname, joinPath } from "../../core/config/paths.ts";
import { type Refusal, refusalOf } from "../../core/logs/log-path.ts";
import type { Probe } from "./probe.ts";

type Links = Pick<Probe, "look" | "linkTarget" | "linkOwner" | "realPath">;

export interface RefusedLink {
  readonly path: string;
  readonly uid: number;
  /** Its target, as far as it exists. */
  readonly target: string;
  readonly why: Refusal;
}

/** The first symlink of an absolute path that root does not follow; null if there is none. */
export function refusedLink(path: string, probe: Links): RefusedLink | null {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const text = probe.linkTarget(next);
    if (text === null) continue;
    const uid = probe.linkOwner(next) ?? 0;
    const target = probe.realPath(next) ?? joinPath(walk.at, text);
    const [holder, led, ledIn] = [walk.at, next, dirname(target)].map((one) => {
      const found = probe.look(one);
      return found.ok ? { ...found, isFile: found.kind === "file" } : null;
    });
    const why = refusalOf({
      uid,
      holder: holder ?? null,
      led: led ?? null,
      ledIn: ledIn?.uid ?? null,
      isLast: walk.isLast,
    });
    if (why !== null) return { path: next, uid, target, why };
    if (!walk.follow(text)) return null;
  }
  return null;
}
