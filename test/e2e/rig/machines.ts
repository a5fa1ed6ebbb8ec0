// Machines of a test, joined by a network: namespaces of the kernel for network, processes, mounts and host name. Nothing of it is in the
// machine that runs the test, and all of it ends with the test, also if that is killed.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { event, until } from "../../rig/wait.ts";
import { collect, type Outcome, plainEnvironment, type RunOptions, run } from "./command.ts";
import { ROOT, withoutRoot } from "./places.ts";
import type { Rig } from "./rig.ts";

const SCRIPT = join(ROOT, "test/e2e/rig/machine.sh");
const NAMESPACES = ["--net", "--mount", "--pid", "--uts", "--fork", "--kill-child"] as const;

/** The reason to skip a test, or false. */
export function withoutMachines(): string | false {
  const root = withoutRoot();
  if (root !== false) return root;
  const absent = ["/usr/sbin/ip", "/usr/sbin/nft"].filter((path) => !existsSync(path));
  if (absent.length > 0) return `${absent.join(", ")} missing; run make test-host`;
  possible ??= reasonOf("unshare", [...NAMESPACES, "ip", "link", "add", "x", "type", "veth"]);
  return possible;
}

let possible: string | false | undefined;

function reasonOf(command: string, words: readonly string[]): string | false {
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8" });
  return status === 0 ? false : `no namespaces can be made here: ${stderr.trim()}`;
}

