// Python factories and handlers that tsv knows: those that it serves, and those of plugins that it replaces.

export const MAIN_FACTORY = "supervisor.rpcinterface:make_main_rpcinterface";
export const TWIDDLER_FACTORY = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";

/** Factories of sections [rpcinterface:x] that tsv serves. */
export const RPC_FACTORIES = [MAIN_FACTORY, TWIDDLER_FACTORY] as const;

/** A plugin whose sections are accepted, and whose methods or actions tsv does not have. */
interface ReplacedPlugin {
  /** What to use instead: the rest of a sentence. */
  readonly replacement: string;
  /** The actions that a [ctlplugin:x] section added to supervisorctl. */
  readonly actions: readonly string[];
}

const NO_CACHE =
  "tsv has no cache: keep the values in a file, or write a JavaScript module (docs/plugins.md)";

/** By factory, of sections [rpcinterface:x] and [ctlplugin:x]. */
export const REPLACED_PLUGINS: ReadonlyMap<string, ReplacedPlugin> = new Map([
  ["supervisor_cache.rpcinterface:make_cache_rpcinterface", { replacement: NO_CACHE, actions: [] }],
  [
    "supervisor_cache.controllerplugin:make_cache_controllerplugin",
    {
      replacement: NO_CACHE,
      actions: ["clear", "count", "delete", "fetch", "keys", "store"].map((of) => `cache_${of}`),
    },
  ],
  [
    "supervisor_quick:make_quick_controllerplugin",
    {
      replacement: "use tsv start, stop and restart, which accept patterns: tsv start 'web*'",
      actions: ["quickstart", "quickstop", "quickrestart"],
    },
  ],
  [
    "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
    {
      replacement: "use tsv restart --rolling NAME, one process after the other",
      actions: ["serialrestart"],
    },
  ],
  [
    "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin",
    {
      replacement:
        "use tsv start, stop, restart and status, which accept patterns: tsv status 'web*'",
      actions: ["mstart", "mstop", "mrestart", "mstatus"],
    },
  ],
]);

/** Result handlers of sections [eventlistener:x]: Supervisor's own, and that of the package supervisor-stdout. */
export const DEFAULT_HANDLER = "supervisor.dispatchers:default_handler";
export const STDOUT_HANDLER = "supervisor_stdout:event_handler";

/** Commands that run tsv itself where the host has none of that name. */
export const BUILT_IN_COMMANDS = ["supervisor_stdout"] as const;
