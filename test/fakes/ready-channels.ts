// Channels on which a test says that programs are ready.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import { parseNotice } from "../../src/core/notify/notice.ts";
import type {
  OpenedChannel,
  ReadyChannel,
  ReadyChannels,
  ReadyHandler,
  SaidTarget,
} from "../../src/ports/ready-channels.ts";

export class FakeReadyChannels implements ReadyChannels {
  readonly opened = new Map<number, ReadyChannel>();
  readonly handlers = new Map<number, { readonly pid: number; readonly handler: ReadyHandler }>();
  /** Descriptors that were to be passed, and are not closed. */
  readonly passed = new Set<number>();
  /** Why none can be made. */
  failure: string | null = null;
  #next = 9000;

  open(
    target: SaidTarget,
    _uid: number | null,
    told: (result: Result<OpenedChannel, string>) => void,
  ): void {
    if (this.failure !== null) {
      told(err(this.failure));
      return;
    }
    this.#next += 2;
    const fd = this.#next;
    const path = target.kind === "notify" ? `/run/tsv-notify/${fd}` : null;
    const passed = target.kind === "fd" ? { target: target.fd, source: fd + 1 } : null;
    if (passed !== null) this.passed.add(passed.source);
    this.opened.set(fd, { fd, path });
    told(ok({ channel: { fd, path }, passed }));
  }

  closePassed({ passed }: OpenedChannel): void {
    if (passed !== null) this.passed.delete(passed.source);
  }

  watch({ fd }: ReadyChannel, pid: number, handler: ReadyHandler): void {
    this.handlers.set(fd, { pid, handler });
  }

  unwatch({ fd }: ReadyChannel): void {
    this.handlers.delete(fd);
  }

  close(channel: ReadyChannel): void {
    this.unwatch(channel);
    this.opened.delete(channel.fd);
  }

  /** The program of the only channel that is watched sends a message. */
  say(text: string): void {
    const [only] = this.handlers.values();
    only?.handler.noticed(parseNotice(new TextEncoder().encode(text)));
  }
}
