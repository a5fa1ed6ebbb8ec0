// Reads the main file and the files it includes into one table of raw values. Interprets only [include].

import { err, ok, type Result } from "../base/result.ts";
import { expand } from "./expand.ts";
import type { BadLine, IniFailure } from "./ini-scanner.ts";
import { inMegabytes, LONGEST_VALUE, MOST_FILES, MOST_TEXT } from "./limits.ts";
import type { ConfigError, ConfigNotice, ConfigWarning } from "./model.ts";
import { sectionKind } from "./options/table.ts";
import { absolutePath, dirname, joinPath } from "./paths.ts";
import { splitWords } from "./py-text.ts";
import {
  EMPTY_RAW,
  findOption,
  type IniDocument,
  type IniRepeat,
  mergeDocument,
  parseIni,
  type RawConfig,
  replaceHere,
  warnAt,
} from "./raw.ts";
import type { ConfigRule } from "./rules.ts";
import { resolveTemplates } from "./templates.ts";
import type { ConfigWorld, ReadTextFailure } from "./world.ts";

/** The configurations of a working directory, in the order of the search: of `run`, and of all commands but for root. */
export const CONFIGS_HERE = ["tsv.conf", "supervisord.conf", "etc/supervisord.conf"] as const;

/** A file that is not a configuration, or cannot be read. */
interface LoadFailure {
  readonly error: ConfigError;
  /** The lines at fault, when it is the syntax. */
  readonly badLines: readonly BadLine[];
}

export interface Loaded {
  /** With what programs inherit from templates. */
  readonly raw: RawConfig;
  readonly notices: readonly ConfigNotice[];
  readonly warnings: readonly ConfigWarning[];
  /** In the order met; the first one is the reason Supervisor would give. */
  readonly failures: readonly LoadFailure[];
}

/** A message about a file as a whole. */
export function fileError(rule: ConfigRule, text: string, file: string | null): ConfigError {
  return { rule, text, file, line: null, section: null, key: null };
}

/** The option that names the files to include. */
const FILES = { section: "include", key: "files" } as const;

interface Loading {
  readonly world: ConfigWorld;
  raw: RawConfig;
  /** What was read so far: files that were included, characters of all. */
  files: number;
  characters: number;
  readonly notices: ConfigNotice[];
  readonly warnings: ConfigWarning[];
  readonly failures: LoadFailure[];
}

function fail(loading: Loading, error: ConfigError, badLines: readonly BadLine[] = []): void {
  loading.failures.push({ error, badLines });
}

function describeRepeat({ section, key, line, firstLine }: IniRepeat, file: string): ConfigWarning {
  const place = { file, line, section, key };
  if (key === null) {
    const message = `section [${section}] is also in line ${firstLine}; the two are merged`;
    return { ...place, rule: "repeated-section", message, suggestion: null };
  }
  const message = `already set in line ${firstLine}; this one applies`;
  return { ...place, rule: "repeated-option", message, suggestion: "remove one of the two" };
}

function windowsLineEnds(text: string, file: string): ConfigWarning {
  const lines = text.split(/\r\n|\r|\n/).length;
  const count = text.match(/\r/g)?.length ?? 0;
  const message = `${count} of ${lines} lines end in a carriage return, as on Windows`;
  const suggestion = "convert the line endings: other tools do not match the ends of lines";
  const place = { file, line: null, section: null, key: null };
  return { ...place, rule: "windows-line-ends", message, suggestion };
}

/** Takes a text into the table. @returns false when its syntax is wrong */
function takeText(loading: Loading, text: string, file: string): boolean {
  if (text.includes("\r")) loading.warnings.push(windowsLineEnds(text, file));
  const document = parseIni(text, file);
  if (!document.ok) {
    const { lines, text: message } = document.error;
    const rule = ruleOfFailure(document.error);
    const error = { ...fileError(rule, message, file), line: lines[0]?.line ?? null };
    fail(loading, error, lines);
    return false;
  }
  loading.warnings.push(...document.value.repeats.map((repeat) => describeRepeat(repeat, file)));
  loading.warnings.push(...repeatsOfOtherFiles(loading, document.value, file));
  loading.raw = mergeDocument(loading.raw, document.value);
  return true;
}

