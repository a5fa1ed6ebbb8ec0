// What of a diagnosis and of a situation goes into a bundle: without whole files, environments and other people's commands.

import type { Situation } from "../facts/situation.ts";
import type { Diagnosis } from "../model.ts";
import type { Redactor } from "../redact/redactor.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";

/** Redacts every string; of a field with a secret's name all of it. */
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

/** Steps hold whole files, whose secrets only their own grammar tells; here it is enough what they do. */
export function shownDiagnosis({ findings, unseen, skipped, checked }: Diagnosis): object {
  const shown = findings.map(({ repair, ...finding }) => {
    const { steps, ...known } = repair;
    const does = steps.map(({ step, now, will }) => {
      return { kind: step.kind, path: "path" in step ? step.path : null, now, will };
    });
    return { ...finding, repair: { ...known, steps: does } };
  });
  return { findings: shown, unseen, skipped, checked };
}

/** Without what has a file of its own, and what only checks need. */
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
      // Its text may show a value; check.txt has it without.
      error: error === null ? null : { ...error, text: undefined },
    },
    daemons: daemons.map(shown),
    daemon: daemon?.pid ?? null,
    service: {
      ...known,
      obstacles: restoration?.obstacles ?? [],
      supervisors: {
        services: supervisors.services.length,
        configs: supervisors.configs,
        processes: supervisors.processes.length,
      },
    },
  };
}
