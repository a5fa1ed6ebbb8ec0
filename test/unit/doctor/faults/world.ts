// A whole host in memory on which everything is as it should be until a fault breaks it, and what doctor finds out about
// it before the checks look. It answers to what repairs do.

import { createHash } from "node:crypto";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../src/doctor/checks/examine.ts";
import type {
  DoctorFacts,
  KnownProgram,
  ProgramStatus,
  RunningDaemon,
  ServerAnswer,
} from "../../../../src/doctor/facts/doctor-facts.ts";
import { hiddenSocket, serversToAsk } from "../../../../src/doctor/facts/servers.ts";
import type { Diagnosis } from "../../../../src/doctor/model.ts";
import type { PlannedStep, Step } from "../../../../src/install/plan/steps.ts";
import type { DoctorHost } from "../../../fakes/doctor-host.ts";
import { NOW_S } from "../checks/programs/rig.ts";
import {
  answer,
  CONF,
  DAEMON,
  healthyHost,
  healthyParts,
  type MutableParts,
  PID,
  PROGRAMS,
  RUNNING_PROPERTIES,
  runningParts,
  SOCKET,
  start,
  WEB_PID,
  WEB_STATUS,
} from "./healthy.ts";

type Parts = NonNullable<Parameters<DoctorHost["facts"]>[1]>;

/** The host, and what doctor finds out about it before the checks look. */
export class World {
  readonly host = healthyHost();
  /** Replaced as a whole by `set`. */
  parts: MutableParts = healthyParts();
  /** What `tsv install` has to have made. */
  installed: readonly PlannedStep[] = [];
  environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

  /** Replaces parts of the facts; of those that are structs only the given fields. */
  set(parts: Parts): this {
    for (const [key, part] of Object.entries(parts)) {
      const before: unknown = Reflect.get(this.parts, key);
      const merged = isStruct(before) && isStruct(part) ? { ...before, ...part } : part;
      Reflect.set(this.parts, key, merged);
    }
    return this;
  }

  service(service: Partial<DoctorFacts["service"]>): this {
    return this.set({ service });
  }

  /** Settings that systemd tells of the service. */
  properties(properties: Readonly<Record<string, string>>): this {
    return this.service({ properties: { ...this.parts.service?.properties, ...properties } });
  }

  /** Writes the main configuration. */
  write(text: string): this {
    this.host.file(CONF, text, { mode: 0o640, gid: 990 });
    return this;
  }

  /** Changes the main configuration; the text that goes must be there. */
  edit(before: string, after: string): this {
    const text = this.host.readText(CONF) ?? "";
    if (!text.includes(before)) throw new Error(`the configuration has no ${before}`);
    return this.write(text.replaceAll(before, after));
  }

  /** Changes lines of the program, where they are, or adds them. */
  program(...lines: readonly string[]): this {
    let text = this.host.readText(PROGRAMS) ?? "";
    for (const line of lines) {
      const key = line.slice(0, line.indexOf("="));
      const own = new RegExp(`^${key}=.*$`, "m");
      text = own.test(text) ? text.replace(own, () => line) : `${text}${line}\n`;
    }
    this.host.file(PROGRAMS, text, { mode: 0o640, gid: 990 });
    return this;
  }

  /** What the daemon says of the program; no process is left where it has no pid. */
  web(changes: Partial<ProgramStatus>): this {
    const web = { ...WEB_STATUS, ...changes };
    if (web.pid !== WEB_PID) this.end(WEB_PID);
    return this.set({ programs: [web] });
  }

  /** The daemon is another one than tsv's, or in another state. */
  daemon(changes: Partial<RunningDaemon>): this {
    const daemon = { ...DAEMON, ...changes };
    return this.set({ daemon, daemons: [daemon] });
  }

  /** What systemd has read of the unit and its drop-ins; null before doctor looks for the first time. */
  #loaded: string | null = null;

