// Hosts in memory with one program.

import type { ProgramHistory, ProgramRun } from "../../../../../src/core/why/program-history.ts";
import type { ProgramStatus } from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { FactsParts } from "../../../../fakes/doctor-facts.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import type { Facts } from "../rows.ts";

export const NOW_S = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

/** The smallest ELF head for a processor; with a loader if one is named. */
export function elf(machine: number, bits: 32 | 64, loader: string | null = null): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1]);
  view.setUint16(18, machine, true);
  if (bits === 32) view.setUint32(36, 0x5000400, true);
  const name = new TextEncoder().encode(`${loader ?? ""}\0`);
  bytes.set(name, 300);
  const header = bits === 64 ? 64 : 52;
  if (bits === 64) {
    view.setBigUint64(32, BigInt(header), true);
    view.setUint16(54, 56, true);
    view.setUint16(56, loader === null ? 0 : 1, true);
    view.setUint32(header, 3, true);
    view.setBigUint64(header + 8, 300n, true);
    view.setBigUint64(header + 32, BigInt(name.length), true);
  } else {
    view.setUint32(28, header, true);
    view.setUint16(42, 32, true);
    view.setUint16(44, loader === null ? 0 : 1, true);
    view.setUint32(header, 3, true);
    view.setUint32(header + 4, 300, true);
    view.setUint32(header + 16, name.length, true);
  }
  return bytes;
}

/** The text of an executable for the processor of the hosts. */
export const ELF = String.fromCharCode(...elf(62, 64));

/** Of a log that was written in the last run. */
export const NEW = { modifiedMs: NOW_S * 1000 };

/** A host whose tools are programs of its own processor. */
export function host(): DoctorHost {
  const made = new DoctorHost();
  made.bytes("/lib64/ld-linux-x86-64.so.2", elf(62, 64), { mode: 0o755 });
  for (const name of ["sh", "bash", "env", "python3", "sleep", "nginx"]) {
    const bytes = elf(62, 64, "/lib64/ld-linux-x86-64.so.2");
    made.bytes(`/usr/bin/${name}`, bytes, { mode: 0o755 });
  }
  made.link("/bin", "/usr/bin");
  return made;
}

/** A configuration with one program. */
export function config(...lines: readonly string[]): string {
  return `[supervisord]\n[program:web]\n${lines.join("\n")}\n`;
}

/** A host with a program of these lines, which a service runs. */
export function web(lines: string | readonly string[], on = host(), parts: FactsParts = {}): Facts {
  const file = { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false };
  return { on, text: config(...[lines].flat()), service: { file }, ...parts };
}

/** A host with these programs. */
export function having(...paths: readonly string[]): DoctorHost {
  const on = host();
  for (const path of paths) on.file(path, ELF, { mode: 0o755 });
  return on;
}

/** Links in a directory of another user, to files of root. */
export function stray(): DoctorHost {
  return host()
    .directory("/srv/app", { uid: 33, gid: 33 })
    .file("/etc/secret", "#!/bin/sh\n", { mode: 0o600 })
    .file("/etc/other", "#!/bin/sh\n", { mode: 0o700 })
    .link("/srv/app/run", "/etc/secret")
    .link("/srv/app/other", "/etc/other");
}

/** A directory that only root can enter. */
export function closed(path: string): DoctorHost {
  return having(`${path}/run`).directory(path, { mode: 0o700 });
}

/** An access control list lets the user pi into the path. */
export function allowedByList(path: string): DoctorHost {
  const on = closed("/opt/app").directory("/srv/app", { mode: 0o700, uid: 33 });
  const argv = `setpriv --reuid=1000 --regid=1000 --groups=1000 test -x ${path}`;
  on.answers.set(argv, { status: 0, output: "" });
  return on;
}

/** A status of the program web. */
export function status(changes: Partial<ProgramStatus> = {}): ProgramStatus {
  return {
    ...{ group: "web", name: "web", state: "RUNNING", pid: 0, exitStatus: 0, spawnError: "" },
    ...{ start: NOW_S - 600, stop: 0, now: NOW_S, description: "", stdoutLog: "", stderrLog: "" },
    ...changes,
  };
}

export const FATAL = status({
  state: "FATAL",
  spawnError: "Exited too quickly (process log may have details)",
});

/** A run that ended too early, with exit status 1. */
export function run(changes: Partial<ProgramRun> = {}): ProgramRun {
  return {
    ...{ pid: 812, cause: "retry", start: NOW_S - 60, end: NOW_S - 59, upMs: 500 },
    ...{ ending: "too-early", exitStatus: 1, signal: null, core: false, expected: false },
    ...{ spawnError: "", signals: [], reason: "", reached: [], leftEnded: 0, leftRunning: 0 },
    ...changes,
  };
}

export function history(
  runs: readonly ProgramRun[],
  changes: Partial<ProgramHistory> = {},
): ProgramHistory {
  return {
    ...{ group: "web", name: "web", state: "FATAL", pid: 0, now: NOW_S, start: NOW_S - 60 },
    ...{
      spawnError: "",
      waits: "",
      awaits: "",
      blockedBy: "",
      unready: "",
      said: "",
      health: null,
      restartReason: "",
      disabled: "",
      scaled: null,
      type: "simple",
      cause: "retry",
      failures: 0,
      nextStart: null,
      ...{ schedule: "", nextRun: 0, isSuspended: false, isQueued: false },
      signals: [],
      total: runs.length,
      output: { stdout: null, stderr: null },
    },
    ...{ startSecs: 1, startRetries: 3, isLimited: false, stopWaitSecs: 10, autostart: true },
    ...{ autorestart: "unexpected", exitCodes: [0], runs, ...changes },
  };
}
