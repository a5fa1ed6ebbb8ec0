// What a computation costs, on a machine that does other things too.

/** Processor time of this process while `work` runs, in milliseconds. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
