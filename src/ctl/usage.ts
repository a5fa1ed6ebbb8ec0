// What `tsv <verb> -h` prints.

import { type Usage, usageLines } from "./context.ts";

/** The help of one of tsv's verbs. */
export function verbHelp(usage: readonly Usage[], takesNames: boolean): string {
  const options: readonly Usage[] = [
    ["--json", "Print one line of JSON instead of text"],
    ["-c FILE", "Read this configuration file to find the daemon"],
    ["-s URL", "Where the daemon listens: unix:///path or http://host:port"],
    ["-u NAME, -p PASSWORD", "Log in"],
  ];
  const forms = usage.map(([form, meaning]): Usage => [form === "" ? "" : `tsv ${form}`, meaning]);
  const lines = [
    "Usage:",
    ...usageLines({ usage: forms }).map((line) => `  ${line}`),
    "",
    ...(takesNames ? ["Names may be patterns: 'web*', 'web:worker_?'.", ""] : []),
    "Options:",
    ...usageLines({ usage: options }).map((line) => `  ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}
