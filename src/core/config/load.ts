// Reads the main file and the files it includes into one table of raw values. Interprets only [include].

import { err, ok, type Result } from "../base/result.ts";
import { expand } from "./expand.ts";
import { type IniRepeat, parseIni } from "./ini-dialect.ts";
import type { BadLine, IniFailure } from "./ini-scanner.ts";
import type { ConfigError, ConfigNotice, ConfigWarning } from "./model.ts";
import { absolutePath, dirname, joinPath } from "./paths.ts";
import { splitWords } from "./py-text.ts";
import { EMPTY_RAW, findOption, mergeDocument, type RawConfig, replaceHere } from "./raw.ts";
import type { ConfigRule } from "./rules.ts";
import type { ConfigWorld } from "./world.ts";

/** A file that is not a configuration, or cannot be read. */
export interface LoadFailure {
  readonly error: ConfigError;
  /** The lines at fault, when it is the syntax. */
  readonly badLines: readonly BadLine[];
}

export interface Loaded {
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

interface Loading {
  readonly world: ConfigWorld;
  readonly wants: (section: string) => boolean;
  raw: RawConfig;
  readonly notices: ConfigNotice[];
  readonly warnings: ConfigWarning[];
  readonly failures: LoadFailure[];
}

function describeRepeat(repeat: IniRepeat, file: string): ConfigWarning {
  const { section, key, line, firstLine } = repeat;
  const message =
    key === null
      ? `section [${section}] began already in line ${firstLine}; the two are merged`
      : `${key} was given already in line ${firstLine}; this one counts`;
  const suggestion = key === null ? null : `remove one of the two`;
  const rule = key === null ? "repeated-section" : "repeated-option";
  return { file, line, section, key, rule, message, suggestion };
}

/** Which part of a configuration somebody needs: the less, the quicker. The syntax of all of it is checked anyway. */
export interface Extent {
  readonly wants: (section: string) => boolean;
  readonly followsIncludes: boolean;
}

/** Everything. */
export const WHOLE: Extent = { wants: () => true, followsIncludes: true };

/** What ctl needs. Like Supervisor's, it does not follow [include]. */
export const FOR_CTL: Extent = {
  wants: (section) =>
    section === "supervisorctl" || section === "DEFAULT" || section.startsWith("ctlplugin:"),
  followsIncludes: false,
};

/** The daemon's own section, wherever it stands. */
export const DAEMON_ALONE: Extent = {
  wants: (section) => section === "supervisord" || section === "include" || section === "DEFAULT",
  followsIncludes: true,
};

/** Takes a text into the table. @returns false when its syntax is wrong */
function takeText(loading: Loading, text: string, file: string): boolean {
  const document = parseIni(text, file, loading.wants);
  if (!document.ok) {
    const { lines, text: message } = document.error;
    const rule = ruleOfFailure(document.error);
    const error = { ...fileError(rule, message, file), line: lines[0]?.line ?? null };
    loading.failures.push({ error, badLines: lines });
    return false;
  }
  loading.warnings.push(...document.value.repeats.map((repeat) => describeRepeat(repeat, file)));
  loading.raw = mergeDocument(loading.raw, document.value, file);
  return true;
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
  return err(fileError("unreadable-file", `could not read config file ${path}`, path));
}

function includeFile(loading: Loading, path: string): void {
  const included = `Included extra file "${path}" during parsing`;
  loading.notices.push({ level: "INFO", text: included });
  const text = loading.world.readText(path);
  if (!text.ok && text.error.code === "EILSEQ") {
    loading.failures.push({ error: fileError("encoding", text.error.detail, path), badLines: [] });
    return;
  }
  if (!text.ok) {
    // Supervisor says nothing here, and the programs of that file are missing without a trace.
    const skipped = `Included file "${path}" was skipped: ${text.error.detail}`;
    loading.notices.push({ level: "WARN", text: skipped, rule: "include-skipped" });
    return;
  }
  const hadFiles = findOption(loading.raw, "include", "files");
  if (!takeText(loading, text.value, path)) return;
  const nested = findOption(loading.raw, "include", "files");
  if (nested !== null && nested !== hadFiles && nested.file === path) {
    loading.warnings.push({
      file: path,
      line: nested.line,
      section: "include",
      key: "files",
      rule: "include-nested",
      message: "an included file cannot include further files; this has no effect",
      suggestion: "name those files in the main file's [include] section",
    });
  }
  const here = absolutePath(dirname(path), loading.world.cwd);
  loading.raw = replaceHere(loading.raw, here);
}

/** The patterns of [include], or null when there is none to follow. */
function includePatterns(loading: Loading, file: string, here: string): readonly string[] | null {
  const section = loading.raw.sections.get("include");
  if (section === undefined) return null;
  loading.raw = replaceHere(loading.raw, here);
  const files = findOption(loading.raw, "include", "files");
  const place = { file, line: files?.line ?? section.line, section: "include", key: "files" };
  if (files === null) {
    const text = ".ini file has [include] section, but no files setting";
    const rule = "include-without-files";
    loading.failures.push({ error: { ...place, rule, text }, badLines: [] });
    return null;
  }
  const names = new Map<string, string>([
    ["here", here],
    ["host_node_name", loading.world.hostName],
    ...Object.entries(loading.world.env).map(([name, value]) => [`ENV_${name}`, value] as const),
  ]);
  const expanded = expand(files.value, names, "include.files");
  if (expanded.ok) return splitWords(expanded.value);
  const error = { ...place, rule: "expansion", text: expanded.error } as const;
  loading.failures.push({ error, badLines: [] });
  return null;
}

function followIncludes(loading: Loading, file: string, here: string): void {
  const base = dirname(absolutePath(file, loading.world.cwd));
  for (const written of includePatterns(loading, file, here) ?? []) {
    const pattern = joinPath(base, written);
    const paths = loading.world.glob(pattern);
    if (paths.length === 0) {
      const text = `No file matches via include "${pattern}"`;
      loading.notices.push({ level: "WARN", text, rule: "include-matches-nothing" });
    }
    for (const path of paths) includeFile(loading, path);
  }
}

/**
 * Loads a configuration.
 * @param here directory that `%(here)s` means in the main file
 */
export function loadConfig(
  file: string,
  world: ConfigWorld,
  here: string,
  { wants, followsIncludes }: Extent,
): Result<Loaded, ConfigError> {
  const text = readMain(file, world);
  if (!text.ok) return text;
  const loading: Loading = {
    world,
    wants,
    raw: EMPTY_RAW,
    notices: [],
    warnings: [],
    failures: [],
  };
  if (takeText(loading, text.value, file) && followsIncludes) followIncludes(loading, file, here);
  const { raw, notices, warnings, failures } = loading;
  return ok({ raw, notices, warnings, failures });
}