/** Two programs of one name are a mistake; repeating another section in a second file may be intended. */
function repeatsOfOtherFiles(
  { raw }: Loading,
  { sections }: IniDocument,
  file: string,
): readonly ConfigWarning[] {
  return Array.from(sections.values()).flatMap((section) => {
    const { name } = section;
    const before = raw.sections.get(name);
    if (before === undefined || before.file === file) return [];
    if (!name.includes(":") || sectionKind(name) === null) return [];
    const message = `section [${name}] is also in ${before.file} line ${before.line}; the two are merged`;
    const suggestion = "rename one of the two, or remove the copied file";
    return [warnAt(section, null, { rule: "repeated-section", message, suggestion })];
  });
}

/** An editor of Windows puts a mark before the first header, which then is none. */
function ruleOfFailure({ kind, lines }: IniFailure): ConfigRule {
  if (kind === "bad-lines") return "bad-line";
  return lines[0]?.source.startsWith("\u{feff}") ? "byte-order-mark" : "no-section-headers";
}

/** Reads the main file, which must be there. */
function readMain(path: string, world: ConfigWorld): Result<string, ConfigError> {
  if (!world.exists(path)) {
    return err(fileError("no-file", `could not find config file ${path}`, path));
  }
  const text = world.readText(path);
  if (text.ok) return text;
  if (text.error.code === "EILSEQ") return err(fileError("encoding", text.error.detail, path));
  const isSaid = text.error.code === "EISDIR" || isUnfit(text.error);
  const why = isSaid ? `: ${readReason(text.error)}` : "";
  return err(fileError("unreadable-file", `could not read config file ${path}${why}`, path));
}

/** The reason as a clause: without the code and the system call of Node's text. */
export function readReason({ code, detail }: ReadTextFailure): string {
  return code === "EISDIR" ? "it is a directory" : detail.replace(/^E[A-Z]+: ([^,]+),.*$/s, "$1");
}

/** The text of an error, with the reason if its file cannot be read: Supervisor's text ends with the path. */
export function withReason({ rule, text, file }: ConfigError, world: ConfigWorld): string {
  const isOfFile = rule === "unreadable-file" || rule === "no-file";
  if (!isOfFile || file === null || !text.endsWith(file)) return text;
  const read = world.readText(file);
  return read.ok || read.error.code === "ENOENT" ? text : `${text}: ${readReason(read.error)}`;
}

/** No configuration can be in it, so that passing it over would hide a mistake. */
function isUnfit({ code }: ReadTextFailure): boolean {
  return code === "EFTYPE" || code === "EFBIG";
}

type Place = Pick<ConfigError, "file" | "line" | "section" | "key">;

function includeFile(loading: Loading, path: string, place: Place): void {
  loading.notices.push({ level: "INFO", text: `Included extra file "${path}" during parsing` });
  const text = loading.world.readText(path);
  if (!text.ok) {
    const { code, detail } = text.error;
    if (code === "EILSEQ") fail(loading, fileError("encoding", detail, path));
    else if (isUnfit(text.error)) {
      refuseInclude(loading, place, `included file "${path}" cannot be read: ${detail}`);
    } else {
      // Supervisor prints nothing here, and the programs of that file are missing without a trace.
      const skipped = `Included file "${path}" was skipped: ${detail}`;
      const option = FILES;
      loading.notices.push({ level: "WARN", text: skipped, rule: "include-skipped", option });
    }
    return;
  }
  loading.characters += text.value.length;
  if (loading.characters > MOST_TEXT) {
    const most = inMegabytes(MOST_TEXT);
    const why = `the included files are larger than ${most} in total, at ${path}`;
    refuseInclude(loading, place, why);
    return;
  }
  const hadFiles = findOption(loading.raw, "include", "files");
  if (!takeText(loading, text.value, path)) return;
  const nested = findOption(loading.raw, "include", "files");
  const section = loading.raw.sections.get("include");
  if (section !== undefined && nested !== hadFiles && nested?.file === path) {
    const message = "an included file cannot include further files; this has no effect";
    const suggestion = "name those files in the main file's [include] section";
    loading.warnings.push(warnAt(section, nested, { rule: "include-nested", message, suggestion }));
  }
  fillHere(loading, absolutePath(dirname(path), loading.world.cwd));
}

