// Channels on which a test sends notifications of programs.

import { ok, type Result } from "../../src/core/base/result.ts";
import { parseNotice } from "../../src/core/notify/sd-notify.ts";
import type {
  NotifyChannel,
  NotifyChannels,
  NotifyHandler,
  NotifyTarget,
  OpenedChannel,
} from "../../src/ports/notify-channels.ts";

export class FakeNotifyChannels implements NotifyChannels {
  readonly opened = new Map<number, NotifyChannel>();
  readonly handlers = new Map<number, { readonly pid: number; readonly handler: NotifyHandler }>();
  /** Descriptors that were to be passed, and are not closed. */
  readonly passed = new Set<number>();
  #next = 9000;

  open(
    target: NotifyTarget,
    _uid: number | null,
    done: (result: Result<OpenedChannel, string>) => void,
  ): void {
    this.#next += 2;
    const fd = this.#next;
    const path = target.kind === "notify" ? `/run/tsv-notify/${fd}` : null;
    const passed = target.kind === "fd" ? { target: target.fd, source: fd + 1 } : null;
    if (passed !== null) this.passed.add(passed.source);
    this.opened.set(fd, { fd, path });
    done(ok({ channel: { fd, path }, passed }));
  }

  closePassed({ passed }: OpenedChannel): void {
    if (passed !== null) this.passed.delete(passed.source);
  }

  watch({ fd }: NotifyChannel, pid: number, handler: NotifyHandler): void {
    this.handlers.set(fd, { pid, handler });
  }

  unwatch({ fd }: NotifyChannel): void {
    this.handlers.delete(fd);
  }

  close(channel: NotifyChannel): void {
    this.unwatch(channel);
    this.opened.delete(channel.fd);
  }

  /** The program of the only channel that is watched sends a message. */
  send(text: string): void {
    const [only] = this.handlers.values();
    only?.handler.received(parseNotice(new TextEncoder().encode(text)));
  }
}
