// A program that is RUNNING and watched: it is asked every health_interval, one check at a time; its memory is measured; its age is
// limited. When it is unhealthy, uses more than max_memory, or is older than max_age, it is stopped and started again.

import { fractionOf } from "../base/fraction.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { healthMessages } from "./messages.ts";
import type { Health, ProcessInput, ProcessPhase, Watch } from "./model.ts";
import { restartFor } from "./own-restart.ts";
import type { Step } from "./step.ts";

type Running = Extract<ProcessPhase, { kind: "RUNNING" }>;

/** So many measurements in a row must be above max_memory: a peak of a moment is no leak. */
const MOST_OVERS = 2;

/** Of what a check says, characters that are kept: a command may print anything. */
const KEPT_SAID = 200;

/** What is watched of a run that is RUNNING from now on; null for nothing. @param startMono when it was started */
export function beginWatch(program: ProcessConfig, startMono: number, now: Instant): Watch | null {
  const { healthCheck, maxMemory, maxAge } = program;
  if (healthCheck === null && maxMemory === null && maxAge === null) return null;
  return {
    health: healthCheck === null ? null : notKnownYet(program, startMono, now),
    oldAt: maxAge === null ? null : startMono + lifetimeMs(program, maxAge),
    overs: 0,
  };
}

/** A thousand programs that come up together are asked one after the other, and stay apart. */
function notKnownYet(program: ProcessConfig, startMono: number, now: Instant): Health {
  const { name, programName, healthInterval, healthStartPeriod } = program;
  const share = fractionOf(`${programName} ${name} health`);
  return {
    isHealthy: null,
    failures: 0,
    said: "",
    wasHealthy: false,
    countsFrom: startMono + healthStartPeriod * SECOND,
    nextAt: now.mono + Math.floor(healthInterval * SECOND * share),
    isChecking: false,
  };
}

/** max_age, or up to max_age_jitter less. */
function lifetimeMs({ name, programName, maxAgeJitter }: ProcessConfig, maxAge: number): number {
  const share = fractionOf(`${programName} ${name} age`);
  return Math.ceil(maxAge * SECOND * (1 - maxAgeJitter * share));
}

/** A check is due, or its age is reached. */
export function watchDue(step: Step, phase: Running, program: ProcessConfig, now: Instant): void {
  const { watch } = phase;
  if (watch === null) return;
  if (watch.oldAt !== null && now.mono >= watch.oldAt) {
    restartFor(step, { by: "age", text: healthMessages.age(program) }, program, now);
    return;
  }
  const { health } = watch;
  if (health === null || health.isChecking || now.mono < health.nextAt) return;
  const nextAt = now.mono + Math.max(1, program.healthInterval * SECOND);
  step.phase = { ...phase, watch: { ...watch, health: { ...health, nextAt, isChecking: true } } };
  step.effects.push({ kind: "check", pid: phase.pid, about: "health" });
}

/** What came of a check of a run that is RUNNING. */
export function healthChecked(
  step: Step,
  { pid, ok, text, byHost = false }: Extract<ProcessInput, { kind: "checked" }>,
  program: ProcessConfig,
  now: Instant,
): void {
  const { phase } = step;
  if (phase.kind !== "RUNNING" || phase.pid !== pid || phase.watch === null) return;
  const { watch } = phase;
  // An answer to a check that was cancelled, or was never made.
  if (watch.health === null || !watch.health.isChecking) return;
  const whole = byHost ? healthMessages.notChecked(text) : text;
  const said = whole.length > KEPT_SAID ? `${whole.slice(0, KEPT_SAID - 1)}…` : whole;
  const health = { ...watch.health, said, isChecking: false };
  if (ok) {
    const healthy = { ...health, isHealthy: true, wasHealthy: true, failures: 0 };
    step.phase = { ...phase, watch: { ...watch, health: healthy } };
    if (watch.health.isHealthy !== true) becameHealthy(step, phase, program);
    return;
  }
  if (byHost) {
    // The next one may say something about it.
    if (said !== watch.health.said) step.log("WARN", healthMessages.ofHealth(program.name, said));
    step.phase = { ...phase, watch: { ...watch, health } };
    return;
  }
  const counts = health.wasHealthy || now.mono >= health.countsFrom;
  const failures = counts ? health.failures + 1 : 0;
  const isOver = failures >= program.healthRetries;
  const isHealthy = isOver ? false : health.isHealthy;
  step.phase = { ...phase, watch: { ...watch, health: { ...health, failures, isHealthy } } };
  if (isOver && health.isHealthy !== false) {
    becameUnhealthy(step, phase, { ...health, failures }, program, now);
  }
}

function becameHealthy(step: Step, { pid }: Running, { name }: ProcessConfig): void {
  step.log("INFO", healthMessages.healthy(name));
  step.notice({ about: "HEALTH", details: { pid, to: "healthy", failures: 0 }, text: "" });
}

function becameUnhealthy(
  step: Step,
  { pid }: Running,
  { said, failures }: Health,
  program: ProcessConfig,
  now: Instant,
): void {
  const { name, healthAction, healthRetries } = program;
  const failed = healthMessages.failed(said, failures, healthRetries);
  step.log("WARN", healthMessages.unhealthy(name, failed));
  step.notice({ about: "HEALTH", details: { pid, to: "unhealthy", failures }, text: failed });
  if (healthAction.kind === "signal") {
    const { signal } = healthAction;
    step.log("INFO", healthMessages.signalling(name, pid, signal));
    step.effects.push({ kind: "signal", pid, signal });
  }
  if (healthAction.kind !== "restart") return;
  restartFor(step, { by: "health", text: healthMessages.isUnhealthy(failed) }, program, now);
}

/** Its memory was measured. */
export function measured(
  step: Step,
  { pid, bytes }: Extract<ProcessInput, { kind: "measured" }>,
  program: ProcessConfig,
  now: Instant,
): void {
  const { phase } = step;
  const { maxMemory } = program;
  if (phase.kind !== "RUNNING" || phase.pid !== pid) return;
  if (phase.watch === null || maxMemory === null) return;
  const overs = bytes > maxMemory ? phase.watch.overs + 1 : 0;
  step.phase = { ...phase, watch: { ...phase.watch, overs } };
  if (overs < MOST_OVERS) return;
  restartFor(step, { by: "memory", text: healthMessages.memory(bytes, maxMemory) }, program, now);
}
