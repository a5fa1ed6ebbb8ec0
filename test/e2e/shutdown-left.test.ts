// A program that not even SIGKILL ends, as one that the kernel keeps in an operation of a disk: here another process traces it,
// and its parent learns nothing of its death.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { event } from "../rig/wait.ts";
import { withoutRoot } from "./rig/places.ts";
import { BASE, e2e } from "./rig/rig.ts";

const TRACER = `
import ctypes, signal, sys
PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(PTRACE_SEIZE, int(sys.argv[1]), None, None) != 0:
    sys.exit("ptrace: %d" % ctypes.get_errno())
print("traced", flush=True)
sys.stdin.read()
`;

async function traced(pid: number): Promise<() => void> {
  const tracer = spawn("python3", ["-c", TRACER, String(pid)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [first] = await event(tracer.stdout, "data");
  assert.match(String(first), /traced/);
  return () => tracer.stdin.end();
}

e2e(
  "a program that SIGKILL does not end is named and left behind when shutdown_grace is over",
  withoutRoot(),
  async (rig) => {
    const program = (name: string, priority: number): string =>
      `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\npriority=${priority}\n`;
    const rule = BASE.replace("[supervisord]", "[supervisord]\nshutdown_grace=2s");
    rig.write("d.conf", rule + program("stuck", 2) + program("last", 1));
    const daemon = await rig.start();
    await daemon.logged(/success: stuck/);
    await daemon.logged(/success: last/);
    const release = await traced(Number((await daemon.info("stuck"))["pid"]));
    daemon.signal("SIGTERM");
    const { status } = await daemon.ended();
    release();
    assert.equal(status, 0);
    await daemon.logged(
      /CRIT SIGKILL has not ended 'stuck' \(\d+\), its part of shutdown_grace is over/,
    );
    await daemon.logged(/stopped: last/);
  },
);
