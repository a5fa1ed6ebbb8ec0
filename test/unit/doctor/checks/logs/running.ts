// Daemons that run, and callers who are not root.

import type { RunningDaemon } from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";

const DAEMON: RunningDaemon = {
  kind: "tsv",
  pid: 700,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: ["/usr/bin/tsv", "daemon"],
  config: "/etc/tsv/tsv.conf",
  state: "S",
  exe: "/usr/bin/tsv",
  exeDeleted: false,
  isKeeper: true,
};

/** tsv with the examined configuration, and further daemons. */
export function runningTsv(
  more: Partial<RunningDaemon> = {},
  others: readonly Partial<RunningDaemon>[] = [],
): { readonly daemon: RunningDaemon; readonly daemons: readonly RunningDaemon[] } {
  const daemon = { ...DAEMON, ...more };
  return { daemon, daemons: [daemon, ...others.map((other) => ({ ...DAEMON, ...other }))] };
}

/** Supervisor with the examined configuration. */
export function runningSupervisor(
  more: Partial<RunningDaemon> = {},
): ReturnType<typeof runningTsv> {
  return runningTsv({
    kind: "supervisor",
    command: ["/usr/bin/python3", "/usr/bin/supervisord"],
    exe: "/usr/bin/python3.11",
    ...more,
  });
}

/** A host as a user without privileges sees it, who cannot see these paths. */
export function asUser(on: DoctorHost, ...hidden: readonly string[]): DoctorHost {
  on.uid = 1000;
  for (const path of hidden) on.hidden.add(path);
  return on;
}
