// podman with storage of the tests' own, runc, and nothing of this machine's configuration.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, plainEnvironment, run } from "../../e2e/rig/command.ts";
import { HOSTS_DIRECTORY } from "../../hosts/rig/places.ts";

/** Roots of images, and podman's storage. */
export const CONTAINERS = join(HOSTS_DIRECTORY, "containers");

/** Where podman keeps what does not outlive a boot of the machine: one for each storage. */
const RUNTIME = `/run/tsv-test${CONTAINERS.replaceAll("/", "-")}`;

/** Every image is named in full: there is no registry to ask. */
const REGISTRIES = "unqualified-search-registries = []\n";

/** A command line of podman. */
export function podmanWords(...words: readonly string[]): readonly string[] {
  mkdirSync(CONTAINERS, { recursive: true });
  const registries = join(CONTAINERS, "registries.conf");
  writeFileSync(registries, REGISTRIES);
  return [
    ...["env", `CONTAINERS_REGISTRIES_CONF=${registries}`],
    ...["podman", "--root", join(CONTAINERS, "storage"), "--runroot", RUNTIME],
    ...["--tmpdir", join(RUNTIME, "tmp"), "--storage-driver", "overlay"],
    ...[
      "--cgroup-manager=cgroupfs",
      "--events-backend=file",
      "--runtime=runc",
      "--log-level=error",
    ],
    ...words,
  ];
}

/** Runs podman to its end. */
export function podman(...words: readonly string[]): Promise<Outcome> {
  return run(podmanWords(...words), { env: plainEnvironment("containers"), timeoutMs: 300_000 });
}

/** The same. @returns what it printed, without the end of the last line @throws when it fails */
export async function mustPodman(...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await podman(...words);
  if (status === 0) return stdout.trimEnd();
  throw new Error(`podman ${words.join(" ")} exited with ${status}: ${stdout}${stderr}`);
}
