// BOOT-018: the executable of the service exists, but this host cannot run it.

import { describeExecError } from "../../exec/describe-exec-error.ts";
import { execError } from "../../exec/exec-error.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const FOREIGN_BINARY = defineCheck({
  code: "BOOT-018",
  area: "binary",
  title: "wrong architecture or C library",
  repairs: ["C"],
  page: {
    symptom:
      "`cannot execute binary file: Exec format error`, `status=203/EXEC` in the journal, or `No such file or directory` for an executable that exists.",
    cause:
      "The executable was built for another processor or another C library: for example, an arm64 file on a Raspberry Pi with a 32-bit system, an amd64 file on an ARM board, or a glibc file on Alpine. Doctor reads the header of the service's executable and checks whether the loader that it names exists.",
    repair:
      "Install the package for the architecture of this host: `dpkg --print-architecture` or `rpm --eval '%{_arch}'` prints it. Then run `tsv install --boot` from an executable that works here; it repairs the service.",
  },
  look({ service, host }, probe) {
    const file = serviceCommand(service, probe)?.executable;
    if (file === undefined || host.platform !== "linux" || !probe.look(file).ok) return [];
    const root = { uid: 0, gids: [0] };
    const { machine } = host;
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const launch = { file, account: root, path, directory: "/", machine };
    const error = execError(launch, probe);
    // A missing permission to execute is reported as BOOT-002.
    if (error === null || error === "unknown" || error.kind === "denied") return [];
    const words = describeExecError(error, launch, probe);
    return [
      {
        severity: "error",
        subject: file,
        symptom: "the service does not start: status=203/EXEC, Exec format error",
        cause: words.cause,
        evidence: words.evidence,
        place: null,
        repair: byHand("Install tsv for this host's architecture", [
          "dpkg --print-architecture",
          "tsv install --boot   # with an executable that runs on this host",
        ]),
      },
    ];
  },
});
