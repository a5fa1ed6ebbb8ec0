// tsv.*: what a program gets as its environment, and where each variable comes from. Secrets need a permission of their own.

import type { Permission } from "../../../core/access/permissions.ts";
import { err, ok } from "../../../core/base/result.ts";
import {
  type ShownVariable,
  shownVariables,
  withoutSecrets,
} from "../../../core/environment/layers.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import { type Method, method } from "../method.ts";
import { resolveProcess } from "../namespec.ts";
import { flag, text } from "../params.ts";

/** Memory for one variable beside its texts. */
const VARIABLE_BYTES = 500;

const HELP =
  "group, name, pid (0: this is the environment of the next start), problem (why a file of the next start cannot be used; empty for none), " +
  "command (env_command, which is not run for this; empty for none, and while the program runs), and variables, sorted by name: name, " +
  "value (empty for a secret that is hidden), secret, hidden, source (daemon, terminal, user, supervisor, env_file, " +
  "env_command, environment or notify), place (FILE:LINE; empty for none). With next, the environment of the next start even while the program runs.";

function environmentMethod(name: string, permission: Permission, help: string): Method {
  const showsSecrets = permission === "configure";
  return method({
    name,
    params: [text("name"), flag("next", false)],
    returns: "struct",
    permission,
    help: `${help} ${HELP} Fault: BAD_NAME.`,
    always: true,
    async run({ supervisor }, [asked, ofNext], work) {
      const process = resolveProcess(supervisor, asked);
      if (!process.ok) return process;
      const view = await supervisor.environment(process.value.key, ofNext);
      if (view === null) return err(fault("BAD_NAME", asked));
      const variables = shownVariables(view.layers, showsSecrets);
      const refused = await work.reserve(sizeOf(variables));
      if (refused !== null) return err(refused);
      const shown = (told: string) => (showsSecrets ? told : withoutSecrets(told, view.layers));
      return ok({
        ...{ group: view.group, name: view.name, pid: view.pid },
        ...{ problem: shown(view.problem), command: shown(view.command) },
        variables: variables.map(variableStruct),
      });
    },
  });
}

/** The methods of this area. */
export const ENVIRONMENT_METHODS: readonly Method[] = [
  environmentMethod(
    "getProcessEnvironment",
    "read",
    "The environment of a process, without secrets, which are all that its files and its command give, and what looks like one:",
  ),
  environmentMethod(
    "revealProcessEnvironment",
    "configure",
    "The environment of a process, with secrets:",
  ),
];

function sizeOf(variables: readonly ShownVariable[]): number {
  let bytes = 0;
  for (const { name, value } of variables) {
    bytes += VARIABLE_BYTES + (name.length + (value?.length ?? 0)) * 2;
  }
  return bytes;
}

function variableStruct({ name, value, isSecret, source, place }: ShownVariable): XmlRpcStruct {
  return {
    ...{ name, value: value ?? "", secret: isSecret, hidden: value === null },
    ...{ source, place: place ?? "" },
  };
}
