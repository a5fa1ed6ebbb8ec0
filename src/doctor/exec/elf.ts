// Reads the header of an ELF file: its processor, its word size and its loader. Source: elf(5).

export type ElfHead = NonNullable<ReturnType<typeof readElf>>;

/** How much of a file to read: linkers put the loader's name right after the program headers. */
export const ELF_HEAD_BYTES = 4096;

const PT_INTERP = 3;
const EF_ARM_ABI_FLOAT_HARD = 0x400;

/**
 * Reads the header; null if the file is not ELF or is truncated. `isHardFloat` is of ARM only: floating-point numbers are passed in
 * registers (armhf). `loader` is PT_INTERP, the dynamic loader; null if there is none, or if it is beyond the bytes. `headBytes` is
 * the end of the table that the kernel reads before it executes the file.
 */
export function readElf(bytes: Uint8Array) {
  if (!isElf(bytes) || bytes.length < 52) return null;
  const bits: 32 | 64 = bytes[4] === 2 ? 64 : 32;
  const isLittle = bytes[5] !== 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bits === 64 && bytes.length < 64) return null;
  const machine = view.getUint16(18, isLittle);
  const flags = view.getUint32(bits === 64 ? 48 : 36, isLittle);
  const isHardFloat = machine === ARM && (flags & EF_ARM_ABI_FLOAT_HARD) !== 0;
  const table =
    bits === 64 ? Number(view.getBigUint64(32, isLittle)) : view.getUint32(28, isLittle);
  const [size, count] = bits === 64 ? [54, 56] : [42, 44];
  const headBytes = table + view.getUint16(size, isLittle) * view.getUint16(count, isLittle);
  return { bits, machine, isHardFloat, loader: loaderOf(view, bits, isLittle), headBytes };
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Numbers in the file are untrusted: each is checked against the size before use. */
function loaderOf(view: DataView, bits: 32 | 64, isLittle: boolean): string | null {
  const word = (at: number): number =>
    bits === 64 ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);
  const table = word(bits === 64 ? 32 : 28);
  const size = view.getUint16(bits === 64 ? 54 : 42, isLittle);
  const count = view.getUint16(bits === 64 ? 56 : 44, isLittle);
  const least = bits === 64 ? 56 : 32;
  if (size < least) return null;
  for (let index = 0; index < count; index += 1) {
    const at = table + index * size;
    if (at + least > view.byteLength) return null;
    if (view.getUint32(at, isLittle) !== PT_INTERP) continue;
    const start = word(at + (bits === 64 ? 8 : 4));
    const length = word(at + (bits === 64 ? 32 : 16));
    if (length < 2 || length > 4096 || start + length > view.byteLength) return null;
    const name = new Uint8Array(view.buffer, view.byteOffset + start, length - 1);
    return new TextDecoder().decode(name);
  }
  return null;
}

const ARM = 40;

/** The processors of executables that hosts of tsv may have. */
interface Processor {
  readonly name: string;
  /** Debian's name, for apt. */
  readonly debian?: string;
  /** What `uname -m` prints on kernels that run such files. In an armhf root on an arm64 kernel, it may be "armv8l". */
  readonly kernels?: RegExp;
}

/** By e_machine. */
const PROCESSORS: ReadonlyMap<number, Processor> = new Map([
  [3, { name: "x86 (i386)", debian: "i386", kernels: /^(?:x86_64|i[3-6]86)$/ }],
  [ARM, { name: "ARM", kernels: /^(?:aarch64|arm)/ }],
  [62, { name: "x86-64 (amd64)", debian: "amd64", kernels: /^x86_64$/ }],
  [183, { name: "ARM (arm64)", debian: "arm64", kernels: /^(?:aarch64|armv8l)$/ }],
  [243, { name: "RISC-V", kernels: /^riscv64$/ }],
]);

/** Kernels of which is known what they run. */
const KERNELS = /^(?:x86_64|i[3-6]86|aarch64|arm.*|riscv64)$/;

/** "32-bit ARM (armhf)". */
export function elfName(head: ElfHead): string {
  const name = PROCESSORS.get(head.machine)?.name ?? `machine ${head.machine}`;
  return `${head.bits}-bit ${name}${head.machine === ARM ? ` (${debianName(head)})` : ""}`;
}

/** Debian's name of the architecture, for apt; null if it has none. */
export function debianName({ machine, isHardFloat }: ElfHead): string | null {
  if (machine === ARM) return isHardFloat ? "armhf" : "armel";
  return PROCESSORS.get(machine)?.debian ?? null;
}

/**
 * Whether a kernel runs such files, according to `uname -m`; null if unknown.
 * @remarks 64-bit kernels run 32-bit files of their family, but the loader may be missing.
 */
export function kernelRuns({ machine, bits }: ElfHead, kernel: string): boolean | null {
  if (!KERNELS.test(kernel)) return null;
  const isOfFamily = PROCESSORS.get(machine)?.kernels?.test(kernel) === true;
  return isOfFamily && (kernel !== "riscv64" || bits === 64);
}
