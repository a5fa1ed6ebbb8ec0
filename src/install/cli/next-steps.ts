// The next steps for the user after an installation.

import { ownUser } from "../../host/system/own-names.ts";
import { isLingering } from "../host/service-facts.ts";
import type { InstallFacts } from "../plan/install-facts.ts";
import type { PlanInput } from "../plan/plan-input.ts";
import { whichOne } from "../plan/request.ts";
import { serviceThere } from "../plan/service-there.ts";
import { INIT_SYSTEMS } from "../services/registry.ts";

/** The last lines of a successful run. */
export function nextSteps(input: PlanInput, facts: InstallFacts): string {
  const { request, config, service } = input;
  const isThere = service !== null || serviceThere(input) !== null;
  if (request.root !== "/") {
    const boots = isThere ? "tsv starts when it boots" : "to start tsv at boot, use --boot";
    return `\n${request.root} is set up. ${boots}.\n`;
  }
  const isUsual = request.name === "tsv" && config.path === facts.layout.config;
  const named = isUsual && request.scope === "system" ? "" : ` -c ${config.path}`;
  const place =
    config.path === facts.layout.config
      ? `write ${facts.layout.includeDirectory}/NAME.conf`
      : `write it into ${config.path} or an included file`;
  if (service === null && isThere) {
    return `\ntsv is set up; its service is unchanged: tsv install --status${optionsOf(input)}\n`;
  }
  if (service === null) {
    const sudo = request.scope === "user" ? "" : "sudo ";
    const again = `${sudo}${input.executable.path} install --boot${optionsOf(input)}`;
    return `
tsv is set up, and not started.
  start it at boot:   ${again}
  or by hand:         ${input.executable.path} daemon -n -c ${config.path}
`;
  }
  const answers = config.server === null ? "tsv runs." : `tsv answers on ${config.server}.`;
  const member =
    request.scope === "user" || config.path !== facts.layout.config
      ? ""
      : `  use it without sudo:  sudo usermod -aG ${request.group} ${process.env["SUDO_USER"] ?? "NAME"}\n`;
  const login =
    INIT_SYSTEMS[service.init].needsLingering &&
    request.scope === "user" &&
    !isLingering(ownUser().name)
      ? `  start at boot instead of login: sudo loginctl enable-linger ${ownUser().name}\n`
      : "";
  return `
${answers}
  see what runs:        tsv status${named}
  add a program:        ${place}, then: tsv update${named}
${member}${login}`;
}

/** The options with which `tsv install` finds this installation again. */
function optionsOf({ request }: PlanInput): string {
  const { group } = request;
  const words = [...whichOne(request), ...(group === "tsv" ? [] : ["--group", group])];
  return words.map((word) => ` ${word}`).join("");
}
