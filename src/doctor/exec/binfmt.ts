// Formats that the administrator registered with the kernel (binfmt_misc): files of other processors under qemu, Java
// archives, Windows programs. Registered formats are executable.

import type { Probe } from "../facts/probe.ts";

const DIRECTORY = "/proc/sys/fs/binfmt_misc";

/** Whether a registered format matches this file. @param head at least its first 128 bytes */
export function isRegistered(path: string, head: Uint8Array, probe: Probe): boolean {
  if (probe.readText(`${DIRECTORY}/status`)?.startsWith("enabled") !== true) return false;
  const names = probe.list(DIRECTORY) ?? [];
  return names.some((name) => {
    if (name === "status" || name === "register") return false;
    const entry = probe.readText(`${DIRECTORY}/${name}`);
    return entry !== null && matches(entry, path, head);
  });
}

function matches(entry: string, path: string, head: Uint8Array): boolean {
  if (!entry.startsWith("enabled")) return false;
  const extension = /^extension \.(.+)$/m.exec(entry)?.[1];
  if (extension !== undefined) return path.endsWith(`.${extension}`);
  const offset = Number(/^offset (\d+)$/m.exec(entry)?.[1] ?? "0");
  const magic = fromHex(/^magic ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "");
  const mask = fromHex(/^mask ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "");
  if (magic.length === 0 || head.length < offset + magic.length) return false;
  return magic.every((byte, index) => {
    const bits = mask[index] ?? 0xff;
    return ((head[offset + index] ?? 0) & bits) === (byte & bits);
  });
}

function fromHex(text: string): readonly number[] {
  const pairs = text.match(/../g) ?? [];
  return pairs.map((pair) => Number.parseInt(pair, 16));
}
