// The environment of a program in layers; later layers override earlier ones. The order goes from the general to the specific:
// the daemon, the terminal, the user, the supervisor, the files and the command of the configuration, and its own variables.

import { compareText } from "../base/printable.ts";
import { globMatch } from "../config/glob.ts";
import type { ProcessConfig } from "../config/model.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";
import type { EnvVariable } from "./env-file.ts";

/** Where a variable comes from. */
type EnvironmentSource =
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
  | "notify"
  /** `socket=`. */
  | "socket";

export interface Layer {
  readonly source: EnvironmentSource;
  readonly variables: Readonly<Record<string, string>>;
  /** Where a variable of the layer is written: FILE:LINE; null if unknown, or in no file. */
  readonly placeOf: (name: string) => string | null;
  /** Names of variables that contain a secret, whether or not the name shows it. */
  readonly secrets?: readonly string[];
}

/** The part of `LaunchContext` that is the same for every program. */
interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly serverUrl: string | null;
}

/** The terminal type of programs: that of common terminal emulators. */
const TERM = "xterm-256color";
const USUAL_SHELL = "/bin/sh";

const nowhere = (): null => null;

/** All layers of a program; the last one overrides all others. */
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
 * The daemon's own variables that the program gets.
 * @remarks A program with a terminal does not get LINES and COLUMNS: they describe the terminal that the daemon was started
 * from and would override the window size of the program's terminal (ncurses(3), "use_env").
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

/** The variables that result from the layers. */
export function mergeLayers(layers: readonly Layer[]): Readonly<Record<string, string>> {
  const [first, ...others] = layers.map(({ variables }) => variables);
  let merged = { ...first };
  for (const variables of others) merged = { ...merged, ...variables };
  return merged;
}

/** A user's entry in the user database. */
export interface UserEntry {
  readonly name: string;
  readonly home: string;
  /** Empty for /bin/sh, passwd(5). */
  readonly shell: string;
}

/** The variables of a file. */
export interface GatheredFile {
  readonly path: string;
  readonly variables: readonly EnvVariable[];
}

/**
 * The variables that a start gathers for its program. They are kept while the program runs: the commands of its checks get them
 * too, and `tsv env` shows them.
 */
export interface Gathered {
  /** For user_env; null without that option, and for a user without an entry. */
  readonly user: UserEntry | null;
  /** The files of env_file, in its order, without missing optional files. */
  readonly files: readonly GatheredFile[];
  /** The output of env_command; null without one. */
  readonly command: readonly EnvVariable[] | null;
}

/** For a program without these options. */
export const NOTHING_GATHERED: Gathered = { user: null, files: [], command: null };

/** A variable for display. Secrets are hidden unless the caller requests them. */
export interface ShownVariable {
  readonly name: string;
  /** Null for a hidden secret; parts that look like a secret, such as a password in a URL, are hidden too. */
  readonly value: string | null;
  /** The value or a part of it is a secret, shown or hidden. */
  readonly isSecret: boolean;
  readonly source: EnvironmentSource;
  /** FILE:LINE; null if unknown, or in no file. */
  readonly place: string | null;
}

/** Every value of these sources is a secret: they exist to keep secrets out of a configuration. */
const SECRET_SOURCES: ReadonlySet<EnvironmentSource> = new Set(["env_file", "env_command"]);

/** Characters. A shorter secret would match parts of ordinary values. */
const SHORTEST_HIDDEN = 8;

/** Values of secrets, longest first. Other variables may contain them: `A="%(ENV_SECRET)s"`. */
function hiddenValues(winners: ReadonlyMap<string, Layer>): readonly string[] {
  const values = Array.from(winners, ([name, { source, variables }]) =>
    SECRET_SOURCES.has(source) || !isSecretName(name) ? "" : (variables[name] ?? ""),
  );
  return values
    .filter((value) => value.length >= SHORTEST_HIDDEN)
    .sort((left, right) => right.length - left.length);
}

function hide(value: string, hidden: readonly string[]): string {
  return hidden.reduce((text, secret) => text.replaceAll(secret, REDACTED), value);
}

function winnersOf(layers: readonly Layer[]): ReadonlyMap<string, Layer> {
  const winners = new Map<string, Layer>();
  for (const layer of layers) {
    for (const name of Object.keys(layer.variables)) winners.set(name, layer);
  }
  return winners;
}

/** A text of the configuration, such as a command, without the secrets of the environment. @param layers of that environment */
export function withoutSecrets(text: string, layers: readonly Layer[]): string {
  return redactPatterns(hide(text, hiddenValues(winnersOf(layers))));
}

/** The resulting variables, sorted by name. @param showsSecrets the caller has permission for secrets and requests them */
export function shownVariables(
  layers: readonly Layer[],
  showsSecrets: boolean,
): readonly ShownVariable[] {
  const winners = winnersOf(layers);
  const hidden = hiddenValues(winners);
  return Array.from(winners)
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, { source, variables, placeOf, secrets = [] }]) => {
      const value = variables[name] ?? "";
      const isWhole = SECRET_SOURCES.has(source) || isSecretName(name) || secrets.includes(name);
      const plain = isWhole ? null : redactPatterns(hide(value, hidden));
      const isSecret = plain !== value;
      return {
        ...{ name, isSecret, source, place: placeOf(name) },
        value: showsSecrets ? value : plain,
      };
    });
}
