// Whether containers run on this machine, and if not, why.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { withoutRoot, withoutTsv } from "../../e2e/rig/places.ts";
import { podmanWords } from "./podman.ts";

const PROGRAMS = ["podman", "runc", "conmon", "mmdebstrap", "unshare", "setpriv", "tar", "gzip"];

let answer: string | false | null = null;

/** The reason to skip tests in containers, or false. */
export function withoutContainers(): string | false {
  answer ??= withoutTsv() || withoutRoot() || findReason();
  return answer;
}

function findReason(): string | false {
  const path = (process.env["PATH"] ?? "").split(":");
  const absent = PROGRAMS.filter((name) => !path.some((each) => existsSync(`${each}/${name}`)));
  if (absent.length > 0) {
    return `${absent.join(", ")} missing; run make test-containers where apt can install`;
  }
  const { status, stderr } = spawnSync("unshare", ["-mpfuni", "mount", "-t", "proc", "p", "/proc"]);
  if (status !== 0) return `namespaces are forbidden here: ${String(stderr).trim()}`;
  const [command = "", ...words] = podmanWords("info");
  const info = spawnSync(command, words, { encoding: "utf8" });
  return info.status === 0 ? false : `podman does not work here: ${info.stderr.trim()}`;
}
