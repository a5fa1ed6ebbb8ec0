// The options of the daemon's servers and of ctl's connection to them, in the order of the manual.
import { type OptionTable, option, own } from "./entry.ts";

/** Of both servers. */
const COMMON = {
  username: option("username", "string", null, { sample: "user" }),
  password: option("password", "string", null, { sample: "123" }),
  legacyGetActions: option("legacy_get_actions", "boolean", "false", { isOwn: true }),
} as const satisfies OptionTable;

/** [unix_http_server]. */
export const UNIX_SERVER = {
  path: option("file", "string", null, {
    isFilled: true,
    sample: "/tmp/supervisor.sock",
    isSampled: true,
  }),
  mode: option("chmod", "octal", "0700", { invalid: "Invalid chmod value" }),
  owner: option("chown", "user and group", null, {
    invalid: "Invalid sockchown value",
    sample: "nobody:nogroup",
  }),
  ...own({ readGroup: option("read_group", "group", null, { sample: "monitor" }) }),
  ...COMMON,
} as const satisfies OptionTable;

/** [inet_http_server]. */
export const INET_SERVER = {
  address: option("port", "address", null, { isFilled: true, sample: "127.0.0.1:9001" }),
  ...COMMON,
  allowedHosts: option("allowed_hosts", "list", "", { isOwn: true }),
  ...own({
    sslCert: option("ssl_cert", "string", null, { sample: "/etc/tsv/cert.pem" }),
    sslKey: option("ssl_key", "string", null, { sample: "/etc/tsv/key.pem" }),
    sslClientCa: option("ssl_client_ca", "string", null, { sample: "/etc/tsv/clients.pem" }),
  }),
} as const satisfies OptionTable;

/** [user:x]. */
export const USER = own({
  password: option("password", "string", null, { sample: "{scrypt}..." }),
  token: option("token", "string", null, { sample: "{SHA256}..." }),
  role: option("role", "role", "read"),
  programs: option("programs", "list", "*"),
});

/** [supervisorctl]. */
export const CTL = {
  serverUrl: option("serverurl", "string", "http://localhost:9001", {
    sample: "unix:///tmp/supervisor.sock",
    isSampled: true,
  }),
  username: option("username", "string", null, { sample: "user" }),
  password: option("password", "string", null, { sample: "123" }),
  prompt: option("prompt", "string", "supervisor"),
  historyFile: option("history_file", "string", null, { sample: "~/.sc_history" }),
  ...own({
    sslCa: option("ssl_ca", "string", null, { sample: "/etc/tsv/ca.pem" }),
    sslCert: option("ssl_cert", "string", null, { sample: "~/.tsv/cert.pem" }),
    sslKey: option("ssl_key", "string", null, { sample: "~/.tsv/key.pem" }),
  }),
} as const satisfies OptionTable;

/** [rpcinterface:x]. */
export const RPC_INTERFACE = {
  factory: option("supervisor.rpcinterface_factory", "string", null, {
    isFilled: true,
    sample: "supervisor.rpcinterface:make_main_rpcinterface",
    isSampled: true,
  }),
} as const satisfies OptionTable;

/** [ctlplugin:x]. */
export const CTL_PLUGIN = {
  factory: option("supervisor.ctl_factory", "string", null, { isFilled: true }),
} as const satisfies OptionTable;
