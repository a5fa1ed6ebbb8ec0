// Lets a program read its files again, by the means that its definition names: a command, or a signal.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { SECOND } from "../../core/base/time.ts";
import { NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { signalName } from "../../core/process/signals.ts";
import { livePid, type ProcessRecord } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { SupervisorApi } from "./api.ts";
import type { ChecksDeps } from "./checks.ts";
import type { Commands } from "./commands.ts";
import type { Loop } from "./loop.ts";
import { type OwnCommandDeps, runOwnCommand } from "./own-commands.ts";
import type { Waiters } from "./waiters.ts";

interface ReloadDeps extends OwnCommandDeps, Pick<ChecksDeps, "gathered"> {
  readonly loop: Pick<Loop, "state">;
  readonly waiters: Waiters;
  readonly signal: Commands["signal"];
}

type Reloaded = Result<string, Fault>;

/** The process of the program, in the environment of its reload_command. */
const PID = "TSV_PID";

export class Reloads implements Pick<SupervisorApi, "reloadProcess"> {
  readonly #deps: ReloadDeps;
  /** Processes whose command runs. */
  readonly #running = new Set<ProcessKey>();

  constructor(deps: ReloadDeps) {
    this.#deps = deps;
  }

  async reloadProcess(key: ProcessKey): Promise<Reloaded> {
    const record = this.#deps.loop.state.processes.get(key);
    if (record === undefined) return err(fault("BAD_NAME", key));
    const { reloadCommand, reloadSignal, origin } = record.config;
    const { section } = origin;
    if (reloadCommand === null && reloadSignal === null)
      return err(fault("NO_FILE", `no reload_signal= or reload_command= in [${section}]`));
    if (livePid(record) === 0 || record.state.phase.kind === "STOPPING")
      return err(fault("NOT_RUNNING", displayKey(key)));
    if (reloadCommand !== null) return await this.#run(record, reloadCommand);
    const signal = reloadSignal ?? 0;
    const sent = this.#deps.signal(key, signal);
    return sent.ok ? ok(`${signalName(signal)} sent`) : sent;
  }

  /** Runs the command until it exits, its limit has passed, or the process has ended. */
  async #run(record: ProcessRecord, command: string): Promise<Reloaded> {
    const { gathered, loop, waiters } = this.#deps;
    const { key, config } = record;
    const pid = livePid(record);
    if (this.#running.has(key)) return failed("the last reload_command still runs");
    let outcome: CheckOutcome | null = null;
    const done = (result: CheckOutcome): void => {
      outcome = result;
      waiters.notify(key);
    };
    const environment = gathered(key) ?? NOTHING_GATHERED;
    const limit = { limitMs: config.reloadTimeout * SECOND, gathered: environment };
    const own = {
      text: command,
      ...limit,
      variables: { [PID]: String(pid) },
      use: "reload",
    } as const;
    const begun = runOwnCommand(this.#deps, record, own, done);
    if (!begun.ok) return failed(begun.error.text);
    this.#running.add(key);
    const verdict = (): Reloaded | undefined => {
      if (outcome !== null) return outcome.ok ? ok("reloaded") : failed(outcome.text);
      const now = loop.state.processes.get(key);
      return now !== undefined && livePid(now) === pid ? undefined : failed("it has exited");
    };
    try {
      const abandoned = (): Reloaded => failed("the daemon is being upgraded; reload it again");
      return await waiters.wait(key, verdict, abandoned);
    } finally {
      begun.value();
      this.#running.delete(key);
    }
  }
}

function failed(text: string): Reloaded {
  return err(fault("FAILED", text));
}
