// Reads the header of an ELF file: its processor, its word size and its loader. Source: elf(5).

export interface ElfHead {
  readonly bits: 32 | 64;
  /** e_machine. */
  readonly machine: number;
  /** ARM only: passes floating-point numbers in registers ("armhf"). */
  readonly isHardFloat: boolean;
  /** PT_INTERP: the dynamic loader; null if there is none, or if it is beyond the bytes that were read. */
  readonly loader: string | null;
}

/** How much of a file to read: linkers put the loader's name right after the program headers. */
export const ELF_HEAD_BYTES = 4096;

const PT_INTERP = 3;
const EF_ARM_ABI_FLOAT_HARD = 0x400;

/** Reads the header; null if the file is not ELF or is truncated. */
export function readElf(bytes: Uint8Array): ElfHead | null {
  if (!isElf(bytes) || bytes.length < 52) return null;
  const bits = bytes[4] === 2 ? 64 : 32;
  const isLittle = bytes[5] !== 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bits === 64 && bytes.length < 64) return null;
  const machine = view.getUint16(18, isLittle);
  const flags = view.getUint32(bits === 64 ? 48 : 36, isLittle);
  const isHardFloat = machine === ARM && (flags & EF_ARM_ABI_FLOAT_HARD) !== 0;
  return { bits, machine, isHardFloat, loader: loaderOf(view, bits, isLittle) };
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

const I386 = 3;
const MIPS = 8;
const PPC64 = 21;
const S390 = 22;
const ARM = 40;
const X86_64 = 62;
const AARCH64 = 183;
const RISCV = 243;
const LOONGARCH = 258;

const NAMES: ReadonlyMap<number, string> = new Map([
  [I386, "x86 (i386)"],
  [MIPS, "MIPS"],
  [PPC64, "POWER (ppc64)"],
  [S390, "s390"],
  [ARM, "ARM (armhf or armel)"],
  [X86_64, "x86-64 (amd64)"],
  [AARCH64, "ARM (arm64)"],
  [RISCV, "RISC-V"],
  [LOONGARCH, "LoongArch"],
]);

/** "32-bit ARM (armhf)". */
export function elfName({ bits, machine, isHardFloat }: ElfHead): string {
  const name =
    machine === ARM
      ? `ARM (${isHardFloat ? "armhf" : "armel"})`
      : (NAMES.get(machine) ?? `machine ${machine}`);
  return `${bits}-bit ${name}`;
}

/** Debian's name of the architecture, for apt; null if it has none. */
export function debianName({ machine, isHardFloat }: ElfHead): string | null {
  if (machine === ARM) return isHardFloat ? "armhf" : "armel";
  if (machine === I386) return "i386";
  if (machine === X86_64) return "amd64";
  return machine === AARCH64 ? "arm64" : null;
}

/**
 * Whether a kernel runs such files, according to `uname -m`; null if unknown.
 * @remarks 64-bit kernels run 32-bit files of their family, but the loader may be missing.
 */
export function kernelRuns({ machine, bits }: ElfHead, kernel: string): boolean | null {
  if (kernel === "x86_64") return machine === X86_64 || machine === I386;
  if (/^i[3-6]86$/.test(kernel)) return machine === I386;
  // In an armhf root on an arm64 kernel, uname may say "armv8l".
  if (kernel === "aarch64" || kernel === "armv8l") return machine === AARCH64 || machine === ARM;
  if (/^arm/.test(kernel)) return machine === ARM;
  if (kernel === "riscv64") return machine === RISCV && bits === 64;
  return null;
}
