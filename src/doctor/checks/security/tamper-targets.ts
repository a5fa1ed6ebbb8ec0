// Files and directories that a daemon trusts because they determine what it runs, with the users who may change them.

import { absolutePath, dirname, joinPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { splitWords } from "../../../core/config/py-text.ts";
import { logUses } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  absoluteFile,
  programFinder,
  type Supervised,
  supervisedPrograms,
} from "../../facts/supervised.ts";

export interface TamperTarget {
  readonly path: string;
  readonly kind: "configuration" | "program" | "logs";
  /** For messages: "the configuration", "the program web". */
  readonly what: string;
  /** The users, in addition to root, who may change it. */
  readonly trusted: readonly number[];
  readonly isContainer: boolean;
  /** The user whose actions it determines. */
  readonly uid: number;
}

/** Files of the configuration, and directories of included files. */
export function configTargets({ config, caller }: Situation, uid: number): readonly TamperTarget[] {
  if (config.path === null) return [];
  const main = absolutePath(config.path, caller.cwd);
  const common = { kind: "configuration", trusted: [uid], uid } as const;
  const files = new Set([main, ...config.files.map((file) => absolutePath(file, caller.cwd))]);
  const targets: TamperTarget[] = Array.from(files, (path) => ({
    ...common,
    path,
    what: path === main ? "the configuration" : "an included file",
    isContainer: false,
  }));
  const patterns = config.raw?.sections.get("include")?.options.get("files")?.value ?? "";
  const directories = new Set<string>();
  for (const word of splitWords(patterns.replaceAll("%(here)s", dirname(main)))) {
    const directory = dirname(joinPath(dirname(main), word));
    if (!/[%*?[]/.test(directory)) directories.add(absolutePath(directory, "/"));
  }
  for (const path of directories) {
    targets.push({ ...common, path, what: "the directory of included files", isContainer: true });
  }
  return targets;
}

/** Log directories. The daemon opens files there; unless it runs as root, it follows all symlinks. */
export function logTargets(
  situation: Situation,
  uid: number,
  probe: Probe,
): readonly TamperTarget[] {
  const directories = new Set(
    logUses(situation, probe)
      .filter(({ path }) => !/^\/(?:dev|proc)\//.test(path))
      .map(({ path }) => dirname(path)),
  );
  return Array.from(directories, (path) => ({
    path,
    kind: "logs",
    what: "a log directory",
    trusted: [uid],
    // A sticky directory protects existing files; the kernel protects against new symlinks (protected_symlinks).
    isContainer: false,
    uid,
  }));
}

const INTERPRETER =
  /(?:^|\/)(?:python|pypy|node|ruby|perl|php|(?:ba|da|z|k)?sh|java|deno|bun)[\d.]*$/;

/** Executables, and the scripts of interpreters. */
export function programTargets(situation: Situation, probe: Probe): readonly TamperTarget[] {
  const find = programFinder(situation, probe);
  return supervisedPrograms(situation, probe).flatMap((program) => {
    const { found } = find(program);
    if (!found.ok) return [];
    const file = absoluteFile(found.value.file, program);
    const script = INTERPRETER.test(found.value.file) ? scriptOf(program) : null;
    const { uid } = program.account;
    return [file, script].flatMap((path): readonly TamperTarget[] =>
      path === null
        ? []
        : [
            {
              path,
              kind: "program",
              what: `the program ${program.label}`,
              trusted: [uid],
              isContainer: false,
              uid,
            },
          ],
    );
  });
}

/** The first argument that is not an option, if it is a path. */
function scriptOf(program: Supervised): string | null {
  const words = splitCommand(program.config.command);
  const script = words.ok ? words.value.slice(1).find((word) => !word.startsWith("-")) : undefined;
  return script?.includes("/") === true ? absoluteFile(script, program) : null;
}
