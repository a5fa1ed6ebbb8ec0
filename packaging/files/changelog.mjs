// CHANGELOG.md in the forms that packages have it in.

import { readFileSync } from "node:fs";

/** The maintainer of the packages. Builds for others set TSV_MAINTAINER to a name and an address. */
export const MAINTAINER = process.env["TSV_MAINTAINER"] ?? "The tsv authors <tsv@localhost>";

/** @typedef {{ version: string, sourceDateEpoch: number }} Facts */

/**
 * Versions with their entries, the newest first. A heading without a date is not released yet: its
 * entries belong to the version that is built.
 * @param {string} version
 */
function releases(version) {
  /** @type {{ version: string, date: string | null, entries: string[] }[]} */
  const found = [];
  for (const line of readFileSync("CHANGELOG.md", "utf8").split("\n")) {
    const heading = /^## \[?([^\]\s]+)\]?(?: - (\S+))?/.exec(line);
    if (heading !== null) {
      const [, named = "", date = null] = heading;
      found.push({ version: date === null ? version : named, date, entries: [] });
    } else if (line.startsWith("- ")) found.at(-1)?.entries.push(line.slice(2));
    else if (line.startsWith("  ")) {
      const entries = found.at(-1)?.entries;
      entries?.push(`${entries.pop()} ${line.trim()}`);
    }
  }
  return found.filter(({ entries }) => entries.length > 0);
}

/**
 * As deb-changelog(5) wants it.
 * @param {string} source
 * @param {Facts} facts
 */
export function debianChangelog(source, { version, sourceDateEpoch }) {
  return releases(version)
    .map(({ version: each, date, entries }) => {
      const when = timeOf(date, sourceDateEpoch).toUTCString().replace("GMT", "+0000");
      const lines = entries.map((entry) => wrapped(plain(entry), "  * ", "    "));
      return `${source} (${each}) stable; urgency=medium\n\n${lines.join("\n")}\n\n -- ${MAINTAINER}  ${when}\n`;
    })
    .join("\n");
}

/**
 * As the section %changelog of a spec wants it.
 * @param {Facts} facts
 */
export function rpmChangelog({ version, sourceDateEpoch }) {
  return releases(version)
    .map(({ version: each, date, entries }) => {
      const [day, dd, month, year] = timeOf(date, sourceDateEpoch).toUTCString().split(/,? /);
      const lines = entries.map((entry) => wrapped(plain(entry).replaceAll("%", "%%"), "- ", "  "));
      return `* ${day} ${month} ${dd} ${year} ${MAINTAINER} - ${each}-1\n${lines.join("\n")}\n`;
    })
    .join("\n");
}

/**
 * @param {string | null} date
 * @param {number} sourceDateEpoch
 */
function timeOf(date, sourceDateEpoch) {
  return date === null ? new Date(sourceDateEpoch * 1000) : new Date(`${date}T00:00:00Z`);
}

/** @param {string} markdown */
function plain(markdown) {
  return markdown.replaceAll(/`|\*\*/g, "").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");
}

/**
 * @param {string} text
 * @param {string} first
 * @param {string} next
 */
function wrapped(text, first, next) {
  /** @type {string[]} */
  const lines = [];
  let line = first;
  for (const word of text.split(" ")) {
    const isEmpty = line === first || line === next;
    if (!isEmpty && line.length + 1 + word.length > 78) {
      lines.push(line);
      line = next;
    }
    line += line === first || line === next ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}
