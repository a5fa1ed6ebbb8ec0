// A pipe whose end tells a helper to exit: it ends when the daemon closes it, and when the daemon dies.

import { Socket } from "node:net";
import { errnoName, posix } from "../posix.ts";

interface EndPipe {
  /** For the helper. */
  readonly fd: number;
  /** Tells the helper to exit. */
  end(): void;
  /** Closes what is left of it. */
  close(): void;
}

/** @throws Error if there are no descriptors */
export function createEndPipe(): EndPipe {
  const pipe = posix().pipe();
  if (typeof pipe === "number") throw new Error(`pipe: ${errnoName(pipe)}`);
  const [fd, write] = pipe;
  let isOpen = true;
  const end = (): void => {
    if (isOpen) posix().close(write);
    isOpen = false;
  };
  return {
    fd,
    end,
    close() {
      end();
      posix().close(fd);
    },
  };
}

/** In the helper. @param fd the pipe */
export function whenEnded(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = new Socket({ fd, readable: true, writable: false });
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
    socket.resume();
  });
}
