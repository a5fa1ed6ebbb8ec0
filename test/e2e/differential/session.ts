// One side of a comparison: a daemon, the requests, and the rows of its answers.

import { appendFileSync, readdirSync } from "node:fs";
import type { Daemon } from "../rig/daemon.ts";
import { call, exchange, isWholeReply } from "../rig/http.ts";
import type { Implementation } from "../rig/implementation.ts";
import type { Rig } from "../rig/rig.ts";
import { textOf, waitForChange } from "../rig/watch.ts";
import type { Value } from "../rig/xmlrpc.ts";
import { activityRows } from "./activity.ts";
import { flatten, normaliseText, type Particulars } from "./normalise.ts";

/** Headers that are not compared; the last are in the rows http-guards and log-place of docs/differences.md. */
export const UNTOLD =
  /^(?:Server|Date|Last-Modified|Connection|X-Content-Type-Options|Content-Security-Policy|X-Frame-Options|Cross-Origin-Resource-Policy|Referrer-Policy|Cache-Control|Tsv-Log-Place|Tsv-Log-Missing):/i;

/** The running side. */
export class Session {
  readonly rig: Rig;
  readonly daemon: Daemon;
  readonly implementation: Implementation;
  readonly rows = new Map<string, string>();
  readonly #seen = new Map<string, number>();

  constructor(rig: Rig, daemon: Daemon) {
    this.rig = rig;
    this.daemon = daemon;
    this.implementation = daemon.implementation;
  }

  get #own(): Particulars {
    return particulars(this.rig, this.implementation, this.daemon.pid);
  }

  /** Adds a row; a label used before gets a number. */
  record(label: string, text: string): void {
    this.rows.set(this.#unique(label), normaliseText(text, this.#own));
  }

  #unique(label: string): string {
    const count = (this.#seen.get(label) ?? 0) + 1;
    this.#seen.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  }

  /** Calls a method and records the whole answer. */
  async rpc(method: string, ...params: readonly Value[]): Promise<void> {
    const title = `${method}(${params.map((value) => JSON.stringify(value)).join(", ")})`;
    const label = this.#unique(normaliseText(title, this.#own));
    const answer = await call(this.daemon.endpoint, method, params);
    if (answer.kind === "http") this.rows.set(label, `HTTP ${answer.status}`);
    else if (answer.kind === "fault") {
      this.rows.set(label, normaliseText(`fault ${answer.code} ${answer.text}`, this.#own));
    } else {
      for (const [path, text] of flatten(answer.value, this.#own)) {
        this.rows.set(`${label}${path}`, text);
      }
    }
  }

  /** The same in namespace supervisor. */
  async ask(method: string, ...params: readonly Value[]): Promise<void> {
    await this.rpc(`supervisor.${method}`, ...params);
  }

  /** Sends bytes and records status line, telling headers and body. */
  async raw(label: string, bytes: string): Promise<void> {
    const until = (text: string): boolean => isWholeReply(text);
    const { text, closed } = await exchange(this.daemon.endpoint, bytes, until);
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const [status = "", ...headers] = head.split("\r\n");
    const telling = headers.filter((line) => !UNTOLD.test(line));
    this.record(`${label}: status`, closed && text === "" ? "closed without a reply" : status);
    this.record(`${label}: headers`, telling.sort().join("\n"));
    this.record(`${label}: body`, rest.join("\r\n\r\n"));
  }

  /** Lets a commanded child do something, and waits until `file` shows it. */
  async tell(child: string, command: string, file: string, shows: string): Promise<void> {
    await this.daemon.ask("sendProcessStdin", child, `${command}\n`);
    const directory = this.rig.directory;
    const look = (): true | undefined => {
      const files = readdirSync(directory).filter((name) => name.startsWith(file));
      return files.some((name) => textOf(this.rig.path(name)).includes(shows)) || undefined;
    };
    await waitForChange(directory, look, `${JSON.stringify(shows)} in ${file}*`);
  }

  /** Waits until what these programs printed is in their files: tsv writes behind its answers, except those about logs. */
  async written(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.daemon.ask("tailProcessStdoutLog", name, 0, 0);
      await this.daemon.ask("tailProcessStderrLog", name, 0, 0);
    }
  }

  /** Records a file's whole text. */
  file(name: string): void {
    this.record(`file ${normaliseText(name, this.#own)}`, textOf(this.rig.path(name)));
  }

  /** Records which files of a prefix there are, and what they hold. */
  files(prefix: string): void {
    const names = readdirSync(this.rig.directory).filter((name) => name.startsWith(prefix));
    this.record(`files ${prefix}*`, names.sort().join(" "));
    for (const name of names) this.file(name);
  }

  /** Adds to the config while the daemon runs. */
  appendConfig(text: string): void {
    appendFileSync(this.daemon.config, text);
  }

  /** Records the activity log, each process by itself. */
  activityLog(): void {
    const text = normaliseText(textOf(this.daemon.log), this.#own);
    for (const [label, value] of activityRows(text)) this.rows.set(label, value);
  }
}

/** What must be taken out of one side's texts. */
export function particulars(
  rig: Rig,
  implementation: Implementation,
  daemonPid: number,
): Particulars {
  const programs = (["supervisord", "supervisorctl"] as const).map(
    (name) => [implementation.path(name), name] as const,
  );
  return { directory: rig.directory, programs, daemonPid, port: rig.port };
}
