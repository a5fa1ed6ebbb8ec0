// The configuration file that both daemons get, word for word the same but for the directory.

/** A `[program:x]` section. */
export interface ProgramSection {
  readonly name: string;
  readonly command: string;
  /** Further options, by Supervisor's names. */
  readonly options?: Readonly<Record<string, string | number>>;
}

/** N programs that do nothing. */
export function sleepers(count: number, options?: ProgramSection["options"]): ProgramSection[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `p${String(index).padStart(4, "0")}`,
    command: "sleep 100000",
    ...(options === undefined ? {} : { options }),
  }));
}

/** The text of the file. Everything lies in `directory`. */
export function writeConfig(
  directory: string,
  programs: readonly ProgramSection[],
  minFds: number | null,
  history: "memory" | "disk" | null = null,
  /** Further sections. */
  sections = "",
): string {
  return [
    "[unix_http_server]",
    `file=${directory}/sock`,
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    "[supervisorctl]",
    `serverurl=unix://${directory}/sock`,
    "[supervisord]",
    "user=root",
    `logfile=${directory}/activity.log`,
    `pidfile=${directory}/pid`,
    `childlogdir=${directory}/logs`,
    `minfds=${minFds ?? enoughDescriptors(programs.length)}`,
    ...(history === null ? [] : [`history=${history}`, `state_directory=${directory}/state`]),
    ...programs.flatMap(({ name, command, options = {} }) => [
      `[program:${name}]`,
      `command=${command}`,
      ...Object.entries(options).map(([key, value]) => `${key}=${value}`),
    ]),
    sections,
    "",
  ].join("\n");
}

/**
 * Supervisor holds three pipes and two logs open for each program, and each child of it closes descriptors up to minfds
 * one by one: with 1000 programs its start takes 6 s with 5100, 8 s with 10000, 17 s with 20000. So: no more than needed.
 */
function enoughDescriptors(programs: number): number {
  return Math.max(1024, 5 * programs + 100);
}
