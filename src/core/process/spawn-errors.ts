// Why a program could not be started, in words (Supervisor, section 4.6).

/**
 * The step of spawning that failed. `pipe`, `terminal` and `fork` are the daemon's side; the rest happened in the child.
 * `late`: it did not come to executing within the time that the host gives it.
 */
export type SpawnStage =
  | "pipe"
  | "terminal"
  | "fork"
  | "session"
  | "stdio"
  | "rlimit"
  | "groups"
  | "gid"
  | "uid"
  | "chdir"
  | "exec"
  | "late";

/** What the text is about. */
export interface SpawnSubject {
  readonly name: string;
  readonly argv0: string;
  readonly directory: string | null;
  readonly uid: number | null;
}

/** The spawnerr of a failed step. @param errno for example "EACCES"; of a terminal, what is wrong with it in words */
export function spawnErrorText(subject: SpawnSubject, stage: SpawnStage, errno: string): string {
  const { name } = subject;
  switch (stage) {
    case "pipe":
      return errno === "EMFILE" || errno === "ENFILE"
        ? `too many open files to spawn '${name}'`
        : `unknown error making dispatchers for '${name}': ${errno}`;
    case "terminal":
      return `couldn't give '${name}' a terminal: ${errno}`;
    case "fork":
      return errno === "EAGAIN"
        ? `Too many processes in process table to spawn '${name}'`
        : `unknown error during fork for '${name}': ${errno}`;
    case "groups":
      return `couldn't setuid to ${subject.uid}: Could not set groups of effective user: ${errno}`;
    case "gid":
      return `couldn't setuid to ${subject.uid}: Could not set group id of effective user: ${errno}`;
    case "uid":
      return `couldn't setuid to ${subject.uid}: ${errno}`;
    case "chdir":
      return `couldn't chdir to ${subject.directory}: ${errno}`;
    case "exec":
      return `couldn't exec ${subject.argv0}: ${errno}`;
    case "late":
      return subject.directory === null
        ? `'${name}' took longer than 5 seconds to start: ${errno}`
        : `'${name}' took longer than 5 seconds to enter ${subject.directory} and start: ${errno}`;
    case "session":
    case "stdio":
    case "rlimit":
      return `couldn't prepare the process of '${name}' (${stage}): ${errno}`;
  }
}