function fillHere(loading: Loading, here: string): void {
  loading.raw = replaceHere(loading.raw, here, ({ name }, { key, file, line }) => {
    const text = `%(here)s makes ${key} longer than ${inMegabytes(LONGEST_VALUE)}`;
    const isKnown = loading.failures.some(({ error }) => error.text === text);
    if (!isKnown) fail(loading, { file, line, section: name, key, rule: "expansion", text });
  });
}

function refuseInclude(loading: Loading, place: Place, text: string): void {
  fail(loading, { ...place, rule: "unfit-include", text });
}

/** Where [include] names files, and the patterns; null when there is none to follow. */
function includePatterns(
  loading: Loading,
  file: string,
  here: string,
): { readonly patterns: readonly string[]; readonly place: Place } | null {
  const section = loading.raw.sections.get("include");
  if (section === undefined) return null;
  fillHere(loading, here);
  const files = findOption(loading.raw, FILES.section, FILES.key);
  const place = { file: files?.file ?? file, line: files?.line ?? section.line, ...FILES };
  if (files === null) {
    const text = ".ini file has [include] section, but no files setting";
    fail(loading, { ...place, rule: "include-without-files", text });
    return null;
  }
  const patterns = patternsIn(files.value, here, loading.world);
  if (patterns.ok) return { patterns: patterns.value, place };
  fail(loading, { ...place, rule: "expansion", text: patterns.error });
  return null;
}

/** The patterns of a value of `files`, relative to the directory of the main file. The error is a sentence. */
export function patternsIn(
  files: string,
  here: string,
  { hostName, env }: Pick<ConfigWorld, "hostName" | "env">,
): Result<readonly string[], string> {
  const names = new Map<string, string>([
    ["here", here],
    ["host_node_name", hostName],
    ...Object.entries(env).map(([name, value]) => [`ENV_${name}`, value] as const),
  ]);
  const expanded = expand(files, names, "include.files");
  return expanded.ok ? ok(splitWords(expanded.value)) : expanded;
}

function followIncludes(loading: Loading, file: string, here: string): void {
  const base = dirname(absolutePath(file, loading.world.cwd));
  const includes = includePatterns(loading, file, here);
  if (includes === null) return;
  const { patterns, place } = includes;
  for (const written of patterns) {
    const pattern = joinPath(base, written);
    const found = loading.world.glob(pattern);
    const paths = found.ok ? found.value : [];
    loading.files += paths.length;
    if (!found.ok || loading.files > MOST_FILES) {
      const why = found.ok ? `more than ${MOST_FILES} files to include` : found.error;
      refuseInclude(loading, place, `the files of "${pattern}" cannot be included: ${why}`);
      return;
    }
    if (paths.length === 0) {
      const text = `No file matches via include "${pattern}"`;
      loading.notices.push({ level: "WARN", text, rule: "include-matches-nothing", option: FILES });
    }
    for (const path of paths) {
      includeFile(loading, path, place);
      if (loading.characters > MOST_TEXT) return;
    }
  }
}

/**
 * Loads a configuration.
 * @param here directory that `%(here)s` means in the main file
 * @param followsIncludes false for ctl: like Supervisor's, it does not follow [include]
 */
export function loadConfig(
  file: string,
  world: ConfigWorld,
  here: string,
  followsIncludes = true,
): Result<Loaded, ConfigError> {
  const text = readMain(file, world);
  if (!text.ok) return text;
  const loading: Loading = {
    world,
    raw: EMPTY_RAW,
    files: 0,
    characters: text.value.length,
    notices: [],
    warnings: [],
    failures: [],
  };
  if (takeText(loading, text.value, file) && followsIncludes) {
    followIncludes(loading, file, here);
    const { raw, errors } = resolveTemplates(loading.raw);
    loading.raw = raw;
    for (const error of errors) fail(loading, error);
  }
  return ok(loading);
}
