// The answer of the process that reads a configuration: lines of JSON, each an object with one member, so that the daemon
// can process them as they arrive. Each process has its own line, because there may be thousands. A digest ends each group;
// of a group that is as before, there is nothing but the digest, which came with the request.
//
//   {"begun":true}  then  {"config":…} {"group":…} {"process":…}… {"digest":…} {"same":…} {"group":…}… {"reason":…} {"decided":…}
//                                                                                                 the configuration
//                     or  {"programs":…} {"process":…}…                                         a program
//                     or  {"options":…}                                                         the options of a section
//                     or  {"refused":…}                                                         no decision
//                     or  {"problem":…}                                                         neither
//   and at last     {"end":true}

import type { DecidedProgram, RefusedDecision } from "../config/decisions.ts";
import type { EffectiveOption, EffectivePlace } from "../config/effective.ts";
import type { StructPrograms } from "../config/groups.ts";
import type {
  Config,
  ConfigError,
  ConfigNotice,
  GroupConfig,
  ProcessConfig,
} from "../config/model.ts";
import { type ConfigRule, RULE_CODES } from "../config/rules.ts";
import {
  type Codec,
  integer,
  type Json,
  list,
  Malformed,
  nullable,
  omitted,
  oneOf,
  record,
  text,
} from "../snapshot/codec.ts";
import { configCodec, groupConfig, processConfig } from "../snapshot/config.ts";

/** What a reading came to. */
export type ReadAnswer =
  /** `reason` is why a daemon could not start over with it; null also where that was not asked. */
  | {
      readonly kind: "config";
      readonly config: Config;
      readonly reason: string | null;
      /** What a decision came to; empty where none was asked for. */
      readonly decided: readonly DecidedProgram[];
    }
  | { readonly kind: "refused"; readonly refused: RefusedDecision }
  | { readonly kind: "programs"; readonly programs: StructPrograms }
  /** None for a section that is not there. */
  | { readonly kind: "options"; readonly options: readonly EffectiveOption[] }
  | { readonly kind: "problem"; readonly error: ConfigError };

const frame = configCodec(omitted);
const rule: Codec<ConfigRule> = oneOf(...(Object.keys(RULE_CODES) as ConfigRule[]));
const notices = list(
  record<{ level: ConfigNotice["level"]; text: string; rule: ConfigRule | null }>({
    level: oneOf("CRIT", "WARN", "INFO"),
    text,
    rule: nullable(rule),
  }),
);
const problem = record<ConfigError>({
  rule,
  text,
  file: nullable(text),
  line: nullable(integer),
  section: nullable(text),
  key: nullable(text),
});

const decided = list(
  record<DecidedProgram>({ section: text, before: text, after: text, filed: text }),
);
const refused = record<RefusedDecision>({
  fault: oneOf("BAD_NAME", "INCORRECT_PARAMETERS", "FAILED"),
  text,
});

const options = list(
  record<EffectiveOption>({
    key: text,
    value: text,
    places: list(record<EffectivePlace>({ file: text, line: integer, from: nullable(text) })),
  }),
);

/** The line that says that the request was understood. */
export const BEGUN = line("begun", true);

/**
 * The lines of an answer, each with its end.
 * @param known digests of groups that the daemon has: these are not even encoded
 * @param digestOf of all that a group has: another group has another digest
 */
export function* answerLines(
  answer: ReadAnswer,
  known: ReadonlySet<string>,
  digestOf: (group: GroupConfig) => string,
): Generator<string> {
  switch (answer.kind) {
    case "config": {
      const { config, reason } = answer;
      yield line("config", { frame: frame.encode(config), notices: writeNotices(config.notices) });
      for (const group of config.groups) {
        const digest = digestOf(group);
        if (known.has(digest)) {
          yield line("same", digest);
          continue;
        }
        yield line("group", groupConfig.encode({ ...group, processes: [] }));
        for (const process of group.processes) yield line("process", processConfig.encode(process));
        yield line("digest", digest);
      }
      yield line("reason", reason);
      yield line("decided", decided.encode(answer.decided));
      break;
    }
    case "refused":
      yield line("refused", refused.encode(answer.refused));
      break;
    case "programs":
      yield line("programs", writeNotices(answer.programs.notices));
      for (const process of answer.programs.processes) {
        yield line("process", processConfig.encode(process));
      }
      break;
    case "options":
      yield line("options", options.encode(answer.options));
      break;
    case "problem":
      yield line("problem", problem.encode(answer.error));
      break;
  }
  yield line("end", true);
}

