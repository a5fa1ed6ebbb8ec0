// Messages to systemd's journal over its socket.

import type { Journal } from "../../ports/journal.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { LogSocket } from "./log-socket.ts";

const SOCKET_PATH = "/run/systemd/journal/socket";

/** A Journal that speaks to the host's. */
export function createJournal(
  pipes: Pick<Pipes, "watch" | "unwatch">,
  socketPath = SOCKET_PATH,
): Journal {
  const socket = new LogSocket(socketPath, pipes);
  return {
    send: (message) => socket.write(message),
    whenReady: (resume) => {
      socket.unwatch();
      socket.watch(() => {
        socket.unwatch();
        resume();
      });
    },
  };
}
