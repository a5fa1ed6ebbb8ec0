// Which sections of a configuration are read.

/** Which part of a configuration a caller needs: the less, the quicker. The syntax of all of it is checked anyway. */
export interface Extent {
  readonly wants: (section: string) => boolean;
  readonly followsIncludes: boolean;
}

function isServerSection(section: string): boolean {
  return section.startsWith("unix_http_server") || section.startsWith("inet_http_server");
}

/** Everything. */
export const WHOLE: Extent = { wants: () => true, followsIncludes: true };

/** What ctl needs. Like Supervisor's, it does not follow [include]. */
export const FOR_CTL: Extent = {
  wants: (section) =>
    section === "supervisorctl" ||
    section === "supervisord" ||
    section === "include" ||
    section === "DEFAULT" ||
    section.startsWith("ctlplugin:") ||
    isServerSection(section),
  followsIncludes: false,
};

/** The daemon's own section, wherever it stands. */
export const DAEMON_ALONE: Extent = {
  wants: (section) => section === "supervisord" || section === "include" || section === "DEFAULT",
  followsIncludes: true,
};
