// The supervisors that `make bench` compares tsv with: how each is given its programs, how it is started and stopped, and its own
// client. All keep the output of programs in logs, in the way that their manuals show.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compiled } from "../../rig/compiled.ts";
import { writeConfig } from "./config.ts";
import type { Bench, Kind } from "./daemon.ts";

/** What a peer is given. */
export interface Place {
  readonly bench: Bench;
  /** Its own, empty and in memory. */
  readonly directory: string;
  readonly names: readonly string[];
  /** The program and its argument. */
  readonly command: string;
}

/** Shell commands in the directory of the place. */
export interface PeerCommands {
  /** Its process is the supervisor, or a client that leaves it behind. */
  readonly start: string;
  /** $SUPERVISOR is the process of `start`. */
  readonly stop: string;
  /** Absent if the peer has no client. */
  readonly statusOfAll?: string;
  readonly statusOfOne?: string;
}

export interface Peer {
  /** The commands that it consists of. */
  readonly needs: readonly string[];
  /** Where to get them. */
  readonly from: string;
  /** More programs than that it does not take, or not within minutes. */
  readonly most?: number;
  prepare(place: Place): PeerCommands;
}

const TERM = "kill -TERM $SUPERVISOR";

function write({ directory }: Place, path: string, text: string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function writeScript(place: Place, path: string, text: string): void {
  write(place, path, text);
  chmodSync(join(place.directory, path), 0o755);
}

/** A directory for each program, with a file `run`, and one for its logger, which gets the directory of the logs. */
function writeRunDirectories(place: Place, logger: string): void {
  for (const name of place.names) {
    const logs = join(place.directory, "logs", name);
    writeScript(place, `run/${name}/run`, `#!${place.command}\n`);
    writeScript(place, `run/${name}/log/run`, `#!/bin/sh\nexec ${logger} ${logs}\n`);
    mkdirSync(logs, { recursive: true });
  }
}

function supervisor(kind: Kind): Omit<Peer, "needs" | "from"> {
  return {
    prepare(place) {
      const { bench, directory, names, command } = place;
      const { supervisord, supervisorctl } = bench.executables[kind];
      const programs = names.map((name) => ({ name, command }));
      write(place, "conf", writeConfig(directory, programs, bench.minFds));
      mkdirSync(join(directory, "logs"));
      const ctl = `${(kind === "tsv" ? bench.tsv : null) ?? supervisorctl} -c conf status`;
      return {
        start: `exec ${supervisord} -n -c conf`,
        stop: TERM,
        statusOfAll: ctl,
        statusOfOne: `${ctl} ${names[0]}`,
      };
    },
  };
}

export const PEERS: Readonly<Record<string, Peer>> = {
  tsv: { needs: [], from: "make build", ...supervisor("tsv") },
  Supervisor: { needs: ["supervisord"], from: "make test-host", ...supervisor("supervisor") },
  s6: {
    needs: ["s6-svscan", "s6-log"],
    from: "make test-host",
    prepare(place) {
      const most = 2 * place.names.length;
      writeRunDirectories(place, "s6-log -b n10 s1000000");
      return {
        start: `exec s6-svscan -c ${Math.max(500, most)} run`,
        stop: "s6-svscanctl -t run",
        statusOfAll: "for each in run/*; do s6-svstat $each; done",
        statusOfOne: `s6-svstat run/${place.names[0]}`,
      };
    },
  },
  runit: {
    needs: ["runsvdir", "svlogd", "sv"],
    from: "make test-host",
    most: 1000,
    prepare(place) {
      writeRunDirectories(place, "svlogd");
      return {
        start: "exec runsvdir -P run",
        stop: "kill -HUP $SUPERVISOR",
        statusOfAll: "sv status $PWD/run/*",
        statusOfOne: `sv status $PWD/run/${place.names[0]}`,
      };
    },
  },
  daemontools: {
    needs: ["svscan", "multilog", "svc"],
    from: "make test-host",
    most: 1000,
    prepare(place) {
      writeRunDirectories(place, "multilog n10 s1000000");
      return {
        start: "exec svscan run",
        stop: `${TERM}; svc -dx run/* run/*/log`,
        statusOfAll: "svstat run/*",
        statusOfOne: `svstat run/${place.names[0]}`,
      };
    },
  },
  dinit: {
    needs: ["dinit", "dinitctl"],
    from: "make bench-peers, or its sources",
    prepare(place) {
      const { directory, names, command } = place;
      for (const name of names) {
        const logfile = join(directory, "logs", name);
        const lines = ["type = process", `command = ${command}`, `logfile = ${logfile}`];
        write(place, `services/${name}`, `${lines.join("\n")}\nrestart = true\n`);
        write(place, `services/boot.d/${name}`, "");
      }
      write(place, "services/boot", "type = internal\nwaits-for.d = boot.d\n");
      mkdirSync(join(directory, "logs"));
      return {
        start: "exec dinit --user -d services -p sock -q",
        stop: TERM,
        statusOfAll: "dinitctl -p sock list",
        statusOfOne: `dinitctl -p sock status ${names[0]}`,
      };
    },
  },
  circus: {
    needs: ["circusd", "circusctl"],
    from: "its sources, 0.19.0",
    prepare(place) {
      const { directory, names, command } = place;
      const endpoint = `ipc://${directory}/endpoint`;
      const watchers = names.flatMap((name) => [
        `[watcher:${name}]`,
        `cmd = ${command}`,
        ...["stdout", "stderr"].flatMap((stream) => [
          `${stream}_stream.class = FileStream`,
          `${stream}_stream.filename = ${directory}/logs/${name}.${stream}`,
        ]),
      ]);
      const sockets = [`endpoint = ${endpoint}`, `pubsub_endpoint = ipc://${directory}/pubsub`];
      write(place, "circus.ini", ["[circus]", ...sockets, ...watchers, ""].join("\n"));
      mkdirSync(join(directory, "logs"));
      const ctl = `circusctl --endpoint ${endpoint} --timeout 60`;
      return {
        start: "exec circusd circus.ini",
        stop: TERM,
        statusOfAll: `${ctl} status`,
        statusOfOne: `${ctl} status ${names[0]}`,
      };
    },
  },
  pm2: {
    needs: ["pm2"],
    from: "make bench-peers",
    prepare(place) {
      const [script, ...args] = place.command.split(" ");
      const apps = place.names.map((name) => ({
        ...{ name, script, args, interpreter: "none", exec_mode: "fork", vizion: false },
        out_file: `${place.directory}/logs/${name}.out`,
        error_file: `${place.directory}/logs/${name}.err`,
      }));
      write(place, "ecosystem.json", JSON.stringify({ apps }));
      mkdirSync(join(place.directory, "logs"));
      const pm2 = "PM2_HOME=$PWD/pm2 PM2_DISCRETE_MODE=true pm2";
      return {
        start: `${pm2} start ecosystem.json`,
        stop: `${pm2} kill`,
        statusOfAll: `${pm2} list`,
        statusOfOne: `${pm2} describe ${place.names[0]}`,
      };
    },
  },
  monit: {
    needs: ["monit", "start-stop-daemon"],
    from: "make bench-peers",
    most: 50,
    prepare(place) {
      const { directory, names, command } = place;
      const [program, ...args] = command.split(" ");
      const daemon = "/sbin/start-stop-daemon";
      const checks = names.map((name) => {
        const pidFile = `${directory}/pids/${name}`;
        const own = `--pidfile ${pidFile}`;
        return [
          `check process ${name} with pidfile ${pidFile}`,
          ` start program = "${daemon} --start -b -m ${own} --startas ${program} -- ${args.join(" ")}"`,
          ` stop program = "${daemon} --stop ${own}"`,
        ].join("\n");
      });
      const files = ["log", "pidfile", "idfile", "statefile"].map(
        (name) => `set ${name} ${directory}/monit.${name}`,
      );
      const http = `set httpd unixsocket ${directory}/sock\n allow localhost`;
      write(place, "rc", ["set daemon 1", ...files, http, ...checks, ""].join("\n"));
      chmodSync(join(directory, "rc"), 0o600);
      mkdirSync(join(directory, "pids"));
      return {
        start: "exec monit -I -c $PWD/rc",
        stop: "monit -c $PWD/rc stop all",
        statusOfAll: "monit -B -c $PWD/rc status",
        statusOfOne: `monit -B -c $PWD/rc status ${names[0]}`,
      };
    },
  },
  "loop in C": {
    needs: [],
    from: "make bench",
    prepare(place) {
      mkdirSync(join(place.directory, "logs"));
      const loop = `${compiled("test/bench/native/spawn-loop.c")} -s ${place.names.length} logs 4`;
      return { start: `exec ${loop} ${place.command}`, stop: TERM };
    },
  },
};
