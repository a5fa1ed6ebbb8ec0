// The service on a host with a tsv package: the package's files stay unchanged, and the settings of this host are in a
// separate file.

import { dirname } from "../../core/config/paths.ts";
import type { FoundFile } from "../plan/steps.ts";
import type { InitSystem, PackagedVariant } from "./init-system.ts";
import type { ServiceDescription, ServiceFiles, ServiceLink, Templates } from "./service.ts";

/** The values in the files of a package, which do not depend on a host's configuration. */
export const PACKAGE_DEFAULTS = { stopTimeoutSeconds: 90, openFiles: 1024 } as const;

/** The service without the files of the package; all of it for an init system that packages have no service for. */
export function packagedService(
  init: InitSystem,
  service: ServiceDescription,
  { templates, look }: { readonly templates: Templates; look(path: string): FoundFile },
): ServiceFiles {
  const { packaged } = init;
  if (packaged === null) return init.service(service, templates);
  const whole = init.service({ ...service, isPackaged: true }, templates);
  const changed = { ...whole, ...packaged.changes(service) };
  const settings = packaged.settings(service, templates);
  // A file of an earlier run has to be updated.
  const isNeeded = differs(service, packaged) || look(settings.path).kind !== "missing";
  const files = isNeeded ? [settings] : [];
  const links = changed.links.map((link) => asItIs(link, look(link.path)));
  const directories = [...links, ...files].map(({ path }) => dirname(path));
  return { ...changed, directories, files, links };
}

/** Packages link to the same unit by another path: /lib is a symlink to /usr/lib. */
function asItIs(link: ServiceLink, found: FoundFile): ServiceLink {
  const isSame = found.kind === "link" && `/usr${found.target}` === link.target;
  return isSame ? { ...link, target: found.target } : link;
}

function differs(
  { config, layout, waitOnline, stopTimeoutSeconds, openFiles }: ServiceDescription,
  { canWaitOnline }: PackagedVariant,
): boolean {
  return (
    config !== layout.config ||
    (waitOnline && canWaitOnline) ||
    stopTimeoutSeconds > PACKAGE_DEFAULTS.stopTimeoutSeconds ||
    openFiles > PACKAGE_DEFAULTS.openFiles
  );
}
