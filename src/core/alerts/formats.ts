// Messages as services take them. Each is made of one text; none can be made to mention people or to contain markup.

import type { AlertFormat } from "../config/value-types.ts";
import { encodeBase64 } from "../xmlrpc/base64.ts";
import { cut, type Message } from "./message.ts";

const ENCODER = new TextEncoder();

/** What is sent by POST. */
export interface AlertRequest {
  readonly type: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Characters of a message. The services allow 2000 (Discord), 4096 (Telegram) and 4096 bytes (ntfy). */
const LONGEST = { discord: 1900, telegram: 4000, ntfy: 1300 } as const;

/** The message with the members that docs/alerts.md lists. */
export function jsonOf({ isGood: _good, isTest, ...message }: Message): string {
  return JSON.stringify(isTest ? { ...message, test: true } : message);
}

/** @param chat the id of a chat of Telegram */
export function requestOf(
  message: Message,
  format: AlertFormat,
  chat: string | null,
): AlertRequest {
  const { text, title, isGood } = message;
  switch (format) {
    case "json":
      return json(jsonOf(message));
    case "slack":
      // https://docs.slack.dev/messaging/formatting-message-text: these three are escaped.
      return json(JSON.stringify({ text: escaped(text) }));
    case "discord":
      return json(
        JSON.stringify({ content: cut(text, LONGEST.discord), allowed_mentions: { parse: [] } }),
      );
    case "telegram":
      return json(
        JSON.stringify({
          chat_id: chat,
          text: cut(text, LONGEST.telegram),
          link_preview_options: { is_disabled: true },
        }),
      );
    case "ntfy":
      return {
        type: "text/plain; charset=utf-8",
        headers: [
          ["Title", ascii(title)],
          ["Priority", isGood ? "default" : "high"],
          ["Tags", isGood ? "white_check_mark" : "rotating_light"],
        ],
        body: cut(text, LONGEST.ntfy),
      };
  }
}

function json(body: string): AlertRequest {
  return { type: "application/json", headers: [], body };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** For a header, in which no other one can begin. */
function ascii(text: string): string {
  return cut(text.replace(/[^ -~]/g, "?"), 200).replace(/\u2026$/, "...");
}

/** A mail for sendmail(8), which adds sender and date. The subject is encoded by RFC 2047 where it is not ASCII. */
export function mailOf({ title, text, daemon, host }: Message, to: readonly string[]): string {
  const subject = /^[ -~]*$/.test(title) ? title : encodedWords(title);
  const headers = [
    `To: ${to.join(", ")}`,
    `Subject: ${subject}`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  const from = ascii(`${daemon} on ${host}`);
  return `${headers.join("\n")}\n\n${text}\n\n-- \n${from}, tsv\n`;
}

/** Words of at most 75 characters (RFC 2047, section 2), each of whole characters. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of cut(text.replace(/\p{Cc}/gu, " "), 200)) {
    // 12 characters of at most 3 bytes, or 6 of 4.
    if (word.length >= 12) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word]
    .map((one) => `=?UTF-8?B?${encodeBase64(ENCODER.encode(one))}?=`)
    .join("\n ");
}
