// `tsv fleet invite`: makes invitations, with which devices join.

import { err, ok } from "../../core/base/result.ts";
import { parseDuration } from "../../core/config/quantities.ts";
import { HUB_FILES } from "../../core/fleet/hub-files.ts";
import { type Member, nameTaken, withMember } from "../../core/fleet/members.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { FLEET_NAME } from "../../core/fleet/subjects.ts";
import { tokenOf } from "../../core/fleet/token.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import { readFileText } from "../host/files.ts";
import { newKeyPair } from "../nats/keys.ts";
import { changeOnHub } from "./change.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

const USUAL_VALIDITY = "1h";
/** Seconds. */
const LONGEST_VALIDITY = 366 * 86_400;

export const invite: HubVerb = {
  usage: "tsv fleet invite [options] <device...>",
  summary: "print tokens, with which devices join",
  about: [
    "Print a token for each device, one a line, on the hub. The device joins with it: tsv fleet join. A token works once; it is a secret until then. A new token for a device replaces the one before.",
  ],
  options: [
    ["--valid <time>", `how long: 30m, 1h, 7d (default: ${USUAL_VALIDITY})`, addSetting],
    DIR_OPTION,
  ],
  examples: [
    ["tsv fleet invite pi-7", "a token for one device"],
    ["tsv fleet invite --valid 7d pi-7 pi-8 > tokens", "for two, which join within a week"],
  ],
  run: runInvite,
};

async function runInvite(call: Call): Promise<number> {
  const names = [...new Set(call.given.words)];
  if (names.length === 0) return call.misused("fleet invite requires the names of devices");
  const wrong = names.find((name) => !FLEET_NAME.test(name));
  if (wrong !== undefined) {
    return call.misused(`'${wrong}' is no name: use letters, digits, _ and -, at most 63`);
  }
  const seconds = parseDuration(call.option("--valid") ?? USUAL_VALIDITY);
  if (!seconds.ok || seconds.value < 1 || seconds.value > LONGEST_VALIDITY) {
    return call.misused("--valid takes a time such as 30m, 1h or 7d, at most a year");
  }
  const changed = await changeOnHub(call, ({ directory, settings }, before, now) => {
    const authority = readFileText(`${directory}/${HUB_FILES.authority}`);
    if (!authority.ok) return authority;
    const until = now + Math.round(seconds.value * 1000);
    let members: readonly Member[] = before;
    const tokens: { readonly name: string; readonly token: string }[] = [];
    for (const name of names) {
      const taken = nameTaken(members, name, "invitation");
      if (taken !== null) return err(taken);
      const { seed, key } = newKeyPair();
      members = withMember(members, { kind: "invitation", name, key, until });
      const ca = settings.hasAuthority ? authority.value : null;
      tokens.push({ name, token: tokenOf({ url: settings.url, ca, seed, name, until }) });
    }
    return ok({ members, result: { tokens, until: new Date(until).toISOString() } });
  });
  if (!changed.ok) return changed.error;
  const { tokens, until } = changed.value;
  for (const { name, token } of tokens) {
    call.terminal.write(`${token}\n`);
    call.result({ name, token, until });
  }
  return FLEET_EXIT.OK;
}
