// The files of a package that are made from the installer's templates: the same unit, init script and configuration as those of
// `tsv install`, for an unknown host; and the mark, a list of these files.

import { defaultConfig, defaultEnvironment } from "../../src/install/plan/default-files.ts";
import { layoutFor } from "../../src/install/plan/layout.ts";
import { markText, PACKAGE_MARK } from "../../src/install/plan/package.ts";
import type { PackageMark } from "../../src/install/plan/plan-input.ts";
import {
  PACKAGE_DEFAULTS,
  plainFile,
  type ServiceDescription,
  type ServiceFile,
  type Templates,
} from "../../src/install/services/init-system.ts";
import { systemd } from "../../src/install/services/systemd.ts";
import { sysv } from "../../src/install/services/sysv.ts";

const NAME = "tsv";
const GROUP = "tsv";

/**
 * All files of a package that are created from the installer's templates.
 * @param kind the two families have different paths of settings, and only one has init scripts
 */
export function packageFiles(
  kind: PackageMark["kind"],
  templates: Templates,
): {
  readonly files: readonly (ServiceFile & { readonly isConfig: boolean })[];
  readonly directories: readonly { readonly path: string; readonly mode: number }[];
} {
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
    plainFile(
      `/usr/lib/sysusers.d/${NAME}.conf`,
      `# Members of this group use ctl of ${NAME} without being root.\ng ${GROUP} -\n`,
      "group",
    ),
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
