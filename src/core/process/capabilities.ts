// Capabilities of Linux by name, and sets of them as masks.

/** Index is the number: capabilities(7). */
export const CAPABILITIES = [
  ...([
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
  ] as const),
  ...(["CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE"] as const),
  ...(["CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW"] as const),
  ...(["CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"] as const),
  ...(["CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN"] as const),
  ...(["CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME"] as const),
  ...(["CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE"] as const),
  ...(["CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN"] as const),
  ...(["CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ"] as const),
  ...(["CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"] as const),
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** The bit of each is its number. */
export function capabilityMask(names: readonly Capability[]): number {
  return names.reduce((mask, name) => mask + 2 ** CAPABILITIES.indexOf(name), 0);
}

/** Whether a mask has the bit of a capability. */
export function holdsCapability(mask: number, name: Capability): boolean {
  return Math.floor(mask / 2 ** CAPABILITIES.indexOf(name)) % 2 === 1;
}
