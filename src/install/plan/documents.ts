// The manual and the completions, in the directories that man(1), bash, zsh and fish search.

/** A manual page or a completion. */
export interface Document {
  readonly path: string;
  readonly text: string;
  readonly what: string;
}

/** Pages of tsv, and of the commands of Supervisor that it replaces. */
const OWN_PAGES = ["tsv.1", "tsv.conf.5"] as const;
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
