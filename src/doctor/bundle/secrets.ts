// All texts of a host that may contain secrets, from which the redactor learns them.

import { parseEnvFile } from "../../core/environment/env-file.ts";
import { isSecretName, REDACTED } from "../../core/redact/secret-names.ts";
import type { Probe, SeenProcess } from "../facts/probe.ts";
import { assignments } from "../facts/service.ts";
import type { Situation } from "../facts/situation.ts";
import type { Diagnosis } from "../model.ts";
import { createRedactor, type Redactor } from "../redact/redactor.ts";

/** Text of a file, decoded leniently: files that are not UTF-8 may contain secrets, too. */
export function textOf(path: string, probe: Probe): string | null {
  const text = probe.readText(path);
  if (text !== null) return text;
  const bytes = probe.readHead(path, 1 << 20);
  return bytes === null ? null : new TextDecoder("utf-8").decode(bytes);
}

/** The daemons and all their descendants. */
export function familyOf({ daemons }: Situation, probe: Probe): readonly SeenProcess[] {
  const all = probe.processes();
  const byParent = new Map<number, SeenProcess[]>();
  for (const process of all) {
    const siblings = byParent.get(process.parent) ?? [];
    siblings.push(process);
    byParent.set(process.parent, siblings);
  }
  const pids = new Set(daemons.map(({ pid }) => pid));
  const family = all.filter(({ pid }) => pids.has(pid));
  for (let at = 0; at < family.length; at += 1) {
    for (const child of byParent.get(family[at]?.pid ?? -1) ?? []) {
      if (pids.has(child.pid)) continue;
      pids.add(child.pid);
      family.push(child);
    }
  }
  return family;
}

type Variables = Readonly<Record<string, string>>;

/** All values of a file of variables, under a name that says that they are secrets. */
function envFileOf(text: string): Variables {
  const parsed = parseEnvFile(text);
  const pairs = parsed.ok
    ? parsed.value.map(({ name, value }) => [name, value] as const)
    : Object.entries(assignments(text));
  return Object.fromEntries(pairs.map(([name, value]) => [`SECRET_${name}`, value]));
}

/** A redactor that knows the secrets of this host. */
export function redactorFor(situation: Situation, probe: Probe): Redactor {
  const { config, caller, service } = situation;
  const family = familyOf(situation, probe);
  const settings = service.layout.environmentFile;
  const settingsText = settings === null ? null : textOf(settings, probe);
  const read = config.daemon?.ok === true ? config.daemon.value : null;
  const processes = read?.groups.flatMap((group) => group.processes) ?? [];
  const envFiles = new Set(
    processes.flatMap(({ envFiles: files }) => files.map(({ path }) => path)),
  );
  const passwords = [
    ...(read?.servers ?? []).map(({ credentials }) => credentials?.password ?? null),
    config.ctl?.password ?? null,
  ];
  const environments: readonly (Variables | null)[] = [
    caller.environment,
    config.environment,
    settingsText === null ? null : assignments(settingsText),
    read?.daemon.environment ?? null,
    ...family.map(({ pid }) => probe.environment(pid)),
    ...processes.map(({ environment }) => environment),
    ...Array.from(envFiles, (path) => envFileOf(textOf(path, probe) ?? "")),
    ...passwords.map((password) => (password === null ? null : { PASSWORD: password })),
  ];
  return createRedactor({
    configs: config.files.flatMap((file) => textOf(file, probe) ?? []),
    environments: environments.filter((variables) => variables !== null),
    units: [
      service.file?.text ?? "",
      settingsText ?? "",
      `Environment=${service.properties["Environment"] ?? ""}`,
    ],
    texts: [
      ...Object.values(service.properties),
      ...family.map(({ command }) => command.join(" ")),
      ...family.flatMap(({ command }) => command),
      ...processes.map(({ command }) => command),
    ],
  });
}

// The parts of a diagnosis and of the facts that go into a bundle: without whole files, environments and other users' commands.

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
