// Which limits of its cgroup a program has reached, as the kernel has counted.

/**
 * A clause for each limit that was reached.
 * @param textOf of a file of the cgroup, such as "memory.events"; empty for none
 */
export function reachedLimits(textOf: (file: string) => string): readonly string[] {
  const countIn = (file: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, "m").exec(textOf(file))?.[1] ?? 0);
  const kills = countIn("memory.events", "oom_kill");
  // Without a shortage of its own, the limit of the service or the memory of the host was the reason for kills.
  const isOwn = countIn("memory.events", "oom") > 0;
  const killed = isOwn && kills > 0 ? `, and the kernel killed ${kills} of its processes` : "";
  const counts = [
    [countIn("memory.events", "max"), "memory_max", killed],
    [countIn("memory.events", "high"), "memory_high", ""],
    [countIn("pids.events", "max"), "pids_max", ""],
    [countIn("cpu.stat", "nr_throttled"), "cpu_max", ""],
  ] as const;
  return counts.flatMap(([count, option, more]) =>
    count > 0 || more !== ""
      ? [`${option} was reached ${count === 1 ? "once" : `${count} times`}${more}`]
      : [],
  );
}
