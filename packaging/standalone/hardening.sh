#!/bin/sh
# Prints the compiler's options that make memory errors in the native code end in an abort instead of code execution,
# as far as a compiler has them for its architecture:
#
#   sh packaging/standalone/hardening.sh cc...
#
# Stack protector, checked copies, pages of large stacks touched in order, and landing pads for indirect jumps: Intel's CET on
# amd64, BTI and PAC on arm64. The rest (no executable stack, read-only relocations) is in the linker's options.
set -u

for option in -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard; do
  echo 'int main(void) { return 0; }' | "$@" -Werror "$option" -x c -c -o /dev/null - 2>/dev/null && printf '%s ' "$option"
done
# Some distributions define it in their compilers, with another number.
echo "-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
