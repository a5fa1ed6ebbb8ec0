// Hosts on which nothing is wrong, and which are not all alike: other init systems, containers, a user's own tsv, Supervisor
// instead of it. The doctor has nothing to say about any of them.

import type { InitName } from "../../../../src/install/services/registry.ts";
import { MANIFEST } from "../checks/boot/boot-host.ts";
import { runsAs } from "./fault.ts";
import { answer, CONF, DAEMON, EXECUTABLE, PID, SOCKET, WEB_PID } from "./healthy.ts";
import type { World } from "./world.ts";

export interface UsualHost {
  readonly what: string;
  readonly like: (world: World) => void;
}

const NO_SERVICE = { file: null, manifest: null, commands: null, restoration: null } as const;

/** A service of another init system, which starts at boot. */
function scripted(
  init: InitName,
  path: string,
  text: string,
  link: string | null = null,
): UsualHost {
  return {
    what: `a service of ${init}`,
    like: (world) => {
      world.host.file(path, text, { mode: 0o755 });
      if (link !== null) world.host.link(link, path.slice(0, path.lastIndexOf("/")));
      world.service({
        init,
        manifest: { ...MANIFEST, init },
        file: { path, text, isPackaged: false },
        properties: {},
        commands: {
          start: [path, "start"],
          startByHand: [path, "start"],
          restart: [path, "restart"],
          enable: link === null ? ["update-rc.d", "tsv", "enable"] : [],
          disable: link === null ? ["update-rc.d", "tsv", "disable"] : [],
        },
        links: link === null ? [] : [{ path: link, target: path.slice(0, path.lastIndexOf("/")) }],
      });
    },
  };
}

const SUPERVISORS = `[unix_http_server]
file=/var/run/supervisor.sock
chmod=0700
username=dummy
password=dummy
[supervisord]
logfile=/var/log/supervisor/supervisord.log
pidfile=/var/run/supervisord.pid
childlogdir=/var/log/supervisor
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///var/run/supervisor.sock
username=dummy
password=dummy
[include]
files = /etc/tsv/conf.d/*.conf
`;

/** Debian's Supervisor runs, and tsv is only a tool beside it. */
function supervisor(world: World): void {
  const command = ["/usr/bin/python3", "/usr/bin/supervisord", "-n", "-c", CONF];
  world
    .write(SUPERVISORS)
    .end(PID)
    .host.run(PID, command)
    .remove("/run/tsv")
    .remove("/var/log/tsv");
  world.host
    .directory("/var/log/supervisor")
    .file("/var/log/supervisor/supervisord.log", "")
    .socket("/run/supervisor.sock", { mode: 0o700 })
    .file("/run/supervisord.pid", `${PID}\n`)
    .listen({ kind: "unix", address: `/var/run/supervisor.sock.${PID}`, pid: PID });
  world.program(
    "stdout_logfile=/var/log/supervisor/web.log",
    "stderr_logfile=/var/log/supervisor/web.err",
  );
  const fds = ["supervisord.log", "web.log", "web.err"].map((name, at) => {
    world.host.file(`/var/log/supervisor/${name}`, "");
    return { fd: at + 3, target: `/var/log/supervisor/${name}`, deleted: false };
  });
  world.host.files.set(PID, fds);
  const { daemon } = answer("answers");
  if (daemon === null) return;
  const url = "unix:///var/run/supervisor.sock";
  world.answers(answer("answers", { url, daemon: { ...daemon, isTsv: false } }));
  world.daemon({ kind: "supervisor", command, exe: "/usr/bin/python3" });
  const service = {
    ...{ name: "supervisor", path: "/lib/systemd/system/supervisor.service", text: "" },
    ...{ isRunning: true, isEnabled: true, isMasked: false },
  };
  const supervisors = {
    services: [service],
    processes: [{ pid: PID, argv: command, cwd: "/" }],
    configs: [CONF],
  };
  world.service({ ...NO_SERVICE, isEnabled: null, isActive: null, properties: {}, supervisors });
  world.set({ config: { chosenBy: "daemon" } });
}

/** /proc is mounted with hidepid=2, and a member of the group tsv asks. */
function hidden(world: World): void {
  const { host } = world;
  world.set({ daemon: null, daemons: [] }).end(PID).end(WEB_PID);
  host.listen({ kind: "unix", address: SOCKET });
  host.uid = 1000;
  host.memberships.set("pi", [990]);
}

