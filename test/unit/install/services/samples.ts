// Descriptions of services for tests, and how they read in golden files.

import { readFileSync } from "node:fs";
import { layoutFor } from "../../../../src/install/plan/layout.ts";
import type { ServiceCommand } from "../../../../src/install/plan/steps.ts";
import type {
  ServiceDescription,
  ServiceFiles,
} from "../../../../src/install/services/init-system.ts";

/** Templates as they are in the checkout; tests run in its root. */
export const templates = (name: string): string => readFileSync(`initscripts/${name}`, "utf8");

/** What a sample differs in. */
export type SampleOptions = Partial<Omit<ServiceDescription, "facts" | "layout">> & {
  readonly facts?: Partial<ServiceDescription["facts"]>;
  readonly layout?: Partial<ServiceDescription["layout"]>;
  readonly platform?: "linux" | "darwin";
};

/** A service of the system as `tsv install --boot` describes it on a plain host. */
export function sampleService(options: SampleOptions = {}): ServiceDescription {
  const { facts, layout: places, platform = "linux", ...rest } = options;
  const { name = "tsv", scope = "system" } = rest;
  const home = platform === "darwin" ? "/Users/ada" : "/home/ada";
  const layout = {
    ...layoutFor({
      platform,
      scope,
      name,
      home,
      runtimeDirectory: platform === "linux" ? "/run/user/1000" : null,
      hasSysconfig: false,
    }),
    ...places,
  };
  return {
    name,
    scope,
    executable: layout.executable,
    config: layout.config,
    layout,
    stopTimeoutSeconds: 30,
    openFiles: 1024,
    group: "tsv",
    waitOnline: false,
    isPackaged: false,
    ...rest,
    facts: {
      isImage: false,
      registration: "update-rc.d",
      isRegistered: false,
      scanDirectories: ["/etc/service"],
      user: { uid: 1000, home },
      lingered: false,
      ...facts,
    },
  };
}

/** Everything that a service needs, as text for people to compare. */
export function asText(service: ServiceFiles): string {
  const lines = service.directories.map((path) => `== directory ${path}`);
  for (const { path, text, mode, what } of service.files) {
    lines.push(`== file ${path} 0${mode.toString(8)}: ${what}`, text.replace(/\n$/, ""));
  }
  for (const { path, target } of service.links) lines.push(`== link ${path} -> ${target}`);
  for (const command of service.enable) lines.push(`== enable: ${commandText(command)}`);
  lines.push(`== start: ${commandText(service.start)}`, `== stop: ${commandText(service.stop)}`);
  for (const command of service.forget) lines.push(`== forget: ${commandText(command)}`);
  lines.push(`== is running: ${argvText(service.isRunning)}`);
  if (service.isEnabled !== null) lines.push(`== is enabled: ${argvText(service.isEnabled)}`);
  lines.push(`== main file: ${service.mainFile}`);
  for (const [what, argv] of Object.entries(service.byHand)) {
    lines.push(`== ${what} by hand: ${argvText(argv)}`);
  }
  for (const [kind, paths] of Object.entries(service.leftovers)) {
    lines.push(`== leftover ${kind}: ${paths.join(" ")}`);
  }
  lines.push(`== trouble: ${argvText(service.showOutput)}`);
  return `${lines.join("\n")}\n`;
}

function commandText({ argv, undo, what, mayFail }: ServiceCommand): string {
  const back = undo === null ? "" : `\n   undo: ${argvText(undo)}`;
  return `${what}${mayFail ? " (may fail)" : ""}\n   do: ${argvText(argv)}${back}`;
}

function argvText(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}
