// Texts that an installation brings: the configuration and environment for users to edit, the manual and the completions.

import type { ServiceFile } from "../services/init-system.ts";
import type { Layout } from "./layout.ts";

/** A minimal configuration of the daemon; programs go into separate files. */
export function defaultConfig(
  layout: Layout,
  { name, group, scope }: { readonly name: string; readonly group: string; readonly scope: string },
): string {
  const isSystem = scope === "system";
  const access = isSystem
    ? `; Members of the group ${group} may use ctl: sudo usermod -aG ${group} NAME
chmod=0660
chown=root:${group}`
    : "chmod=0600";
  // A user of its own, and the HOME of that user.
  const asUser = isSystem ? ";   user=nobody\n;   user_env=true\n" : "";
  return `; Configuration of ${name}. You can edit it: tsv install never changes it.
; Programs go into files of their own in ${layout.includeDirectory}, for example web.conf:
;
;   [program:web]
;   command=/usr/bin/python3 -m http.server 8000
;   kill_mode=cgroup
${asUser};
; Then: tsv update. All options: man tsv.conf, or tsv help conf. Mistakes: tsv check ${layout.config}

[unix_http_server]
file=${configValue(layout.socket)}
${access}

[supervisord]
logfile=${configValue(`${layout.logDirectory}/tsv.log`)}
childlogdir=${configValue(layout.logDirectory)}
pidfile=${configValue(layout.pidfile)}
identifier=${name}
${isSystem ? "; Programs run as root unless they set user=.\nuser=root\n" : ""}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://${configValue(layout.socket)}

[include]
files=conf.d/*.conf conf.d/*.ini
`;
}

/** A percent sign begins an expansion in a configuration. */
function configValue(text: string): string {
  return text.replaceAll("%", "%%");
}

/** Environment variables of the daemon and its programs, read by shells and by systemd. */
export function defaultEnvironment(name: string): string {
  return `# Environment of ${name} and its programs, one NAME=value per line. You can edit it: tsv install never changes it.
# It takes effect at the next start of the service.
`;
}

/** A manual page or a completion. */
export type Document = Omit<ServiceFile, "mode">;

/** Pages of tsv, and of the commands of Supervisor that it replaces. */
const OWN_PAGES = ["tsv.1", "tsv-fleet.1", "tsv.conf.5"] as const;
const SUPERVISOR_PAGES = [
  ...(["supervisord.1", "supervisorctl.1", "echo_supervisord_conf.1", "pidproxy.1"] as const),
];

const COMPLETIONS = {
  bash: "bash-completion/completions/tsv",
  zsh: "zsh/site-functions/_tsv",
  fish: "fish/vendor_completions.d/tsv.fish",
} as const;

/**
 * @param share the directory of documents: /usr/local/share, ~/.local/share
 * @param read the text of a page (`man/tsv.1`) or of completions (`completion/bash`)
 * @param exists whether a file exists: pages of an installed Supervisor stay visible
 */
export function documentsFor(
  share: string,
  read: (name: string) => string,
  exists: (path: string) => boolean,
): readonly Document[] {
  const isTaken = (page: string): boolean =>
    [page, `${page}.gz`].some((name) => exists(`/usr/share/man/man1/${name}`));
  const pages = [...OWN_PAGES, ...SUPERVISOR_PAGES.filter((page) => !isTaken(page))];
  return [
    ...pages.map((page) => ({
      path: `${share}/man/man${page.slice(-1)}/${page}`,
      text: read(`man/${page}`),
      what: "manual page",
    })),
    ...Object.entries(COMPLETIONS).map(([shell, path]) => ({
      path: `${share}/${path}`,
      text: read(`completion/${shell}`),
      what: `completions of ${shell}`,
    })),
  ];
}
