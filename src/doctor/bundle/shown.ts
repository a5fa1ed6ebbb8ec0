// The parts of a diagnosis and of the facts that go into a bundle: without whole files, environments and other users' commands.

import { isSecretName, REDACTED } from "../../core/redact/secret-names.ts";
import type { Situation } from "../facts/situation.ts";
import type { Diagnosis } from "../model.ts";
import type { Redactor } from "../redact/redactor.ts";

/** Redacts every string; the whole string in a field with a secret's name. */
export function cleaned(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const isSecret = isSecretName(key) && typeof field === "string" && field !== "";
      return [key, isSecret ? REDACTED : cleaned(field, redactor)];
    }),
  );
}

/** Steps contain whole files, whose secrets cannot be recognized without parsing them; only the kind of a step is included. */
export function shownDiagnosis({ findings, unknown, skipped, checked }: Diagnosis): object {
  const shown = findings.map(({ repair, ...finding }) => {
    const { steps, ...known } = repair;
    const does = steps.map(({ step, now, will }) => {
      return { kind: step.kind, path: "path" in step ? step.path : null, now, will };
    });
    return { ...finding, repair: { ...known, steps: does } };
  });
  return { findings: shown, unknown, skipped, checked };
}

/** Without parts that have their own file in the bundle, or that only checks need. */
export function shownSituation(situation: Situation, redactor: Redactor): object {
  const { config, service, caller, daemons, daemon, ...rest } = situation;
  const { file: _file, properties: _shown, restoration, supervisors, ...known } = service;
  const error = config.daemon?.ok === false ? config.daemon.error : null;
  const { environment: _own, ...who } = caller;
  const shown = (one: Situation["daemons"][number]): object => ({
    ...one,
    command: redactor.command(one.command),
  });
  return {
    ...rest,
    caller: who,
    config: {
      path: config.path,
      chosenBy: config.chosenBy,
      search: config.search,
      files: config.files,
      environmentIsReal: config.environmentIsReal,
      daemonUid: config.daemonUid,
      // Its text may contain a value; check.txt has it without.
      error: error === null ? null : { ...error, text: undefined },
    },
    daemons: daemons.map(shown),
    daemon: daemon?.pid ?? null,
    service: {
      ...known,
      pathProblems: restoration?.pathProblems ?? [],
      supervisors: {
        services: supervisors.services.length,
        configs: supervisors.configs,
        processes: supervisors.processes.length,
      },
    },
  };
}
