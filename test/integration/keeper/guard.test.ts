// The guard of `tsv run`, and numbers that become those of other processes.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "../../e2e/rig/places.ts";

const KEEPER = join(ROOT, "build/keeper");
const NAMESPACE = ["--pid", "--fork", "--mount-proc", "--kill-child"];

/** PID 1 of a namespace, where a number can be chosen. Prints what became of what has the numbers. */
const DRIVER = `
import array, fcntl, os, struct, subprocess, sys, termios

def begin(number, *words):
    with open("/proc/sys/kernel/ns_last_pid", "w") as last:
        last.write(str(number - 1))
    process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.PIPE)
    assert process.pid == number, process.pid
    return process

def stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()

def end_of(process):
    process.kill()
    process.wait()

# The guard has read its pipe and waits for more.
def has_looked():
    left = array.array("i", [0])
    fcntl.ioctl(end, termios.FIONREAD, left)
    return left[0] == 0 and stat(guard.pid)[0] == "S"

replaced = begin(1000, "sleep", "1000")
kept = begin(2000, "sleep", "1000")
leader = begin(3000, "sh", "-c", "sleep 1000 & echo $!; exec sleep 1000")
member = int(leader.stdout.readline())
table = os.memfd_create("table")
entries = [struct.pack("<iBBBBiiiII", pid, 15, 1, 0, 0, -1, -1, -1, 0, 0) for pid in (1000, 2000, 3000)]
os.write(table, struct.pack("<10i", 0, 0, 0, 0, len(entries), 0, 0, 0, 0, 0) + b"".join(entries))
pipe, end = os.pipe()
guard = subprocess.Popen(["tsv-guard"], executable=sys.argv[1], stdin=pipe, stdout=table, stderr=subprocess.DEVNULL)
os.write(end, b"x")
while not has_looked(): pass

end_of(leader)
start = stat(1000)[19]
while stat(1000)[19] == start:
    end_of(replaced)
    replaced = begin(1000, "sleep", "1000")
os.close(end)
print("kept", kept.wait())
print("member", os.waitstatus_to_exitcode(os.waitpid(member, 0)[1]))
print("guard", guard.wait())
print("other", replaced.poll())
`;

/** A group keeps its number when its leader has exited. */
test("a process with the number of a program that has exited gets no signal", (t) => {
  if (!canChooseNumbers(t)) return;
  const words = [...NAMESPACE, "python3", "-c", DRIVER, KEEPER];
  const limit = { timeout: 30_000, killSignal: "SIGKILL" } as const;
  const text = execFileSync("unshare", words, { encoding: "utf8", ...limit });
  assert.equal(text, "kept -15\nmember -15\nguard 0\nother None\n");
});

function canChooseNumbers(t: TestContext): boolean {
  const script = "echo 1 >/proc/sys/kernel/ns_last_pid";
  const { status } = spawnSync("unshare", [...NAMESPACE, "sh", "-c", script]);
  if (status !== 0) t.skip("needs root, and a kernel that lets it choose numbers of processes");
  return status === 0;
}
