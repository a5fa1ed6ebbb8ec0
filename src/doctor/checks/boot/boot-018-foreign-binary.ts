// BOOT-018: the executable of the service is there, and this host cannot run it.

import { describeExecError } from "../../exec/describe-exec-error.ts";
import { execError } from "../../exec/exec-error.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const FOREIGN_BINARY = defineCheck({
  code: "BOOT-018",
  area: "binary",
  title: "executable is for another machine",
  page: {
    symptom:
      "`cannot execute binary file: Exec format error`, `status=203/EXEC` in the journal, or `No such file or directory` for an executable that is there.",
    cause:
      "The executable was made for another processor, or for another C library: an arm64 file on a Raspberry Pi with a 32-bit system, an amd64 file on a board, a file for glibc on Alpine. Doctor reads the first bytes of the service's executable and looks whether the loader is there that it asks for.",
    repair:
      "Install the package of this host's architecture: `dpkg --print-architecture` or `rpm --eval '%{_arch}'` says which. `tsv install --boot` from an executable that runs here puts the service right.",
  },
  look({ service, host }, probe) {
    const file = serviceCommand(service, probe)?.executable;
    if (file === undefined || host.platform !== "linux" || !probe.look(file).ok) return [];
    const root = { uid: 0, gids: [0] };
    const { machine } = host;
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const launch = { file, account: root, path, directory: "/", machine };
    const error = execError(launch, probe);
    // What may not be executed at all is BOOT-002's.
    if (error === null || error === "unseen" || error.kind === "denied") return [];
    const words = describeExecError(error, launch, probe);
    return [
      {
        severity: "error",
        subject: file,
        symptom: "the service cannot be started: status=203/EXEC, Exec format error",
        cause: words.cause,
        evidence: words.evidence,
        place: null,
        repair: byHand("Install tsv for this host's architecture", [
          "dpkg --print-architecture",
          "tsv install --boot   # with an executable that runs here",
        ]),
      },
    ];
  },
});
