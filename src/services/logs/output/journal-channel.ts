// Sends the output of one channel to systemd's journal, one message for each line.

import { JournalMessages, type JournalSource } from "../../../core/logs/journal-message.ts";
import {
  LinePieces,
  type PieceEnd,
  type PieceSink,
  type PieceState,
} from "../../../core/logs/line-pieces.ts";
import type { JournalSender } from "./journal-sender.ts";

export class JournalChannel implements PieceSink {
  readonly #messages: JournalMessages;
  readonly #pieces: LinePieces;
  readonly #sender: JournalSender;

  /** @param before the incomplete line of the predecessor; null for none */
  constructor(source: JournalSource, sender: JournalSender, before: PieceState | null) {
    this.#messages = new JournalMessages(source);
    this.#pieces = new LinePieces(this, before);
    this.#sender = sender;
  }

  get state(): PieceState {
    return this.#pieces.state;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  end(): void {
    this.#pieces.end();
  }

  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void {
    const message = this.#messages.of(bytes, from, to, end, isContinued);
    if (message !== null) this.#sender.send(message);
  }
}
