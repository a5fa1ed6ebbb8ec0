// The architectures that packages are made for, by Debian's names, and what builds for each of them here. A machine of the
// architecture itself needs no cross compiler and no emulator.

/** What tsv needs of a host where it carries its runtime: that of the runtime's official build. */
const STANDALONE = {
  carriesNode: true,
  debDepends: ["libc6 (>= 2.28)", "libgcc-s1 (>= 4.2) | libgcc1", "libstdc++6 (>= 8)"],
};

/** `node`: the architecture in Node's words; `rpm`: in rpm's; `triplet`: what GNU's tools for it begin with. */
const TARGETS = {
  amd64: {
    node: "x64",
    rpm: "x86_64",
    triplet: "x86_64-linux-gnu",
    qemu: "qemu-x86_64-static",
    ...STANDALONE,
    rpmRequires: [
      "libc.so.6(GLIBC_2.28)(64bit)",
      "libstdc++.so.6(GLIBCXX_3.4.21)(64bit)",
      "libgcc_s.so.1()(64bit)",
    ],
  },
  arm64: {
    node: "arm64",
    rpm: "aarch64",
    triplet: "aarch64-linux-gnu",
    qemu: "qemu-aarch64-static",
    ...STANDALONE,
    rpmRequires: [
      "libc.so.6(GLIBC_2.28)(64bit)",
      "libstdc++.so.6(GLIBCXX_3.4.21)(64bit)",
      "libgcc_s.so.1()(64bit)",
    ],
  },
  armhf: {
    node: "arm",
    rpm: "armv7hl",
    triplet: "arm-linux-gnueabihf",
    qemu: "qemu-arm-static",
    carriesNode: false,
    // A host with such a nodejs has this glibc; the launcher is linked against it.
    debDepends: ["libc6 (>= 2.34)", "libgcc-s1 (>= 3.5)", "libstdc++6 (>= 8)", "nodejs (>= 18)"],
    rpmRequires: [
      "libc.so.6(GLIBC_2.34)",
      "libstdc++.so.6(GLIBCXX_3.4)",
      "libgcc_s.so.1",
      "nodejs >= 18",
    ],
  },
};

/** Debian's names of all architectures that packages are made for. */
export const ARCHITECTURES = Object.keys(TARGETS);

/**
 * How to build for an architecture on this machine: its names and requirements, the compilers `cc` and `cxx`, `strip`, and
 * `emulator`, the words that run its programs here.
 * @throws Error for an architecture that there are no packages for
 * @param {string} name
 */
export function targetOf(name) {
  const target = Object.entries(TARGETS).find(([known]) => known === name)?.[1];
  if (target === undefined) {
    throw new Error(`no packages are made for ${name}; there are ${ARCHITECTURES.join(", ")}`);
  }
  const isNative = target.node === process.arch;
  const prefix = isNative ? "" : `${target.triplet}-`;
  return {
    ...target,
    name,
    arch: target.node,
    cc: isNative ? "cc" : `${prefix}gcc`,
    cxx: isNative ? "c++" : `${prefix}g++`,
    strip: `${prefix}strip`,
    emulator: isNative ? [] : [target.qemu, "-L", `/usr/${target.triplet}`],
  };
}

/** @typedef {ReturnType<typeof targetOf>} Target */
