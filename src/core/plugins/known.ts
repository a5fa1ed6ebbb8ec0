// The Python factories that tsv has counterparts of. Who serves them is checked against these lists by their types.

export const MAIN_FACTORY = "supervisor.rpcinterface:make_main_rpcinterface";

/** Of sections [rpcinterface:x], beside the main one. */
export const RPC_FACTORIES = [
  "supervisor_cache.rpcinterface:make_cache_rpcinterface",
  "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface",
] as const;

/** Of sections [ctlplugin:x]. */
export const CTL_FACTORIES = [
  "supervisor_cache.controllerplugin:make_cache_controllerplugin",
  "supervisor_quick:make_quick_controllerplugin",
  "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
  "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin",
] as const;

/** Result handlers of sections [eventlistener:x]: Supervisor's own, and that of the package supervisor-stdout. */
export const DEFAULT_HANDLER = "supervisor.dispatchers:default_handler";
export const STDOUT_HANDLER = "supervisor_stdout:event_handler";

/** Commands that run tsv itself where the host has none of that name. */
export const BUILT_IN_COMMANDS = ["supervisor_stdout"] as const;

export type RpcFactory = (typeof RPC_FACTORIES)[number];
export type CtlFactory = (typeof CTL_FACTORIES)[number];
