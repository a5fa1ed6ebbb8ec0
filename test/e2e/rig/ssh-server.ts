// A real sshd of a test, with keys of its own, at a port of 127.0.0.1, and an ssh that knows it and uses no files of the user.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { freePort } from "../../rig/free-port.ts";
import { withoutRoot } from "./places.ts";
import type { Rig } from "./rig.ts";
import { waitForText } from "./watch.ts";

const SSHD = "/usr/sbin/sshd";
const SSH = "/usr/bin/ssh";

/** The reason to skip a test, or false. */
export function withoutSsh(): string | false {
  const absent = [SSHD, SSH].filter((path) => !existsSync(path));
  if (absent.length > 0) return `${absent.join(", ")} missing; run make test-host`;
  return withoutRoot();
}

export interface SshServer {
  readonly port: number;
  /** The directory of the ssh that knows it, for $PATH. */
  readonly bin: string;
  /** What ssh is given instead of the files of the user. */
  readonly config: string;
}

/** Starts one, until the test ends. */
export async function startSshServer(rig: Rig, t: TestContext): Promise<SshServer> {
  const port = await freePort();
  // Its privileges are separated there.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  for (const name of ["host", "id"]) {
    const made = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", rig.path(name)]);
    if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
  }
  const config = rig.write(
    "sshd_config",
    `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${rig.path("host")}\nPidFile none
AuthorizedKeysFile ${rig.path("id.pub")}\nStrictModes no\nUsePAM no\nMaxStartups 100
PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n`,
  );
  const log = rig.path("sshd.log");
  const env = { PATH: process.env["PATH"], TSV_E2E_RUN: rig.mark };
  const server: ChildProcess = spawn(SSHD, ["-D", "-f", config, "-E", log], {
    env,
    stdio: "ignore",
  });
  // It overwrites its environment, by which the rig finds processes.
  t.after(() => void server.kill("SIGKILL"));
  await waitForText(log, /Server listening/);
  const key = readFileSync(rig.path("host.pub"), "utf8");
  rig.write("known", `[127.0.0.1]:${port} ${key}`);
  const client = rig.write(
    "ssh_config",
    `Host *\n  IdentityFile ${rig.path("id")}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${rig.path("known")}\n`,
  );
  const ssh = rig.write("bin/ssh", `#!/bin/sh\nexec ${SSH} -F ${client} "$@"\n`);
  chmodSync(ssh, 0o755);
  return { port, bin: rig.path("bin"), config: client };
}
