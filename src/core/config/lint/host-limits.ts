// Limits of programs that the host of the check does not have, or does not let the daemon set: such a start fails.

import { CAPABILITIES, type Capability, holdsCapability } from "../../process/capabilities.ts";
import { cgroupDirectory } from "../../process/cgroup-place.ts";
import { cgroupSettings, resourceLimits } from "../../process/program-limits.ts";
import type { ConfigWarning, GroupConfig, ProcessConfig } from "../model.ts";
import { cpusText, parseCpus } from "../program-limits.ts";
import { findOption, type RawConfig, warnAt } from "../raw.ts";
import type { ConfigWorld } from "../world.ts";

type Problem = readonly [key: string, message: string, suggestion: string];

/** Warns once for each option of each section. @param daemonUid as for `lintEnvFiles` */
export function lintHostLimits(
  groups: readonly GroupConfig[],
  raw: RawConfig,
  world: ConfigWorld,
  daemonUid: number | null,
): readonly ConfigWarning[] {
  const problemsOf = rulesFor(world, daemonUid);
  const sections = new Map(
    groups.flatMap(({ processes }) => processes.map((one) => [one.origin.section, one] as const)),
  );
  return Array.from(sections).flatMap(([name, config]) => {
    const section = raw.sections.get(name);
    if (section === undefined) return [];
    return problemsOf(config).map(([key, message, suggestion]) => {
      const advice = { rule: "out-of-range", message, suggestion } as const;
      return { ...warnAt(section, findOption(raw, name, key), advice), key };
    });
  });
}

function rulesFor(world: ConfigWorld, daemonUid: number | null) {
  const textOf = (path: string): string => {
    const text = world.readText(path);
    return text.ok ? text.value.trim() : "";
  };
  const numberIn = (path: string): number => Number(textOf(path) || Number.POSITIVE_INFINITY);
  const mounts = textOf("/proc/self/mountinfo");
  const cgroups = cgroupDirectory("0::/\n", mounts);
  const controllers = cgroups === null ? [] : textOf(`${cgroups}/cgroup.controllers`).split(/\s+/);
  const online = parseCpus(textOf("/sys/devices/system/cpu/online"));
  const mostFiles = numberIn("/proc/sys/fs/nr_open");
  const lastCapability = numberIn("/proc/sys/kernel/cap_last_cap");
  const own = /^CapPrm:\s+(\S+)$/m.exec(textOf("/proc/self/status"))?.[1];

  /** What the daemon may not do; null where that is not known: another user checks. */
  const lack = (...names: readonly Capability[]): string | null => {
    if (daemonUid !== null && daemonUid !== 0) return "only a daemon that runs as root may set it";
    if (world.uid !== 0 || own === undefined) return null;
    const mask = Number.parseInt(own, 16);
    if (names.some((name) => holdsCapability(mask, name))) return null;
    return `root has no ${names.at(-1)} here, which it takes`;
  };

  return (config: ProcessConfig): readonly Problem[] => {
    const { nice, oomScoreAdj, ioPriority, cpus, capabilities } = config;
    const found: Problem[] = [];
    const fails = (key: string, why: string, what = "every start will fail"): void => {
      found.push([key, `${why}; ${what}`, `remove ${key}`]);
    };
    // A limit of its service may allow it nevertheless.
    const needs = (key: string, why: string | null): void => {
      if (why !== null) fails(key, why, "starts may fail");
    };
    if (nice !== null && nice < 0) needs("nice", lack("CAP_SYS_NICE"));
    if (oomScoreAdj !== null && oomScoreAdj < 0) needs("oom_score_adj", lack("CAP_SYS_RESOURCE"));
    if (ioPriority?.kind === "realtime") needs("ionice", lack("CAP_SYS_ADMIN", "CAP_SYS_NICE"));
    if (capabilities !== null) needs("capabilities", lack("CAP_SETPCAP"));
    for (const name of capabilities ?? []) {
      if (CAPABILITIES.indexOf(name) > lastCapability)
        fails("capabilities", `the kernel does not know ${name}`);
      else needs("capabilities", lack(name));
    }
    for (const { file } of cgroupSettings(config)) {
      const [controller = "", key = ""] = [file.replace(/\..*/, ""), file.replace(".", "_")];
      if (mounts !== "" && cgroups === null) fails(key, "cgroup v2 is not mounted on this host");
      else if (cgroups !== null && !controllers.includes(controller))
        fails(key, `cgroup v2 has no controller ${controller} on this host`);
    }
    if (config.killMode === "cgroup" && mounts !== "" && cgroups === null) {
      const text = "cgroup v2 is not mounted on this host; it acts as kill_mode=tree";
      found.push(["kill_mode", text, "mount cgroup v2, or write kill_mode=tree"]);
    }
    const missing = online.ok ? (cpus ?? []).filter((cpu) => !online.value.includes(cpu)) : [];
    if (missing.length > 0 && online.ok) {
      const text = `this host has no CPU ${cpusText(missing)}; every start will fail`;
      found.push(["cpu_affinity", text, `choose from ${cpusText(online.value)}`]);
    }
    for (const { key, resource, hard } of resourceLimits(config)) {
      if (resource !== "nofile" || (hard >= 0 && hard <= mostFiles)) continue;
      if (mostFiles === Number.POSITIVE_INFINITY) continue;
      const text = `the kernel allows ${mostFiles} (fs.nr_open); every start will fail`;
      found.push([key, text, `write ${mostFiles} or less`]);
    }
    return Array.from(new Map(found.map((one) => [one[0], one])).values());
  };
}
