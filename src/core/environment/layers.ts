// The environment of a program in layers, of which later ones win. The order goes from the general to the specific: what
// surrounds the daemon, the user, the supervisor, then what the configuration names, and last what it says itself.

import { globMatch } from "../config/glob.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { EnvVariable } from "./env-file.ts";
import type { Gathered, UserEntry } from "./gathered.ts";

/** Where a variable comes from. */
export type EnvironmentSource =
  /** The daemon's own environment. */
  | "daemon"
  /** `tty=true`. */
  | "terminal"
  /** `user_env=true`. */
  | "user"
  /** SUPERVISOR_*. */
  | "supervisor"
  | "env_file"
  | "env_command"
  /** `environment=`. */
  | "environment"
  /** `ready_check=notify`, `health_check=notify`. */
  | "notify";

export interface Layer {
  readonly source: EnvironmentSource;
  readonly variables: Readonly<Record<string, string>>;
  /** Where a variable of it stands: FILE:LINE; null where that is not known, or nowhere. */
  readonly placeOf: (name: string) => string | null;
  /** Those that are known to contain a secret, whatever their names. */
  readonly secrets?: readonly string[];
}

/** What surrounds every program: see `LaunchContext`. */
interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly serverUrl: string | null;
}

/** The type of terminal for programs: that of today's terminal emulators. */
const TERM = "xterm-256color";
const USUAL_SHELL = "/bin/sh";

const nowhere = (): null => null;

/** All layers of a program, the strongest last. */
export function environmentLayers(
  program: ProcessConfig,
  group: string,
  context: Surroundings,
  gathered: Gathered,
): readonly Layer[] {
  const layers: Layer[] = [
    { source: "daemon", variables: passed(program, context.environment), placeOf: nowhere },
  ];
  if (program.tty) layers.push({ source: "terminal", variables: { TERM }, placeOf: nowhere });
  if (gathered.user !== null) {
    layers.push({ source: "user", variables: ofUser(gathered.user), placeOf: nowhere });
  }
  const serverUrl = program.serverUrl ?? context.serverUrl;
  const own = {
    SUPERVISOR_ENABLED: "1",
    ...(serverUrl === null || serverUrl === "" ? {} : { SUPERVISOR_SERVER_URL: serverUrl }),
    SUPERVISOR_PROCESS_NAME: program.name,
    SUPERVISOR_GROUP_NAME: group,
  };
  layers.push({ source: "supervisor", variables: own, placeOf: nowhere });
  for (const { path, variables } of gathered.files) {
    layers.push(writtenLayer("env_file", variables, (line) => `${path}:${line}`));
  }
  if (gathered.command !== null) {
    layers.push(writtenLayer("env_command", gathered.command, () => null));
  }
  const { environment, environmentPlaces, secretVariables } = program;
  const placeOf = (name: string): string | null =>
    Object.hasOwn(environmentPlaces, name) ? (environmentPlaces[name] ?? null) : null;
  const secrets = secretVariables;
  layers.push({ source: "environment", variables: environment, placeOf, secrets });
  return layers;
}

/**
 * Of the daemon's own variables, those that the program gets.
 * @remarks What the daemon's environment says of the terminal that it was started from is not true of the program's: LINES and
 * COLUMNS would even win over its window size (ncurses(3), "use_env").
 */
function passed(
  { environmentPass, tty }: ProcessConfig,
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (environmentPass === null && !tty) return environment;
  const isPassed = (name: string): boolean =>
    !(tty && (name === "LINES" || name === "COLUMNS")) &&
    (environmentPass === null || environmentPass.some((pattern) => globMatch(pattern, name)));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isPassed(name)));
}

function ofUser({ name, home, shell }: UserEntry): Readonly<Record<string, string>> {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell === "" ? USUAL_SHELL : shell };
}

function writtenLayer(
  source: EnvironmentSource,
  written: readonly EnvVariable[],
  placeAt: (line: number) => string | null,
): Layer {
  const lines = new Map(written.map(({ name, line }) => [name, line]));
  // fromEntries defines own properties, so that a variable called __proto__ is a variable too.
  const variables = Object.fromEntries(written.map(({ name, value }) => [name, value]));
  return { source, variables, placeOf: (name) => placeAt(lines.get(name) ?? 0) };
}

/** What comes of layers. */
export function mergeLayers(layers: readonly Layer[]): Readonly<Record<string, string>> {
  const [first, ...others] = layers.map(({ variables }) => variables);
  let merged = { ...first };
  for (const variables of others) merged = { ...merged, ...variables };
  return merged;
}
