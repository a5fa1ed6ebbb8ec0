// FastCGI programs on both daemons: states, answers over the sockets, files, and the lines about sockets.

import { readdirSync } from "node:fs";
import { until } from "../../rig/wait.ts";
import { FCGI_CHILD, gone, kindOf, request, withoutPython } from "../rig/fcgi.ts";
import { DEBIAN } from "../rig/implementation.ts";
import type { Rig } from "../rig/rig.ts";
import { textOf, waitForChange } from "../rig/watch.ts";
import { compareDaemons } from "./run.ts";

const GROUP = `
[fcgi-program:app]
command=${FCGI_CHILD} app
socket=unix://%(here)s/app.sock
socket_mode=0660
process_name=%(program_name)s_%(process_num)d
numprocs=2
startsecs=0

[fcgi-program:net]
command=${FCGI_CHILD} net
socket=tcp://127.0.0.1:@PORT@
socket_backlog=3
startsecs=0
autostart=false
`;

/** The name that answered, without the pid that did. */
const answered = async (where: Parameters<typeof request>[0], line?: string): Promise<string> =>
  (await request(where, line)).replace(/ \d+ /, " <pid> ");

/** The answer of a socket that was closed. The keeper has it for a moment longer, and drops a client that comes then. */
function closed(where: Parameters<typeof request>[0]): Promise<string> {
  const look = async (): Promise<string | undefined> => {
    const answer = await answered(where);
    return answer === "ECONNRESET" ? undefined : answer;
  };
  return until(look, { what: "a socket that the keeper has closed" });
}

/**
 * Waits until that many starts of the group have come to their program. Before, Supervisor's child still holds a stdin
 * that the program does not get, and a signal is lost in it.
 */
function accepting(rig: Rig, times: number): Promise<true> {
  const look = (): true | undefined => {
    const logs = readdirSync(rig.directory).filter((name) => name.startsWith("app_"));
    const lines = logs.flatMap((name) => textOf(rig.path(name)).match(/^accepting$/gm) ?? []);
    return lines.length >= times || undefined;
  };
  return waitForChange(rig.directory, look, `${times} programs that accept`);
}

if (withoutPython() === false) {
  compareDaemons({
    name: "fcgi",
    config: GROUP,
    deliberate: ["config-info-autorestart", "fcgi-socket-removed", "fcgi-no-probe"],
    async steps(session) {
      const { daemon, rig } = session;
      const path = rig.path("app.sock");
      const net = { host: "127.0.0.1", port: rig.port };
      await daemon.logged(/success: app_/, 2);
      await session.ask("getAllProcessInfo");
      await session.ask("getAllConfigInfo");
      session.record("file", kindOf(path));
      session.record("answer", await answered({ path }));
      session.record("crash", await answered({ path }, "exit"));
      await daemon.logged(/success: app_/, 3);
      session.record("after the crash", await answered({ path }));
      await accepting(rig, 3);
      await session.ask("sendProcessStdin", "app:app_0", "x");
      await session.ask("stopProcess", "app:app_0");
      session.record("with one left", await answered({ path }));
      await session.ask("stopProcess", "app:app_1");
      // Supervisor leaves the file.
      if (session.implementation !== DEBIAN) await gone(path);
      session.record("file with none left", kindOf(path));
      session.record("net before", await answered(net));
      await session.ask("startProcess", "net");
      session.record("net", await answered(net));
      await session.ask("stopProcess", "net");
      session.record("net after", await closed(net));
      await session.ask("startProcess", "app:*");
      session.record("again", await answered({ path }));
      await accepting(rig, 5);
      await session.ask("shutdown");
      await daemon.ended();
      const lines = textOf(daemon.log).match(/\w+ (?:Creating|Closing) socket \S+/g) ?? [];
      session.record("socket lines", lines.join("\n"));
    },
  });
}