/** A process that holds namespaces, for as long as its standard input is open. */
class Holder {
  readonly #child: ChildProcess;
  /** The first process in the namespaces, as this side numbers it. */
  readonly pid: number;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
  }

  /** @param words for unshare(1) @param within before that, such as nsenter(1) */
  static async start(
    words: readonly string[],
    mark: string,
    within: readonly string[] = [],
  ): Promise<Holder> {
    const [file = "", ...rest] = [...within, "unshare", ...words];
    const child = spawn(file, rest, {
      env: plainEnvironment(mark),
      stdio: ["pipe", "ignore", "pipe"],
    });
    const output = collect(child);
    child.stdin?.on("error", () => undefined); // EPIPE: it may have ended.
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    const pid = await until(() => Number(read(children)) || undefined, {
      what: "a namespace",
      left: output.stderr,
    });
    return new Holder(child, pid);
  }

  begin(): void {
    this.#child.stdin?.write("\n");
  }

  /** Kills all processes in it at the same time. */
  async kill(): Promise<void> {
    const ended = event(this.#child, "exit");
    process.kill(this.pid, "SIGKILL");
    await ended;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Runs commands of ip(8) in the network of a process. */
function ip(pid: number, ...lines: readonly string[]): void {
  const input = lines.map((line) => `${line}\n`).join("");
  execFileSync("nsenter", ["-t", `${pid}`, "-n", "ip", "-batch", "-"], { input });
}

/** Networks, each a bridge: machines of one reach each other. */
export class Networks {
  readonly rig: Rig;
  readonly #switch: Holder;
  #count = 0;

  private constructor(rig: Rig, bridges: Holder) {
    this.rig = rig;
    this.#switch = bridges;
  }

  static async start(rig: Rig): Promise<Networks> {
    const bridges = await Holder.start(["--net", "--fork", "--kill-child", "cat"], rig.mark);
    return new Networks(rig, bridges);
  }

  /** The network that all others reach. */
  internet(): Network {
    return this.#network("10.77", null);
  }

  /** A network behind a router, which hides its machines (NAT): they reach others, and no other reaches them. */
  async behindRouter(outside: Network): Promise<Network> {
    const words = ["--net", "--fork", "--kill-child", "cat"];
    const router = await Holder.start(words, this.rig.mark);
    const inside = this.#network("192.168", "192.168.0.1");
    this.plug(router.pid, outside, outside.newAddress(), "wan");
    this.plug(router.pid, inside, "192.168.0.1", "lan");
    const rules =
      "table ip nat { chain out { type nat hook postrouting priority 100; oifname wan masquerade; }; }\n" +
      "table ip filter { chain forward { type filter hook forward priority 0; ct state new iifname wan drop; }; }\n";
    const inRouter = ["-t", `${router.pid}`, "-n"];
    execFileSync("nsenter", [...inRouter, "nft", "-f", "-"], { input: rules });
    execFileSync("nsenter", [...inRouter, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
    return inside;
  }

  #network(prefix: string, router: string | null): Network {
    this.#count += 1;
    const bridge = `br${this.#count}`;
    ip(this.#switch.pid, `link add ${bridge} type bridge`, `link set ${bridge} up`);
    return new Network(bridge, prefix, router);
  }

  /** Plugs a network into the namespace of a process. @returns the port of the switch */
  plug(pid: number, network: Network, address: string, device: string): string {
    this.#count += 1;
    const port = `port${this.#count}`;
    ip(
      this.#switch.pid,
      `link add ${port} type veth peer name ${device} netns ${pid}`,
      `link set ${port} master ${network.bridge} up`,
    );
    const { router } = network;
    const isRouter = router === null || router === address;
    ip(
      pid,
      `addr add ${address}/16 dev ${device}`,
      `link set ${device} up`,
      ...(isRouter ? [] : [`route add default via ${router}`]),
    );
    return port;
  }

  /** Changes a port of the switch. */
  change(port: string, words: string): void {
    ip(this.#switch.pid, `link set ${port} ${words}`);
  }
}

export class Network {
  readonly bridge: string;
  /** The address of its router; null if it needs none. */
  readonly router: string | null;
  readonly #prefix: string;
  #last = 9;

  constructor(bridge: string, prefix: string, router: string | null) {
    this.bridge = bridge;
    this.router = router;
    this.#prefix = prefix;
  }

  newAddress(): string {
    this.#last += 1;
    return `${this.#prefix}.${this.#last >> 8}.${this.#last & 255}`;
  }
}

/**
 * A file system that loses what is not on it yet when the power is cut: ext4 in a file, which the kernel writes to only when it is told
 * to (fsync(2)), and every ten minutes.
 */
class LossyDisk {
  readonly #rig: Rig;
  readonly #directory: string;
  #image: string;
  #holder: Holder | null = null;

  /** @param directory where machines see it */
  constructor(rig: Rig, directory: string) {
    this.#rig = rig;
    this.#directory = directory;
    this.#image = `${directory}.image`;
    execFileSync("truncate", ["-s", DISK_SIZE, this.#image]);
    execFileSync("mkfs.ext4", ["-q", this.#image]);
  }

  /** A process that has it mounted. */
  get pid(): number {
    return this.#holder?.pid ?? 0;
  }

  /** Where this side sees it. */
  get path(): string {
    return `/proc/${this.pid}/root${this.#directory}`;
  }

  async mount(): Promise<void> {
    const script = 'mount -o loop,commit=600 "$0" "$1" && cat';
    const words = ["sh", "-c", script, this.#image, this.#directory];
    const namespace = ["--mount", "--fork", "--kill-child"];
    this.#holder = await Holder.start([...namespace, ...words], this.#rig.mark);
    await until(() => existsSync(join(this.path, "lost+found")), { what: "a disk" });
  }

  /** Brings all to it. */
  sync(): void {
    execFileSync("sync", ["-f", this.path]);
  }

  /** To be called when all its processes have been killed. The kernel would write what is left when it is unmounted. */
  async lose(): Promise<void> {
    const kept = `${this.#image}.kept`;
    execFileSync("python3", ["-c", SHUT_DOWN, this.path]);
    execFileSync("cp", ["--sparse=always", this.#image, kept]);
    await this.#holder?.kill();
    this.#image = kept;
    await this.mount();
  }
}

const DISK_SIZE = "256M";
/** FS_IOC_SHUTDOWN of linux/fs.h, without a flush of the journal: nothing more is written to the image. */
const SHUT_DOWN =
  "import fcntl, os, struct, sys; fcntl.ioctl(os.open(sys.argv[1], 0), 0x8004587D, struct.pack('I', 2))";

/** A machine: a disk, and while it has power the processes on it. */
export class Machine {
  readonly name: string;
  readonly address: string;
  /** Of its disk. */
  readonly #directory: string;
  #lossy: LossyDisk | null = null;
  readonly #networks: Networks;
  readonly #network: Network;
  readonly #command: readonly string[];
  #holder: Holder | null = null;
  #port = "";

  /** @param command runs when the machine has power */
  constructor(networks: Networks, network: Network, name: string, command: readonly string[]) {
    this.#networks = networks;
    this.#network = network;
    this.name = name;
    this.#command = command;
    this.address = network.newAddress();
    this.#directory = networks.rig.path(`machines/${name}`);
    mkdirSync(this.#directory, { recursive: true });
  }

  /** Has `etc/tsv`, `var/lib` and `var/log` of the machine, and `console`, which its command prints to. */
  get disk(): string {
    return this.#lossy?.path ?? this.#directory;
  }

  /** Gives it a disk that loses what was not synchronised (fsync(2)) when the power is cut. It has no power yet. */
  async useLossyDisk(): Promise<void> {
    this.#lossy = new LossyDisk(this.#networks.rig, this.#directory);
    await this.#lossy.mount();
  }

  /** What is on its disk now is on it after a power cut. */
  sync(): void {
    this.#lossy?.sync();
  }

  /** Gives it power. */
  async on(): Promise<void> {
    const { mark } = this.#networks.rig;
    for (const each of ["etc/tsv", "var/lib", "var/log"])
      mkdirSync(join(this.disk, each), { recursive: true });
    const words = ["sh", SCRIPT, this.#directory, this.name, ...this.#command];
    const within = this.#lossy === null ? [] : ["nsenter", "-t", `${this.#lossy.pid}`, "-m"];
    this.#holder = await Holder.start([...NAMESPACES, "--mount-proc", ...words], mark, within);
    const { pid } = this.#holder;
    this.#port = this.#networks.plug(pid, this.#network, this.address, "eth0");
    this.#holder.begin();
  }

  /** Cuts its power: all processes end at once, without a word. */
  async off(): Promise<void> {
    await this.#holder?.kill();
    this.#holder = null;
    await this.#lossy?.lose();
  }

  /** Packets of both directions vanish. */
  silence(): void {
    this.#networks.change(this.#port, "nomaster");
  }

  /** The cable is pulled: the machine sees that. */
  unplug(): void {
    this.#networks.change(this.#port, "down");
  }

  /** Ends `silence` and `unplug`. */
  reconnect(): void {
    this.#networks.change(this.#port, `master ${this.#network.bridge} up`);
  }

  /** A command in the machine, for spawn(3). */
  words(argv: readonly string[]): readonly string[] {
    if (this.#holder === null) throw new Error(`${this.name} has no power`);
    return ["nsenter", "-t", `${this.#holder.pid}`, "-n", "-m", "-p", "-u", ...argv];
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = { ...plainEnvironment(this.#networks.rig.mark), ...options.env };
    return run(this.words(argv), { ...options, env });
  }

  /** A file of its disk; empty if there is none. @param path absolute */
  text(path: string): string {
    return read(join(this.disk, path));
  }
}
