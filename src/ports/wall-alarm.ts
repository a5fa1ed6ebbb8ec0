// The alarm of schedules. Unlike that of `Clock` it is on the wall clock, which people set and which goes on while a machine sleeps.

export interface WallAlarm {
  /**
   * Arms the alarm, replacing the one before.
   * @param atWall epoch milliseconds; null disarms, and nothing is left of it
   */
  set(atWall: number | null): void;
  /**
   * Registers who is called when the moment has come, or before it when the clock was set. It has to be armed again after both.
   * Where the host does not tell that its clock was set, that is noticed when the moment should have come.
   * @param ring `wasSet`: the clock was set
   */
  onRing(ring: (wasSet: boolean) => void): void;
}
