// The files of a bundle.

export interface BundleText {
  /** Relative, with slashes: "config/etc/tsv/tsv.conf". */
  readonly name: string;
  readonly text: string;
}
