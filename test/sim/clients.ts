// The clients of the simulated daemon: people and scripts that start, stop, signal, add, remove, reread and restart at
// any moment, without asking each other.

import type { Autorestart, GroupConfig, ProcessConfig } from "../../src/core/config/model.ts";
import { faultText } from "../../src/core/xmlrpc/faults.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../fakes/config-model.ts";
import { key } from "../unit/services/supervisor/rig.ts";
import { anyNeeds } from "./graphs.ts";
import { anyWatch } from "./health.ts";
import { anyHooks } from "./hooks.ts";
import { PROGRAM_KINDS } from "./programs.ts";
import type { Rng } from "./rng.ts";
import { anySchedule } from "./schedules.ts";
import type { Simulation } from "./simulation.ts";

const GROUPS = ["a", "b", "c", "d", "e"] as const;

function anyProgram(rng: Rng, name: string): ProcessConfig {
  const autorestart = rng.pick<Autorestart>(["always", "unexpected", "unexpected", "never"]);
  const command = `/bin/${rng.pick(PROGRAM_KINDS)}`;
  return disabledAtTimes(
    fakeProcessConfig(name, {
      command,
      autorestart,
      autostart: rng.chance(0.8),
      priority: rng.int(1, 3),
      startSecs: rng.pick([0, 1, 1, 3]),
      startRetries: rng.pick([0, 1, 3, 3, 10]),
      stopSignal: rng.pick([15, 15, 15, 2, 9]),
      stopWaitSecs: rng.pick([0, 1, 10, 10]),
      stopAsGroup: rng.chance(0.3),
      killAsGroup: rng.chance(0.3),
      exitCodes: rng.pick([[0], [0, 2]]),
      redirectStderr: rng.chance(0.3),
    }),
  );
}

/** One of some ten programs is disabled, and another one has kill_mode=tree. It takes no random number, so that seeds keep their other programs. */
function disabledAtTimes(config: ProcessConfig): ProcessConfig {
  const killMode = config.priority === 2 && config.redirectStderr ? "tree" : null;
  return { ...config, killMode, enabled: config.startRetries !== 10 || config.priority > 1 };
}

/** A group as somebody may write it into the file. */
function anyGroup(
  { rng, graphs, watched, hooks, schedules, ends }: Simulation,
  name: string,
): GroupConfig {
  const names = ["x", "y", "z"].slice(0, rng.int(1, 3));
  return fakeGroupConfig(
    name,
    names.map((process) => {
      const needs = graphs ? anyNeeds(rng, name, process) : {};
      const isOneshot = needs.type === "oneshot";
      const watch = watched ? anyWatch(rng, `${name}:${process}`, isOneshot) : {};
      const hooked = hooks === null ? {} : anyHooks(rng);
      const scheduled = schedules === null ? {} : anySchedule(rng);
      const essential = ends === null ? {} : { essential: rng.chance(0.1) };
      return {
        ...anyProgram(rng, process),
        ...needs,
        ...watch,
        ...hooked,
        ...scheduled,
        ...essential,
      };
    }),
    rng.int(1, 3),
  );
}

/** The file that the daemon finds at first. */
export function writeFile(sim: Simulation): void {
  for (const name of GROUPS) if (sim.rng.chance(0.8)) sim.file.set(name, anyGroup(sim, name));
}

/** Somebody commands something. */
export function command(sim: Simulation): void {
  const { rng, supervisor } = sim;
  const group = rng.pick(GROUPS);
  const target = key(`${group}:${rng.pick(["x", "y", "z"])}`);
  const wait = rng.chance(0.5);
  const dice = rng.next();
  if (dice < 0.28) {
    sim.say(`> start ${target} wait=${wait}`);
    sim.invariants.noteStart(target);
    sim.watch({ kind: "start", key: target }, supervisor.start(target, wait));
  } else if (dice < 0.56) {
    sim.say(`> stop ${target} wait=${wait}`);
    sim.watch({ kind: "stop", key: target }, supervisor.stop(target, wait));
    sim.invariants.noteStop(target);
  } else if (dice < 0.66) {
    const signal = rng.pick([0, 1, 9, 10, 15]);
    sim.say(`> signal ${target} ${signal}`);
    supervisor.signal(target, signal);
  } else if (dice < 0.7) {
    supervisor.writeStdin(target, new Uint8Array(rng.int(0, 100)));
  } else if (dice < 0.78) edit(sim, group);
  else if (dice < 0.84) {
    sim.say("> reread");
    supervisor.reread().then((answer) => {
      sim.say(`reread: ${answer.ok ? JSON.stringify(answer.value) : faultText(answer.error)}`);
    }, sim.failLater);
  } else if (dice < 0.91) add(sim, group);
  else if (dice < 0.98) remove(sim, group);
  // While everything is being stopped somebody often wants it back.
  else if (dice < (supervisor.state() === "RUNNING" ? 0.982 : 0.995)) {
    sim.say("> restart");
    supervisor.restart().then((answer) => {
      sim.say(`restart: ${answer.ok ? "true" : faultText(answer.error)}`);
    }, sim.failLater);
  } else stopGroup(sim, group);
}

function edit(sim: Simulation, group: string): void {
  sim.say(`> edit ${group}`);
  if (sim.rng.chance(0.3)) sim.file.delete(group);
  else sim.file.set(group, anyGroup(sim, group));
}

function add(sim: Simulation, group: string): void {
  const answer = sim.supervisor.addGroup(group);
  sim.say(`> add ${group}: ${answer.ok ? "true" : faultText(answer.error)}`);
}

function remove(sim: Simulation, group: string): void {
  const keys = sim.supervisor.group(group)?.processes.map((process) => process.key) ?? [];
  const answer = sim.supervisor.removeGroup(group);
  sim.say(`> remove ${group}: ${answer.ok ? "true" : faultText(answer.error)}`);
  if (answer.ok) for (const process of keys) sim.invariants.noteRemoved(process);
}

function stopGroup(sim: Simulation, group: string): void {
  sim.say(`> stop ${group}:*`);
  const keys = (sim.supervisor.group(group)?.processes ?? []).map((process) => process.key);
  const together = new Set(keys);
  for (const each of keys) {
    sim.watch({ kind: "stop", key: each }, sim.supervisor.stop(each, true, together));
    sim.invariants.noteStop(each, false);
  }
}