  #unitTexts(): string {
    const unit = this.parts.service?.file?.path ?? "";
    const paths = Array.from(this.host.nodes.keys()).filter(
      (path) => path === unit || /^\/etc\/systemd\/system\/tsv\.service\.d\/.*\.conf$/.test(path),
    );
    return paths
      .sort()
      .map((path) => `${path}: ${this.host.readText(path)}`)
      .join("\n");
  }

  /** What a command does whoever gives it: `tsv update NAME` adds a group, and reads a changed one. */
  obey(step: Step): void {
    if (step.kind !== "command") return;
    if (step.argv.includes("daemon-reload")) this.#loaded = this.#unitTexts();
    const at = step.argv.indexOf("update");
    const { daemon } = this.facts().config;
    if (at < 0 || daemon?.ok !== true || this.parts.programs === null) return;
    const names = step.argv.slice(at + 1);
    const groups = daemon.value.groups.filter(({ name }) => names.includes(name));
    const added = groups.flatMap(({ name: group, processes }) =>
      processes.map(({ name }) => ({ ...WEB_STATUS, group, name, pid: 0, start: NOW_S })),
    );
    const kept = this.programs().filter(({ group }) => !names.includes(group));
    const known = (this.parts.known ?? []) as readonly KnownProgram[];
    this.set({
      programs: [...kept, ...added],
      known: known.filter((one) => !names.includes(String(one["group"]))),
    });
  }

  programs(): readonly ProgramStatus[] {
    return (this.parts.programs ?? []) as readonly ProgramStatus[];
  }

  /** Who answers at the socket, and how. */
  answers(...servers: readonly ServerAnswer[]): this {
    return this.set({ servers });
  }

  /** A process is gone, with what it had. */
  end(pid: number): this {
    const { seenProcesses, listening, files } = this.host;
    for (const table of [seenProcesses, listening]) {
      for (let at = table.length - 1; at >= 0; at -= 1)
        if (table[at]?.pid === pid) table.splice(at, 1);
    }
    files.delete(pid);
    return this;
  }

  /** The daemon ended and left nothing but its configuration and logs. */
  down(): this {
    this.end(PID).end(WEB_PID);
    for (const path of [SOCKET, `${SOCKET}.lock`, "/run/tsv/tsv.pid"]) this.host.remove(path);
    this.host.remove("/proc/812").file("/proc/locks", "");
    this.service({ isActive: false }).properties({ ActiveState: "inactive", MainPID: "0" });
    return this.set({
      daemon: null,
      daemons: [],
      servers: [answer("missing")],
      programs: null,
      histories: null,
      pools: null,
      lost: null,
      failing: null,
    });
  }

  /** The daemon runs (again), with everything that belongs to it. */
  up(): this {
    start(this.host);
    this.parts = { ...this.parts, ...runningParts() };
    return this.service({ isActive: true }).properties(RUNNING_PROPERTIES);
  }

  examine(): Diagnosis {
    return examineHost(CATALOGUE, this.facts());
  }

  /** Asked are the servers that the files name now; where a test says nothing of one, nobody is there. */
  facts(): DoctorFacts {
    const facts = this.host.facts(null, this.#seenParts(), this.environment);
    const { daemon, ctl } = facts.config;
    const read = daemon?.ok === true ? daemon.value : null;
    const questions = serversToAsk(read, ctl, hiddenSocket(facts));
    const servers = questions.map(({ section, url }): ServerAnswer => {
      const isUnix = url.startsWith("unix://");
      const isThere = !isUnix || this.host.look(url.slice("unix://".length)).ok;
      const nobody = { section, url, daemon: null, detail: "" };
      if (!isThere) return { ...nobody, kind: "missing" };
      const told = this.parts.servers ?? [];
      const known = (told as readonly ServerAnswer[]).find((one) => one.url === url);
      return known ?? { ...nobody, kind: "refused" };
    });
    return { ...facts, servers };
  }

  /** The unit says what its file says, and `tsv install` would make what is not there. */
  #seenParts(): Parts {
    const { service } = this.parts;
    if (service === null || service === undefined) return this.parts;
    const text = service.file == null ? null : this.host.readText(service.file.path);
    const file = service.file == null || text === null ? null : { ...service.file, text };
    const isLacking = this.installed.some(
      ({ step }) => step.kind === "file" && this.host.readText(step.path) !== step.text,
    );
    const lacking = isLacking ? this.installed : [];
    const known = service.restoration ?? null;
    const restoration = known === null ? null : { ...known, steps: lacking };
    // Where links decide, they say whether it starts at boot.
    const [link] = service.links ?? [];
    const isLinked = link === undefined ? {} : { isEnabled: this.host.links.has(link.path) };
    const texts = this.#unitTexts();
    this.#loaded ??= texts;
    const needsReload = service.needsReload === true || this.#loaded !== texts;
    const seen = { ...service, file, restoration, needsReload, ...isLinked };
    return { ...this.parts, service: seen };
  }

  /** Everything in the tree, for comparing. */
  snapshot(): ReadonlyMap<string, string> {
    const tree = new Map<string, string>();
    for (const [path, { kind, mode, uid, gid, bytesHeld }] of this.host.nodes) {
      const hash = createHash("sha256").update(bytesHeld).digest("hex");
      tree.set(path, `${kind} ${mode.toString(8)} ${uid}:${gid} ${hash}`);
    }
    for (const [path, target] of this.host.links) tree.set(path, `link to ${target}`);
    return tree;
  }
}

function isStruct(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