/** tsv is process 1 of a container and logs to its standard output. */
function container(world: World): void {
  const text = `[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/tsv.pid
[program:web]
command=/usr/bin/sleep 600
user=www-data
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
`;
  world.end(PID).host.run(1, [EXECUTABLE, "daemon", "-n", "-c", CONF], { parent: 0 });
  world.write(text).host.remove("/run/tsv").remove("/var/log/tsv").remove("/etc/tsv/conf.d");
  world.host.file("/run/tsv.pid", "1\n").file("/proc/locks", "").remove("/lib/systemd");
  world.host.files.set(1, [{ fd: 3, target: "/dev/null", deleted: false }]);
  world.service({ ...NO_SERVICE, init: null, isEnabled: null, isActive: null, properties: {} });
  world
    .set({ host: { container: "docker" } })
    .daemon({ pid: 1 })
    .answers();
  world.set({ programs: null, histories: null, pools: null });
}

/** Further programs, of which the daemon was not asked. */
function including(world: World, text: string): void {
  world.host.file("/etc/tsv/conf.d/more.conf", text, { mode: 0o640, gid: 990 });
  world.set({ programs: null, histories: null, pools: null });
}

const WORKERS = `[program:worker]
process_name=%(program_name)s_%(process_num)02d
command=/usr/bin/php /srv/app/artisan queue:work --sleep=3
user=www-data
environment=HOME="/var/www"
numprocs=8
redirect_stderr=true
stdout_logfile=/srv/app/log/worker.log
`;

function workers(world: World): void {
  const own = { uid: 33, gid: 33 };
  world.host
    .directory("/srv/app", own)
    .file("/srv/app/artisan", "<?php", own)
    .directory("/srv/app/log", own);
  including(world, WORKERS);
}

const BOTS = `[program:bot]
command=/usr/bin/python3 -u /home/pi/bot.py
user=pi
stdout_logfile=/var/log/bot.log
[program:root-bot]
command=/usr/bin/python3 -u /home/pi/bot.py
environment=API_TOKEN="abc"
`;

/** Who may use sudo can become root anyway. */
function sudoer(world: World): void {
  const { host } = world;
  host.memberships.set("pi", [27, 990]);
  const groups = (host.readText("/etc/group") ?? "").replace("sudo:x:27:", "sudo:x:27:pi");
  host.file("/etc/group", groups).directory("/home/pi", { uid: 1000, gid: 1000 });
  host.file("/home/pi/bot.py", "print(1)", { uid: 1000, gid: 1000 });
  including(world, BOTS);
}

export const USUAL_HOSTS: readonly UsualHost[] = [
  { what: "a service of systemd", like: () => {} },
  scripted(
    "sysv",
    "/etc/init.d/tsv",
    `executable=${EXECUTABLE}\nconfig=${CONF}\nstop_seconds=90\n`,
  ),
  scripted(
    "runit",
    "/etc/sv/tsv/run",
    `#!/bin/sh\nexec ${EXECUTABLE} daemon -n -s -c ${CONF} $DAEMON_OPTS\n`,
    "/etc/service/tsv",
  ),
  { what: "a daemon with a user of its own", like: (world) => runsAs(world, "www-data", 33) },
  {
    what: "a package's service",
    like: (world) => {
      const path = "/usr/lib/systemd/system/tsv.service";
      const text = (world.host.readText("/etc/systemd/system/tsv.service") ?? "").replaceAll(
        EXECUTABLE,
        "/usr/bin/tsv",
      );
      world.host.remove("/etc/systemd/system/tsv.service").file(path, text);
      world.service({ file: { path, text, isPackaged: true }, manifest: null, restoration: null });
    },
  },
  { what: "Debian's Supervisor without tsv", like: supervisor },
  { what: "a container", like: container },
  { what: "a host that hides the processes of other users", like: hidden },
  {
    what: "a port whose process another user cannot see",
    like: (world) => {
      hidden(world);
      world.edit("[supervisord]", "[inet_http_server]\nport=127.0.0.1:9001\n\n[supervisord]");
      const url = "http://127.0.0.1:9001";
      world.answers(answer("answers"), answer("answers", { section: "inet_http_server", url }));
      world.host.listen({ kind: "tcp", address: "127.0.0.1", port: 9001 });
    },
  },
  { what: "workers that share a log", like: workers },
  { what: "a Raspberry Pi whose user may use sudo", like: sudoer },
  {
    what: "a tsv that was killed a moment ago and is up again with another pid",
    like: (world) => {
      world
        .end(PID)
        .host.run(4000, DAEMON.command)
        .listen({ kind: "unix", address: SOCKET, pid: 4000 });
      const { daemon } = answer("answers");
      if (daemon === null) return;
      world.answers(answer("answers", { daemon: { ...daemon, pid: 4000 } }));
      world.daemon({ pid: 4000, startTicks: 400_000 }).properties({ MainPID: "4000" });
      world.host
        .file("/run/tsv/tsv.pid", "4000\n")
        .files.set(4000, world.host.files.get(PID) ?? []);
      world.host.file(
        "/proc/locks",
        `1: FLOCK  ADVISORY  WRITE 4000 08:01:${world.host.nodes.get("/run/tsv/tsv.pid")?.inode} 0 EOF\n`,
      );
    },
  },
];
