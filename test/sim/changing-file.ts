// The configuration of the simulated host while it changes: its programs, with sockets that move from one to another, and the
// decisions of operators above them.

import { ok, type Result } from "../../src/core/base/result.ts";
import { planDecision, type WantedDecision } from "../../src/core/config/decisions.ts";
import type {
  Autorestart,
  Config,
  Decision,
  GroupConfig,
  ProcessConfig,
} from "../../src/core/config/model.ts";
import type { DecidedConfig } from "../../src/ports/config-reader.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../fakes/config-model.ts";
import { anyHooks } from "./hooks.ts";
import { PROGRAM_KINDS } from "./programs.ts";
import type { Rng } from "./rng.ts";

export const PROGRAMS = ["p", "q", "r", "s", "t"] as const;
const GROUPS = [null, null, "g", "h"] as const;
const ADDRESSES = [1, 2, 3] as const;

type Edit = "add" | "remove" | "rename" | "socket" | "numprocs" | "group" | "live" | "start";
const EDITS: readonly [Edit, ...Edit[]] = [
  "add",
  "remove",
  "rename",
  "socket",
  "socket",
  "numprocs",
  "group",
  "live",
  "start",
];

/** A section of the file. */
interface FileProgram {
  /** Null for a group of its own. */
  readonly group: string | null;
  readonly copies: number;
  /** A port. */
  readonly socket: number | null;
  readonly options: Partial<ProcessConfig>;
}

export class ChangingFile {
  readonly #rng: Rng;
  readonly #hasHooks: boolean;
  readonly #programs = new Map<string, FileProgram>();
  #decisions: readonly Decision[] = [];

  constructor(rng: Rng, hasHooks: boolean) {
    this.#rng = rng;
    this.#hasHooks = hasHooks;
    for (const name of PROGRAMS) if (rng.chance(0.8)) this.#programs.set(name, this.#any());
  }

  #any(): FileProgram {
    const rng = this.#rng;
    const port = rng.pick(ADDRESSES);
    const isFree = [...this.#programs.values()].every(({ socket }) => socket !== port);
    return {
      group: rng.pick(GROUPS),
      copies: rng.int(1, 3),
      socket: isFree && rng.chance(0.7) ? port : null,
      options: { ...this.#startOptions(), ...liveOptions(rng) },
    };
  }

  /** Those that take effect when no process exists. */
  #startOptions(): Partial<ProcessConfig> {
    const rng = this.#rng;
    return {
      command: `/bin/${rng.chance(0.6) ? "steady" : rng.pick(PROGRAM_KINDS)}`,
      environment: { WORD: String(rng.int(1, 3)) },
      startSecs: rng.pick([0, 1, 3]),
      startRetries: rng.pick([0, 1, 3]),
      stopWaitSecs: rng.pick([1, 10]),
      ...(this.#hasHooks ? anyHooks(rng) : {}),
    };
  }

  /** What the file says, with the decisions above it. */
  groups(): readonly GroupConfig[] {
    const groups = new Map<string, ProcessConfig[]>();
    for (const [name, { group, copies, socket, options }] of this.#programs) {
      const section = `program:${name}`;
      const count = Number(this.#decided(section, "numprocs") ?? copies);
      const enabled = (this.#decided(section, "enabled") ?? "true") === "true";
      const members = groups.get(group ?? name) ?? [];
      groups.set(group ?? name, members);
      for (let n = 0; n < count; n += 1) {
        members.push(
          fakeProcessConfig(`${name}${n}`, {
            ...{ programName: name, enabled, sockets: socket === null ? [] : [socketAt(socket)] },
            origin: { file: "/etc/supervisord.conf", section, line: 1 },
            ...options,
          }),
        );
      }
    }
    return Array.from(groups, ([name, processes]) => fakeGroupConfig(name, processes));
  }

  #decided(section: string, option: Decision["key"]): string | null {
    return (
      this.#decisions.find((each) => each.section === section && each.key === option)?.value ?? null
    );
  }

  /** Above the file, as a reading finds them. */
  get decisions(): readonly Decision[] {
    return this.#decisions.map((decision) => {
      const program = this.#programs.get(decision.section.slice("program:".length));
      const value = decision.key === "numprocs" ? String(program?.copies) : "true";
      return program === undefined
        ? { ...decision, filed: null, problem: "there is no such section" }
        : { ...decision, filed: value, problem: null };
    });
  }

  /** Decides as the reader of the daemon does. @param configOf what the file says by then */
  decide(wanted: WantedDecision, configOf: () => Config): Result<DecidedConfig, never> | null {
    const planned = planDecision(configOf(), wanted);
    if (!planned.ok) return null;
    this.#decisions = planned.value.decisions;
    return ok({ config: configOf(), decided: planned.value.programs });
  }

  /** An editor changes a section. @returns what it did to which program */
  edit(): { readonly name: string; readonly edit: string } {
    const rng = this.#rng;
    const name = rng.pick(PROGRAMS);
    const program = this.#programs.get(name);
    const edit = program === undefined ? "add" : rng.pick(EDITS);
    if (program === undefined || edit === "add") {
      this.#programs.delete(name);
      this.#programs.set(name, this.#any());
    } else if (edit === "remove") this.#programs.delete(name);
    else if (edit === "rename") this.#rename(name, program);
    else if (edit === "socket") this.#moveSocket(name, program);
    else this.#programs.set(name, { ...program, ...this.#edited(program, edit) });
    return { name, edit };
  }

  #edited({ options }: FileProgram, edit: Edit): Partial<FileProgram> {
    const rng = this.#rng;
    if (edit === "numprocs") return { copies: rng.int(1, 3) };
    if (edit === "group") return { group: rng.pick(GROUPS) };
    const some = edit === "live" ? liveOptions(rng) : this.#startOptions();
    return { options: { ...options, ...some } };
  }

  #rename(name: string, program: FileProgram): void {
    const other = PROGRAMS.find((each) => !this.#programs.has(each));
    if (other === undefined) return;
    this.#programs.delete(name);
    this.#programs.set(other, program);
  }

  /** To an address that is free, or to that of another program, which gets this one's. */
  #moveSocket(name: string, program: FileProgram): void {
    const port = this.#rng.pick([...ADDRESSES, null]);
    const other = [...this.#programs].find(([, { socket }]) => port !== null && socket === port);
    if (other !== undefined) this.#programs.set(other[0], { ...other[1], socket: program.socket });
    this.#programs.set(name, { ...program, socket: port });
  }
}

function liveOptions(rng: Rng): Partial<ProcessConfig> {
  return {
    autostart: rng.chance(0.8),
    autorestart: rng.pick<Autorestart>(["always", "unexpected", "never"]),
    priority: rng.int(1, 3),
    exitCodes: rng.pick([[0], [0, 2]]),
    stopSignal: rng.pick([15, 2]),
    stopAsGroup: rng.chance(0.3),
    killAsGroup: rng.chance(0.3),
  };
}

function socketAt(port: number): ProcessConfig["sockets"][number] {
  const url = `tcp://h:${port}`;
  return { name: null, url, address: { kind: "tcp", host: "h", port } };
}
