// Suggests a verb for a word that is not one: a typing error, or the name of the verb in another tool.

import { closest } from "../base/edit-distance.ts";
import { VERBS } from "../base/verbs.ts";

/** By the words of systemctl, docker, kubectl, pm2, monit and others. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ ps: "status", ls: "status", list: "status", show: "status", info: "status", top: "status" },
  ...{ monit: "status", stats: "status", "is-active": "status", jlist: "status --json" },
  ...{ describe: "why", explain: "why", inspect: "why", diagnose: "doctor" },
  ...{ kill: "signal", attach: "fg", exec: "fg", up: "start", down: "stop", run: "start" },
  ...{ log: "logs", journal: "logs", flush: "clear", validate: "check", test: "check" },
  ...{ lint: "check", configtest: "check", configure: "sample-conf", init: "sample-conf" },
  ...{ apply: "update", "daemon-reload": "update", load: "add", delete: "remove", rm: "remove" },
  ...{ enable: "install --boot", startup: "install --boot", disable: "uninstall" },
  ...{ setup: "install", quit: "shutdown", exit: "shutdown", supervisord: "daemon" },
  ...{ supervisorctl: "ctl", server: "daemon", serve: "daemon", completions: "completion" },
};

/** The verb that was meant, with its option where one belongs to it; null when nothing is near. */
export function suggestVerb(word: string): string | null {
  const known = Object.hasOwn(ELSEWHERE, word) ? ELSEWHERE[word] : undefined;
  return (
    known ??
    closest(
      word,
      VERBS.map(({ name }) => name),
    )
  );
}
