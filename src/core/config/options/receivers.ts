// The options of receivers of alerts, in the order of the manual.
import { option, own } from "./entry.ts";

/** [notify:x]. */
export const RECEIVER = own({
  url: option("url", "string", null, { sample: "https://example.com/hook" }),
  urlFile: option("url_file", "string", null, { sample: "/etc/tsv/hook.url" }),
  format: option("format", "alert format", "json"),
  chat: option("chat", "string", null, { sample: "-1001234567890" }),
  tokenFile: option("token_file", "string", null, { sample: "/etc/tsv/hook.token" }),
  command: option("command", "string", null, { sample: "/usr/local/bin/page" }),
  user: option("user", "user", null, { sample: "nobody" }),
  mail: option("mail", "mail addresses", null, { sample: "ops@example.com" }),
  on: option("on", "alert kinds", "fatal,unhealthy,restarts,failed,recovered"),
  programs: option("programs", "list", "*"),
  restarts: option("restarts", "rate", "5/10m"),
  repeat: option("repeat", "duration", "0", { maximum: 30 * 86_400 }),
  quiet: option("quiet", "hours", null, { sample: "22:00-07:00" }),
  timeout: option("timeout", "duration", "10s", { minimum: 1, maximum: 60 }),
});
