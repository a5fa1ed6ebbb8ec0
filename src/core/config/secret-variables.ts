// Which variables of environment= contain the secret of another one: A="https://u:%(ENV_DB_PASSWORD)s@h/".

import { isSecretName } from "../redact/secret-names.ts";
import { type Expansions, expand } from "./expand.ts";
import { parseValue } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

const OF_ENVIRONMENT = "ENV_";
/** In place of a secret. Made of characters that the value of a variable may have without quotes. */
const MARK = "(a.secret.variable)";

function withMarks(names: Expansions, isSecret: (name: string) => boolean): Expansions {
  const isMarked = (name: string): boolean =>
    name.startsWith(OF_ENVIRONMENT) && isSecret(name.slice(OF_ENVIRONMENT.length));
  return {
    get: (name) => {
      const value = names.get(name);
      return value !== undefined && isMarked(name) ? MARK : value;
    },
    keys: () => names.keys(),
  };
}

interface Surroundings {
  /** That may be used in environment=. */
  readonly names: Expansions;
  /** Variables that contain a secret, beside those with a secret's name. */
  readonly secretVariables: ReadonlySet<string>;
  readonly world: ConfigWorld;
}

/**
 * The variables whose values change with the secrets that are named in them.
 * @param written all of environment=
 * @param values what it comes to
 * @remarks A secret with quotes or commas may change other variables, too. They count as well.
 */
export function secretVariablesOf(
  written: string,
  values: Readonly<Record<string, string>>,
  { names, secretVariables, world }: Surroundings,
): readonly string[] {
  if (!written.includes(`%(${OF_ENVIRONMENT}`)) return [];
  const isSecret = (name: string): boolean => isSecretName(name) || secretVariables.has(name);
  const marked = expand(written, withMarks(names, isSecret), "environment");
  const parsed = marked.ok ? parseValue("environment", marked.value, world) : marked;
  const others: Readonly<Record<string, string>> = parsed.ok ? parsed.value : {};
  return Object.keys(values).filter(
    (name) => !Object.hasOwn(others, name) || others[name] !== values[name],
  );
}
