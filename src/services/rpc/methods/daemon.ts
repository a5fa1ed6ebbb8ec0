// supervisor.* about the daemon itself: identity, state, shutdown, restart, reread.

import { ok } from "../../../core/base/result.ts";
import { SUPERVISOR_STATE_CODES } from "../../../core/process/model.ts";
import { alias, type Method, method } from "../method.ts";

/** Version of the RPC interface, not of the program: `supervisorctl` refuses to talk to any other. */
const API_VERSION = "3.0";

const getAPIVersion = method({
  name: "getAPIVersion",
  params: [],
  returns: "string",
  permission: "read",
  help: "The version of this RPC interface. It tells clients which methods to expect.",
  run: () => ok(API_VERSION),
});

/** The methods of this area. */
export const DAEMON_METHODS: readonly Method[] = [
  getAPIVersion,
  alias(getAPIVersion, "getVersion"),
  method({
    name: "getSupervisorVersion",
    params: [],
    returns: "string",
    permission: "read",
    help: "The version of the program that answers.",
    run: ({ version }) => ok(version),
  }),
  method({
    name: "getIdentification",
    params: [],
    returns: "string",
    permission: "read",
    help: "The name of this daemon, from identifier= in [supervisord].",
    run: ({ supervisor }) => ok(supervisor.identifier()),
  }),
  method({
    name: "getState",
    params: [],
    returns: "struct",
    permission: "read",
    help: "The state of the daemon: a struct of statecode (int) and statename (string).",
    run({ supervisor }) {
      const statename = supervisor.state();
      return ok({ statecode: SUPERVISOR_STATE_CODES[statename], statename });
    },
  }),
  method({
    name: "getPID",
    params: [],
    returns: "int",
    permission: "read",
    help: "The process id of the daemon.",
    run: ({ pid }) => ok(pid),
  }),
  method({
    name: "shutdown",
    params: [],
    returns: "boolean",
    permission: "shutdown",
    help: "Stops all programs, then the daemon. Returns true at once.",
    run({ supervisor }) {
      supervisor.shutdown();
      return ok(true);
    },
  }),
  method({
    name: "restart",
    params: [],
    returns: "boolean",
    permission: "shutdown",
    help:
      "Stops all programs and restarts with the configuration read again. Returns true at once; a configuration with " +
      "errors is refused (CANT_REREAD) and changes nothing.",
    run: ({ supervisor }) => supervisor.restart(),
  }),
  method({
    name: "reloadConfig",
    params: [],
    returns: "array",
    permission: "configure",
    help:
      "Reads the configuration again and returns [[added, changed, removed]], three arrays of group names. Nothing " +
      "is started or stopped; addProcessGroup and removeProcessGroup put the changes into effect.",
    async run({ supervisor }) {
      const changes = await supervisor.reread();
      if (!changes.ok) return changes;
      const { added, changed, removed } = changes.value;
      return ok([[added, changed, removed]]);
    },
  }),
];
