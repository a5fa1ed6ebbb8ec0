// tsv.getFindings: what tsv doctor finds on the host of the daemon.

import type { Shape } from "../../../core/api/signature.ts";
import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { int32 } from "../../../core/xmlrpc/value.ts";
import { type Method, method } from "../method.ts";
import { flag } from "../params.ts";

const FINDINGS = {
  at: "int",
  findings: [
    {
      ...{ code: "string", severity: "string", subject: "string", symptom: "string" },
      ...{ cause: "string", evidence: ["string"], file: "string", line: "int" },
      ...{ advice: "string", commands: ["string"], automatic: "boolean" },
    },
  ],
  unknown: ["string"],
} as const satisfies Shape;

/** They tell of the whole host. */
export const FINDING_METHODS: readonly Method[] = [
  method("getFindings", [flag("again", false)], FINDINGS, "configure", {
    help:
      "What tsv doctor finds on the host: at (when it was examined, in seconds since 1970), findings, root causes first (code, " +
      "severity: error, warning or info, subject, symptom, cause, evidence, file and line of the configuration (empty and 0 for " +
      "none), advice, commands that fix it, automatic: tsv doctor --fix does), and unknown (what could not be checked). Examines the " +
      "host if it was not examined since the daemon was started, reloaded or upgraded, and again on request; this changes " +
      "nothing. Fault: FAILED with the reason.",
    async run({ findings }, [again]) {
      const last = again ? null : findings.last();
      const { at, outcome } = last?.outcome.ok === true ? last : await findings.examine();
      if (!outcome.ok) return err(fault("FAILED", outcome.error));
      return ok({
        at: int32(at),
        findings: outcome.value.findings.map(({ isAutomatic, evidence, commands, ...finding }) => ({
          ...{ ...finding, automatic: isAutomatic },
          ...{ evidence: [...evidence], commands: [...commands] },
        })),
        unknown: [...outcome.value.unknown],
      });
    },
  }),
];
