// The options of the daemon's servers and of ctl's connection to them, in the order of the manual.
import type { OptionTable } from "./entry.ts";

/** Of both servers. */
const COMMON = {
  username: {
    key: "username",
    kind: "string",
    sample: "user",
    doc: "User name that clients must give.",
  },
  password: {
    key: "password",
    kind: "string",
    sample: "123",
    doc: "Password, in clear or as {SHA} and 40 hexadecimal digits.",
  },
  legacyGetActions: {
    key: "legacy_get_actions",
    kind: "boolean",
    default: "false",
    isOwn: true,
    doc: "Let plain links of the web page start and stop programs, as Supervisor does; off, they ask first.",
  },
} as const satisfies OptionTable;

/** [unix_http_server]. */
export const UNIX_SERVER = {
  path: {
    key: "file",
    kind: "string",
    isFilled: true,
    sample: "/tmp/supervisor.sock",
    isSampled: true,
    doc: "Path of the socket; required.",
  },
  mode: {
    key: "chmod",
    kind: "octal",
    invalid: "Invalid chmod value",
    default: "0700",
    doc: "Mode of the socket.",
  },
  owner: {
    key: "chown",
    kind: "user and group",
    invalid: "Invalid sockchown value",
    sample: "nobody:nogroup",
    doc: "Owner of the socket: user or user:group.",
  },
  ...COMMON,
} as const satisfies OptionTable;

/** [inet_http_server]. */
export const INET_SERVER = {
  address: {
    key: "port",
    kind: "address",
    isFilled: true,
    sample: "127.0.0.1:9001",
    doc: "Address to listen on: port, host:port or *:port; required.",
  },
  ...COMMON,
  allowedHosts: {
    key: "allowed_hosts",
    kind: "list",
    default: "",
    isOwn: true,
    doc: "Additional host names of a server without a password, such as that of a proxy.",
  },
} as const satisfies OptionTable;

/** [supervisorctl]. */
export const CTL = {
  serverUrl: {
    key: "serverurl",
    kind: "string",
    default: "http://localhost:9001",
    sample: "unix:///tmp/supervisor.sock",
    isSampled: true,
    doc: "Where the daemon listens: unix://PATH or http://HOST:PORT.",
  },
  username: {
    key: "username",
    kind: "string",
    sample: "user",
    doc: "User name to give to the daemon.",
  },
  password: {
    key: "password",
    kind: "string",
    sample: "123",
    doc: "Password to give to the daemon.",
  },
  prompt: {
    key: "prompt",
    kind: "string",
    default: "supervisor",
    doc: "Prompt of the interactive shell.",
  },
  historyFile: {
    key: "history_file",
    kind: "string",
    sample: "~/.sc_history",
    doc: "File that keeps the shell's history.",
  },
} as const satisfies OptionTable;

/** [rpcinterface:x]. */
export const RPC_INTERFACE = {
  factory: {
    key: "supervisor.rpcinterface_factory",
    kind: "string",
    isFilled: true,
    sample: "supervisor.rpcinterface:make_main_rpcinterface",
    isSampled: true,
    doc: "Factory of the methods; required.",
  },
} as const satisfies OptionTable;

/** [ctlplugin:x]. */
export const CTL_PLUGIN = {
  factory: {
    key: "supervisor.ctl_factory",
    kind: "string",
    isFilled: true,
    doc: "Factory of the commands; required.",
  },
} as const satisfies OptionTable;
