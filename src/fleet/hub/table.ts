// The verbs of `tsv fleet` that make members of a fleet, by their names.

import { hub } from "./hub.ts";
import { init } from "./init.ts";
import { invite } from "./invite.ts";
import { join } from "./join.ts";
import { leave } from "./leave.ts";
import { members } from "./members.ts";
import { operator } from "./operator.ts";
import { relay } from "./relay.ts";
import { revoke } from "./revoke.ts";
import type { HubVerb } from "./verb.ts";

export const HUB_VERBS: ReadonlyMap<string, HubVerb> = new Map(
  Object.entries({ init, invite, join, leave, members, operator, relay, revoke, hub }),
);
