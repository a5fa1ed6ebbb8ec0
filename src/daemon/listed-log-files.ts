// Lists log files by their descriptors: for leak checks, and for an upgrade.

import type { DescriptorTable } from "../ports/descriptors.ts";
import type { LogFiles } from "../ports/log-files.ts";

/** Log files whose descriptors stand in the table. Those the daemon was started with do not: they are not its own. */
export function listedLogFiles(files: LogFiles, descriptors: DescriptorTable): LogFiles {
  return {
    ...files,
    async open(path, options) {
      const opened = await files.open(path, options);
      if (opened.ok) descriptors.add(opened.value.fd, { role: "log", owner: path });
      return opened;
    },
    close(fd) {
      // Before: the number may be another file's as soon as it is closed.
      descriptors.remove(fd);
      return files.close(fd);
    },
  };
}
