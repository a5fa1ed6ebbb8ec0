// What somebody does after an installation: three lines.

import { ownUser } from "../../host/system/own-names.ts";
import { isLingering } from "../host/service-facts.ts";
import type { Site } from "../host/site.ts";
import type { PlanInput } from "../plan/plan-input.ts";
import { serviceThere } from "../plan/service-there.ts";

/** The end of a successful run. */
export function nextSteps(input: PlanInput, site: Site): string {
  const { request, config, service } = input;
  const isThere = service !== null || serviceThere(input) !== null;
  if (request.root !== "/") {
    const boots = isThere
      ? "tsv starts when it boots"
      : "--boot would have tsv start when it boots";
    return `\n${request.root} is set up. ${boots}.\n`;
  }
  const isUsual = request.name === "tsv" && config.path === site.layout.config;
  const named = isUsual && request.scope === "system" ? "" : ` -c ${config.path}`;
  const place =
    config.path === site.layout.config
      ? `write ${site.layout.includeDirectory}/NAME.conf`
      : `write it into ${config.path} or what that includes`;
  if (service === null && isThere) {
    return `\ntsv is set up; its service stays as it is: tsv install --status${whichOne(input)}\n`;
  }
  if (service === null) {
    const sudo = request.scope === "user" ? "" : "sudo ";
    const again = `${sudo}${input.executable.path} install --boot${whichOne(input)}`;
    return `
tsv is set up, and not started.
  start it at boot:   ${again}
  or by hand:         ${input.executable.path} daemon -n -c ${config.path}
`;
  }
  const answers = config.server === null ? "tsv runs." : `tsv answers on ${config.server}.`;
  const member =
    request.scope === "user" || config.path !== site.layout.config
      ? ""
      : `  use it without sudo:  sudo usermod -aG ${request.group} ${process.env["SUDO_USER"] ?? "NAME"}\n`;
  const login =
    service.init === "systemd" && request.scope === "user" && !isLingering(ownUser().name)
      ? `  at boot, not at login: sudo loginctl enable-linger ${ownUser().name}\n`
      : "";
  return `
${answers}
  see what runs:        tsv status${named}
  add a program:        ${place}, then: tsv update${named}
${member}${login}`;
}

/** The words that name this installation to `tsv install`. */
function whichOne({ request: { name, scope, group } }: PlanInput): string {
  const words = [
    ...(scope === "user" ? ["--user"] : []),
    ...(name === "tsv" ? [] : ["--name", name]),
    ...(group === "tsv" ? [] : ["--group", group]),
  ];
  return words.map((word) => ` ${word}`).join("");
}
