// What happens to a program without a change of its state: it is ready, its health has changed, it is restarted for a reason of its
// own, its schedule has come. Only those who ask for it by name are told: Supervisor knows none of it.

/** The types of event listeners that tell it. */
export const NOTICE_TYPES = ["READY", "HEALTH", "RESTART", "SCHEDULE"] as const;

export interface Notice {
  readonly about: (typeof NOTICE_TYPES)[number];
  /** Words without spaces, in the order in which events show them; for example pid, to, reason. */
  readonly details: Readonly<Record<string, string | number>>;
  /** One line for people; empty for none. */
  readonly text: string;
}
