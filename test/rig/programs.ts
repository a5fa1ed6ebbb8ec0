// Programs that a test needs of this machine.

import { existsSync } from "node:fs";

/** Where they are installed, also for a user whose PATH lacks those of root. */
const DIRECTORIES = ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The reason to skip a test that needs programs, or false. @param remedy what installs them: "make test-hosts" */
export function withoutPrograms(names: readonly string[], remedy: string): string | false {
  const absent = names.filter((name) => !DIRECTORIES.some((path) => existsSync(`${path}/${name}`)));
  return absent.length > 0 && `${absent.join(", ")} missing; run ${remedy} where apt can install`;
}
