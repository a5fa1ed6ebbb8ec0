// The files of a package: the same unit, init script and configuration as those of `tsv install`, from the same templates,
// for an unknown host; and the mark, a list of these files, by which tsv recognizes that it was installed by a package.

import { err, ok, type Result } from "../../core/base/result.ts";
import { PACKAGE_DEFAULTS } from "../services/packaged.ts";
import type { ServiceDescription, ServiceFile, Templates } from "../services/service.ts";
import { systemd } from "../services/systemd.ts";
import { sysv } from "../services/sysv.ts";
import { defaultConfig, defaultEnvironment } from "./default-files.ts";
import { layoutFor } from "./layout.ts";

const NAME = "tsv";
const GROUP = "tsv";

/** The two families have different paths of settings, and only one has init scripts. */
type PackageKind = "deb" | "rpm";

interface PackageFiles {
  readonly files: readonly (ServiceFile & { readonly isConfig: boolean })[];
  readonly directories: readonly { readonly path: string; readonly mode: number }[];
}

/** All files of a package that are created from the installer's templates. */
export function packageFiles(kind: PackageKind, templates: Templates): PackageFiles {
  const layout = layoutFor({
    platform: "linux",
    scope: "system",
    name: NAME,
    home: "/root",
    runtimeDirectory: null,
    hasSysconfig: kind === "rpm",
  });
  const service: ServiceDescription = {
    name: NAME,
    scope: "system",
    executable: "/usr/bin/tsv",
    config: layout.config,
    layout,
    ...PACKAGE_DEFAULTS,
    group: GROUP,
    waitOnline: false,
    isPackaged: true,
    facts: {
      isImage: false,
      registration: null,
      isRegistered: false,
      scanDirectories: [],
      user: { uid: 0, home: "/root" },
      lingered: false,
    },
  };
  const plain = [
    ...systemd.service(service, templates).files,
    {
      path: `/usr/lib/sysusers.d/${NAME}.conf`,
      text: `# Members of this group use ctl of ${NAME} without being root.\ng ${GROUP} -\n`,
      mode: 0o644,
      what: "group",
    },
  ];
  const own = { scope: "system", name: NAME, group: GROUP } as const;
  const config: readonly ServiceFile[] = [
    ...(kind === "deb" ? sysv.service(service, templates).files : []),
    {
      path: layout.config,
      text: defaultConfig(layout, own),
      mode: 0o640,
      what: "configuration",
    },
    {
      path: layout.environmentFile ?? "",
      text: defaultEnvironment(NAME),
      mode: 0o640,
      what: "settings of the service",
    },
  ];
  const directories = [
    { path: layout.configDirectory, mode: 0o755 },
    { path: layout.includeDirectory, mode: 0o755 },
    { path: layout.logDirectory, mode: 0o750 },
    { path: layout.stateDirectory, mode: 0o755 },
  ];
  const brought = [...plain, ...config, ...directories].map(({ path }) => path);
  const mark = { path: PACKAGE_MARK, mode: 0o644, what: "mark of the package" };
  return {
    files: [
      ...plain.map((file) => ({ ...file, isConfig: false })),
      ...config.map((file) => ({ ...file, isConfig: true })),
      { ...mark, text: markText({ kind, paths: brought }), isConfig: false },
    ],
    directories,
  };
}

/** The path of the mark. */
export const PACKAGE_MARK = "/usr/share/tsv/package.json";

export interface PackageMark {
  readonly kind: "deb" | "rpm";
  /** Files and directories of the package that an installation could consider its own. */
  readonly paths: readonly string[];
}

const FORMAT = 1;

/** The file's text. */
export function markText({ kind, paths }: PackageMark): string {
  return `${JSON.stringify({ format: FORMAT, kind, paths }, null, 2)}\n`;
}

/** Reads a mark. The error is a sentence for users. */
export function readMark(text: string): Result<PackageMark, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (isMark(value)) return ok({ kind: value.kind, paths: value.paths });
  } catch {
    // Reported below.
  }
  return err(`${PACKAGE_MARK} differs from that of the package tsv: reinstall the package`);
}

function isMark(value: unknown): value is PackageMark {
  if (typeof value !== "object" || value === null) return false;
  const { format, kind, paths } = value as Record<string, unknown>;
  return (
    format === FORMAT &&
    (kind === "deb" || kind === "rpm") &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === "string")
  );
}

/** The commands that remove the package. */
export function removalCommands({ kind }: PackageMark): readonly [string, string][] {
  return kind === "deb"
    ? [
        ["sudo apt remove tsv", "keeps the configuration and logs"],
        ["sudo apt purge tsv", "removes them, too"],
      ]
    : [["sudo dnf remove tsv", "keeps edited files and logs"]];
}
