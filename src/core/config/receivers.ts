// The sections [notify:x].

import { inOrder, readFields } from "./fields.ts";
import type { ReceiverConfig } from "./model.ts";
import { RECEIVER } from "./options/receivers.ts";
import { resolvePath } from "./paths.ts";
import { readName, readPatterns } from "./pattern-sections.ts";
import { splitCommand } from "./posix-lexer.ts";
import { type RawSection, sectionsWith } from "./raw.ts";
import { isGiven, openScope, type Reading, readOption, report, type Scope } from "./reading.ts";

/** Of the name of a receiver; also the receivers of a configuration. */
const LONGEST_NAME = 64;
const MOST_RECEIVERS = 32;

/** The options that say where alerts go. */
const TARGETS = [RECEIVER.url, RECEIVER.urlFile, RECEIVER.command, RECEIVER.mail];

function isUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "";
}

function readUrl(scope: Scope): string | null {
  const url = readOption(scope, RECEIVER.url);
  // The text is a secret.
  if (url !== null && !isUrl(url)) report(scope, "url", "url is not http://HOST or https://HOST");
  return url;
}

function readFile(scope: Scope, row: typeof RECEIVER.urlFile | typeof RECEIVER.tokenFile) {
  const path = readOption(scope, row);
  if (path === null) return null;
  if (path === "" || path.includes("\0")) report(scope, row.key, `${row.key} names no file`);
  return resolvePath(path, scope.reading.world);
}

function readCommand(scope: Scope): string | null {
  const command = readOption(scope, RECEIVER.command);
  const words = command === null ? null : splitCommand(command);
  if (words?.ok === false) report(scope, "command", `command cannot be split: ${words.error}`);
  if (words?.ok === true && words.value.length === 0) report(scope, "command", "command is empty");
  return command;
}

const ORDER = inOrder(RECEIVER, "once", []);
const READERS = {
  url: readUrl,
  urlFile: (scope: Scope) => readFile(scope, RECEIVER.urlFile),
  tokenFile: (scope: Scope) => readFile(scope, RECEIVER.tokenFile),
  command: readCommand,
  programs: (scope: Scope) => readPatterns(scope, RECEIVER.programs),
};

/** @param daemonUser `user=` of [supervisord]; null for none */
function readReceiver(
  reading: Reading,
  section: RawSection,
  daemonUser: string | null,
): ReceiverConfig {
  const scope = openScope(reading, section, "notify");
  const name = readName(scope, "a receiver", LONGEST_NAME);
  const receiver = { name, ...readFields(scope, RECEIVER, ORDER, READERS, {}) };
  const given = TARGETS.filter((row) => isGiven(scope, row)).map(({ key }) => key);
  if (given.length === 0) {
    const text = `section [${section.name}] has neither url, url_file, command nor mail`;
    report(scope, null, text, "missing-option");
  }
  if (given.length > 1) {
    report(
      scope,
      given[1] ?? null,
      `${given.join(" and ")} exclude each other: keep one`,
      "combination",
    );
  }
  checkService(
    scope,
    receiver,
    given.some((key) => key.startsWith("url")),
  );
  checkUser(scope, receiver, daemonUser);
  return receiver;
}

function checkService(scope: Scope, { format, chat }: ReceiverConfig, isUrl: boolean): void {
  for (const row of [RECEIVER.format, RECEIVER.chat, RECEIVER.tokenFile]) {
    if (isUrl || !isGiven(scope, row)) continue;
    report(scope, row.key, `${row.key} needs url or url_file`, "combination");
  }
  if (isUrl && (format === "telegram") !== (chat !== null && chat !== "")) {
    const text =
      format === "telegram"
        ? "format=telegram needs chat=, the id of a chat"
        : "chat belongs to format=telegram";
    report(scope, format === "telegram" ? "format" : "chat", text, "combination");
  }
}

/** A command runs as root only where the configuration says so. */
function checkUser(
  scope: Scope,
  { command, user, mail }: ReceiverConfig,
  daemonUser: string | null,
): void {
  const isCommand = command !== null || mail !== null;
  if (!isCommand && isGiven(scope, RECEIVER.user)) {
    report(scope, "user", "user needs command or mail", "combination");
  }
  const isRoot = scope.reading.world.uid === 0 && (daemonUser === null || daemonUser === "");
  if (command === null || user !== null || !isRoot) return;
  const text = "command would run as root: set user= here, perhaps user=nobody";
  report(scope, "command", text, "missing-option");
}

/** In file order. @param daemonUser `user=` of [supervisord]; null for none */
export function readReceivers(
  reading: Reading,
  daemonUser: string | null,
): readonly ReceiverConfig[] {
  const sections = sectionsWith(reading.raw, "notify:");
  const last = sections[MOST_RECEIVERS];
  if (last !== undefined) {
    const scope = openScope(reading, last, "notify");
    report(scope, null, `more than ${MOST_RECEIVERS} sections [notify:x]`);
  }
  return sections.map((section) => readReceiver(reading, section, daemonUser));
}
