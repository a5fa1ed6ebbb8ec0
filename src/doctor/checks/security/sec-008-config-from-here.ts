// SEC-008: root uses the configuration of the current directory.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const CONFIG_FROM_HERE = defineCheck({
  code: "SEC-008",
  area: "security",
  title: "configuration from the current directory",
  repairs: ["C"],
  page: {
    symptom:
      "`UserWarning: Supervisord is running as root and it is searching for its configuration file in default locations (including its current working directory)`.",
    cause:
      "Without `-c`, the daemon and ctl search for supervisord.conf in the current directory and beside their own executable before they search /etc. If root runs them in another user's directory, root executes what that user wrote there.",
    repair:
      "Name the configuration: `tsv daemon -c /etc/tsv/tsv.conf`. An installed service does this. This is only a note. But if users other than root can change the file that was found, `tsv doctor --fix` repairs nothing until you have checked the file and named it with `--config`.",
  },
  look({ config, caller }) {
    const { path, chosenBy } = config;
    if (path === null || chosenBy !== "search" || caller.uid !== 0) return [];
    const directory = dirname(path);
    const isSystems = /^(?:\/usr\/local|\/opt\/homebrew)?\/etc(?:\/|$)/.test(directory);
    const isHere = !path.startsWith("/") || [caller.cwd, `${caller.cwd}/etc`].includes(directory);
    if (isSystems || !isHere) return [];
    const absolute = path.startsWith("/") ? path : `${caller.cwd}/${path}`;
    return [
      {
        severity: "info",
        subject: absolute,
        symptom: "root uses the configuration of the current directory",
        cause: `No configuration was named, and ${printable(absolute)} is used before those in /etc.`,
        evidence: [`the current directory is ${printable(caller.cwd)}`],
        place: { file: path, line: null, section: null, key: null },
        repair: byHand("Name the configuration with -c", [
          shellLine(["tsv", "daemon", "-c", absolute]),
        ]),
      },
    ];
  },
});
