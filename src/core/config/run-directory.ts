// The run directory of a service, which each start of it creates: /run is empty after a boot, and in an image.

/** Of the service whose configuration is /etc/NAME/tsv.conf: /run/NAME. null for a configuration elsewhere. */
export function runDirectoryOf(configFile: string): string | null {
  const [, local = "", name] = /^(\/usr\/local)?\/etc\/([^/]+)\/tsv\.conf$/.exec(configFile) ?? [];
  return name === undefined ? null : `${local === "" ? "" : "/var"}/run/${name}`;
}
