// Where a missing configuration went: another file of the search path, or a renamed one beside it, that names its socket.

import { dirname, splitPath } from "../../../core/config/paths.ts";
import { socketPathOf } from "../../../core/config/server-url.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";

/** Editors, people and package managers rename files so: tsv.conf.bak, tsv.conf~, tsv.conf.rpmsave, tsv.conf.1. */
const RENAMED = /^(?:~|[.-][\w.-]+)$/;

/** null if there is none, or if the manifest names no socket. */
export function movedConfig(
  path: string,
  { config, service }: Situation,
  probe: Probe,
): string | null {
  const socket = service.manifest?.server ? socketPathOf(service.manifest.server) : null;
  if (socket === null) return null;
  const directory = dirname(path);
  const { tail } = splitPath(path);
  const renamed = (probe.list(directory) ?? []).filter(
    (name) => name.startsWith(tail) && RENAMED.test(name.slice(tail.length)),
  );
  const candidates = [
    ...config.search.flatMap(({ path: one, exists }) => (exists && one !== path ? [one] : [])),
    ...renamed.map((name) => `${directory}/${name}`),
  ];
  return candidates.find((one) => namesSocket(probe.readText(one) ?? "", socket)) ?? null;
}

/** In `file=` of its server. */
function namesSocket(text: string, socket: string): boolean {
  const written = socket.replaceAll("%", "%%");
  return text.split("\n").some((line) => /^file\s*[=:]\s*(\S+)/.exec(line)?.[1] === written);
}
