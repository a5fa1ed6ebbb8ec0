// Files that are part of tsv itself: templates, styles and scripts of the web page, and the templates of init scripts,
// whose names begin with "initscripts/".

export interface Assets {
  /**
   * The file's text, or its bytes in base64 where the name ends in `.png`.
   * @throws when tsv has no such file: names are tsv's own, never a client's
   */
  read(name: string): string;
}
