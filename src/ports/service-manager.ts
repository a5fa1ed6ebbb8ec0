// The service manager that runs the daemon and is notified of its state: systemd by sd_notify(3), s6 and init scripts by a
// descriptor.

export interface ServiceManager {
  /**
   * Sends assignments such as `READY=1`. Nothing is lost while the service manager is slow.
   * @returns why it cannot be notified; null when it was, or will be
   */
  notify(assignments: readonly string[]): string | null;
  /**
   * Reports on a descriptor that the daemon is up, once.
   * @returns why it cannot be notified
   */
  reportUp(): string | null;
  /** The longest silence before the service manager takes the daemon for dead; null when it does not look. */
  readonly watchdogMs: number | null;
}
