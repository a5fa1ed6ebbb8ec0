// The file system sandbox of a systemd unit: paths that are read-only or inaccessible for the daemon and its programs,
// regardless of owners and modes. Source: systemd.exec(5), "Sandboxing".

import type { UnitText } from "./unit-files.ts";

interface Sandbox {
  /** The restricted directory and the setting that restricts it; null if the path is writable. */
  closes(path: string): SandboxRule | null;
}

export interface SandboxRule {
  readonly root: string;
  /** "ProtectSystem=strict". */
  readonly setting: string;
  /** It is inaccessible, so ReadWritePaths= does not help. */
  readonly isHidden: boolean;
}

const YES = /^(?:yes|true|on|1)$/i;
/** Writable directories that systemd creates for a service. */
const MADE = {
  LogsDirectory: "/var/log",
  StateDirectory: "/var/lib",
  CacheDirectory: "/var/cache",
  RuntimeDirectory: "/run",
} as const;

/** Reads the sandbox of a unit with its drop-ins. */
export function readSandbox(texts: readonly UnitText[]): Sandbox {
  const all = (key: string): readonly string[] => settings(texts, key);
  const last = (key: string): string => all(key).at(-1) ?? "";
  const closed: SandboxRule[] = [
    ...protectSystem(last("ProtectSystem").toLowerCase()),
    ...protectHome(last("ProtectHome").toLowerCase()),
    ...paths([...all("ReadOnlyPaths"), ...all("ReadOnlyDirectories")]).map((root) =>
      rule(root, `ReadOnlyPaths=${root}`),
    ),
  ];
  const open = [
    ...paths([...all("ReadWritePaths"), ...all("ReadWriteDirectories")]),
    ...Object.entries(MADE).flatMap(([key, home]) =>
      paths(all(key)).map((name) => `${home}/${name.split(":")[0] ?? ""}`),
    ),
    ...(YES.test(last("PrivateTmp")) ? ["/tmp", "/var/tmp"] : []),
  ];
  return {
    closes(path) {
      const [nearest] = closed
        .filter(({ root }) => isIn(path, root))
        .sort((left, right) => right.root.length - left.root.length);
      if (nearest === undefined) return null;
      const isOpen = open.some((root) => isIn(path, root) && root.length >= nearest.root.length);
      return isOpen && !nearest.isHidden ? null : nearest;
    },
  };
}

function rule(root: string, setting: string, isHidden = false): SandboxRule {
  return { root, setting, isHidden };
}

function protectSystem(value: string): readonly SandboxRule[] {
  const setting = `ProtectSystem=${value}`;
  if (value === "strict") return [rule("/", setting)];
  const roots = ["/usr", "/boot", "/efi", ...(value === "full" ? ["/etc"] : [])];
  return value === "full" || YES.test(value) ? roots.map((root) => rule(root, setting)) : [];
}

function protectHome(value: string): readonly SandboxRule[] {
  const isHidden = YES.test(value) || value === "tmpfs";
  if (!isHidden && value !== "read-only") return [];
  return ["/home", "/root", "/run/user"].map((root) =>
    rule(root, `ProtectHome=${value}`, isHidden),
  );
}

/** Kernel file systems are not affected. */
const KERNELS = /^\/(?:dev|proc|sys)(?:\/|$)/;

function isIn(path: string, root: string): boolean {
  if (root === "/") return !KERNELS.test(path);
  return path === root || path.startsWith(`${root}/`);
}

/** Words of all values; an empty value resets the list. */
function paths(values: readonly string[]): readonly string[] {
  let found: string[] = [];
  for (const value of values) {
    if (value === "") found = [];
    else
      found.push(
        ...value.split(/\s+/).map((word) => word.replace(/^[-+]+/, "").replace(/(.)\/+$/, "$1")),
      );
  }
  return found;
}

/** All values of a key of [Service], in the order of reading. */
function settings(texts: readonly UnitText[], key: string): readonly string[] {
  return texts.flatMap(({ text }) => {
    let section = "";
    return text
      .replaceAll(/\\\n/g, " ")
      .split("\n")
      .flatMap((line) => {
        section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
        const option = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line);
        return section === "Service" && option?.[1] === key ? [option[2] ?? ""] : [];
      });
  });
}