function line(member: string, value: Json): string {
  return `${JSON.stringify({ [member]: value })}\n`;
}

function writeNotices(all: readonly ConfigNotice[]): Json {
  return notices.encode(all.map((each) => ({ ...each, rule: each.rule ?? null })));
}

function readNotices(json: Json | undefined): readonly ConfigNotice[] {
  return notices.decode(json, "notices").map(({ rule: about, ...notice }) => {
    return about === null ? notice : { ...notice, rule: about };
  });
}

/** Takes in the lines of an answer as they come. */
export class AnswerReader {
  readonly #known: ReadonlyMap<string, GroupConfig>;
  /** Makes the answer of what was read; null before its first line. */
  #whole: (() => ReadAnswer) | null = null;
  readonly #groups: GroupConfig[] = [];
  /** Of the last group, or of the program. */
  #processes: ProcessConfig[] = [];
  #reason: string | null = null;
  #decided: readonly DecidedProgram[] = [];
  #hasBegun = false;
  #hasEnded = false;
  /** Of each group of the answer. */
  readonly digests: string[] = [];

  /** @param known groups by their digests */
  constructor(known: ReadonlyMap<string, GroupConfig>) {
    this.#known = known;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** @throws Malformed for a text that is no line of an answer */
  take(written: string): void {
    const [[member, value] = ["", null]] = Object.entries(parseObject(written));
    switch (member) {
      case "begun":
        this.#hasBegun = true;
        return;
      case "config": {
        const { frame: head, notices: encoded } = value as { frame?: Json; notices?: Json };
        const config = { ...frame.decode(head, "config"), notices: readNotices(encoded) };
        this.#whole = () => {
          return {
            kind: "config",
            config: { ...config, groups: this.#groups },
            reason: this.#reason,
            decided: this.#decided,
          };
        };
        return;
      }
      case "group":
        this.#processes = [];
        this.#groups.push({ ...groupConfig.decode(value, "group"), processes: this.#processes });
        return;
      case "digest":
        this.digests.push(text.decode(value, "digest"));
        return;
      case "same": {
        const digest = text.decode(value, "same");
        const group = this.#known.get(digest);
        if (group === undefined) throw new Malformed("no group has this digest");
        this.#groups.push(group);
        this.digests.push(digest);
        return;
      }
      case "process":
        this.#processes.push(processConfig.decode(value, "process"));
        return;
      case "reason":
        this.#reason = nullable(text).decode(value, "reason");
        return;
      case "decided":
        this.#decided = decided.decode(value, "decided");
        return;
      case "refused": {
        const decoded = refused.decode(value, "refused");
        this.#whole = () => ({ kind: "refused", refused: decoded });
        return;
      }
      case "programs": {
        const told = readNotices(value);
        this.#whole = () => {
          return { kind: "programs", programs: { processes: this.#processes, notices: told } };
        };
        return;
      }
      case "options": {
        const read = options.decode(value, "options");
        this.#whole = () => ({ kind: "options", options: read });
        return;
      }
      case "problem": {
        const error = problem.decode(value, "problem");
        this.#whole = () => ({ kind: "problem", error });
        return;
      }
      case "end":
        this.#hasEnded = true;
        return;
    }
    throw new Malformed(`${JSON.stringify(member)} is not expected here`);
  }

  /** The whole answer; null before its end. */
  get answer(): ReadAnswer | null {
    return this.#hasEnded ? (this.#whole?.() ?? null) : null;
  }
}

function parseObject(written: string): { readonly [member: string]: Json } {
  try {
    const value = JSON.parse(written) as Json;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as { readonly [member: string]: Json };
    }
  } catch {
    // Reported below.
  }
  throw new Malformed(`${JSON.stringify(written.slice(0, 60))} is no line of an answer`);
}
