// Which texts of a host may contain secrets, from which the redactor learns them, and which facts go into a bundle.

import { parseEnvFile } from "../../core/environment/env-file.ts";
import { isSecretName, REDACTED } from "../../core/redact/secret-names.ts";
import { groupBy } from "../checks/check.ts";
import { processesOf, readConfig } from "../facts/access.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe, SeenProcess } from "../facts/probe.ts";
import { assignments } from "../facts/service.ts";
import type { Diagnosis } from "../model.ts";
import { createRedactor, type Redactor } from "../redact/redactor.ts";

/** Text of a file, decoded leniently: files that are not UTF-8 may contain secrets, too. */
export function textOf(path: string, probe: Probe): string | null {
  const text = probe.readText(path);
  if (text !== null) return text;
  const bytes = probe.readHead(path, 1 << 20);
  return bytes === null ? null : new TextDecoder("utf-8").decode(bytes);
}

/** The daemons, then all their descendants. */
export function familyOf({ daemons, probe }: DoctorFacts): readonly SeenProcess[] {
  const all = probe.processes();
  const family = all.filter(({ pid }) => daemons.some((daemon) => daemon.pid === pid));
  const pids = new Set(family.map(({ pid }) => pid));
  const childrenOf = groupBy(all, ({ parent }) => parent);
  // The family grows while it is walked.
  for (const { pid } of family) {
    for (const child of childrenOf.get(pid) ?? []) {
      if (!pids.has(child.pid)) family.push(child);
      pids.add(child.pid);
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
export function redactorFor(facts: DoctorFacts): Redactor {
  const { config, caller, service, probe } = facts;
  const family = familyOf(facts);
  const settingsFile = service.layout.environmentFile;
  const settings = settingsFile === null ? "" : (textOf(settingsFile, probe) ?? "");
  const read = readConfig(facts);
  const processes = processesOf(facts);
  const envFiles = new Set(processes.flatMap((one) => one.envFiles.map(({ path }) => path)));
  const passwords = [
    ...(read?.servers ?? []).map(({ credentials }) => credentials?.password ?? ""),
    ...(read?.users ?? []).flatMap(({ password, token }) => [password ?? "", token ?? ""]),
    ...(read?.receivers ?? []).map(({ url }) => url ?? ""),
    config.ctl?.password ?? "",
  ];
  return createRedactor({
    configs: config.files.flatMap((file) => textOf(file, probe) ?? []),
    environments: [
      caller.environment,
      config.environment,
      assignments(settings),
      read?.daemon.environment ?? {},
      ...family.map(({ pid }) => probe.environment(pid) ?? {}),
      ...processes.map(({ environment }) => environment),
      ...Array.from(envFiles, (path) => envFileOf(textOf(path, probe) ?? "")),
      ...passwords.map((password) => ({ PASSWORD: password })),
    ],
    units: [
      service.file?.text ?? "",
      settings,
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

// The parts of a diagnosis and of the facts that go into a bundle: no whole files, environments and other users' commands.

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
export function shownDiagnosis({ findings, ...rest }: Diagnosis): object {
  const shown = findings.map(({ repair: { steps, ...repair }, ...finding }) => {
    const kinds = steps.map(({ step, now, will }) => {
      return { kind: step.kind, path: "path" in step ? step.path : null, now, will };
    });
    return { ...finding, repair: { ...repair, steps: kinds } };
  });
  return { findings: shown, ...rest };
}

/** Without parts that have their own file in the bundle, or that only checks need. */
export function shownFacts(facts: DoctorFacts, redactor: Redactor): object {
  const { probe, config, service, caller, daemons, daemon, ...rest } = facts;
  const { file: _file, properties: _properties, restoration, supervisors, ...known } = service;
  const { path, chosenBy, search, files, daemonUid } = config;
  const error = config.daemon?.ok === false ? config.daemon.error : null;
  const { environment: _environment, ...user } = caller;
  return {
    ...rest,
    caller: user,
    config: {
      ...{ path, chosenBy, search, files, daemonUid },
      // Its text may contain a value; diagnosis.json has it without.
      error: error === null ? null : { ...error, text: undefined },
    },
    daemons: daemons.map((one) => ({ ...one, command: redactor.command(one.command) })),
    daemon: daemon?.pid ?? null,
    listeners: probe.listeners().filter(({ pid }) => daemons.some((one) => one.pid === pid)),
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
