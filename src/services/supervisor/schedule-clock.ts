// Which schedule is due next, on either clock. The state has the moments; here is an index of them, and the one alarm on the wall
// clock. Without schedules there is no alarm.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Instant } from "../../core/base/time.ts";
import type { ScheduleState } from "../../core/schedules/schedule.ts";
import { DeadlineIndex } from "../../core/supervisor/deadline.ts";
import type { SupervisorState } from "../../core/supervisor/model.ts";
import type { WallAlarm } from "../../ports/clock.ts";

export class ScheduleClock {
  readonly #state: Pick<SupervisorState, "daemonState" | "schedules">;
  readonly #alarm: WallAlarm;
  readonly #wall = new DeadlineIndex();
  readonly #mono = new DeadlineIndex();
  #armedFor: number | null = null;

  /** @param rang the wall clock's alarm has rung; `wasSet`: the clock was set */
  constructor(
    state: Pick<SupervisorState, "daemonState" | "schedules">,
    alarm: WallAlarm,
    rang: (wasSet: boolean) => void,
  ) {
    this.#state = state;
    this.#alarm = alarm;
    this.note(state.schedules);
    alarm.onRing((wasSet) => {
      this.#armedFor = null;
      rang(wasSet);
    });
  }

  /** Schedules have changed. */
  note(changes: ReadonlyMap<ProcessKey, ScheduleState | null>): void {
    for (const [key, schedule] of changes) {
      if (schedule === null) continue;
      if (schedule.atWall !== null) this.#wall.add(key, schedule.atWall);
      if (schedule.atMono !== null) this.#mono.add(key, schedule.atMono);
    }
  }

  /** Whether a run is due. */
  isDue({ mono, wall }: Instant): boolean {
    if (this.#state.schedules.size === 0) return false;
    const onWall = this.#wall.earliest(this.#currentWall);
    const onMono = this.earliestMono();
    return (onWall !== null && onWall <= wall) || (onMono !== null && onMono <= mono);
  }

  /** Takes one process whose run is due; null when there is none. */
  takeDue({ mono, wall }: Instant): ProcessKey | null {
    if (this.#state.schedules.size === 0) return null;
    return (
      this.#wall.takeDue(wall, this.#currentWall) ?? this.#mono.takeDue(mono, this.#currentMono)
    );
  }

  /** When a run is due by the monotonic clock, whose alarm others share; null for never. */
  earliestMono(): number | null {
    return this.#mono.earliest(this.#currentMono);
  }

  /** Arms the alarm on the wall clock for the next run by it. */
  arm(): void {
    const at = this.#wall.earliest(this.#currentWall);
    if (at === this.#armedFor) return;
    this.#armedFor = at;
    this.#alarm.set(at);
  }

  /** Nothing is due while everything is being stopped. */
  readonly #currentWall = (key: ProcessKey): number | null =>
    this.#state.daemonState === "RUNNING" ? (this.#state.schedules.get(key)?.atWall ?? null) : null;

  readonly #currentMono = (key: ProcessKey): number | null =>
    this.#state.daemonState === "RUNNING" ? (this.#state.schedules.get(key)?.atMono ?? null) : null;
}
