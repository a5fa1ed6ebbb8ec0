// Makes checks and gathers what they say.

import { thrownMessage } from "../../core/base/thrown.ts";
import { isConfigHidden } from "../facts/hidden-config.ts";
import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { doubtOf, withheld } from "../repairs/withheld.ts";
import type { Check } from "./check.ts";

/** Makes every check. One that fails is told as something that could not be seen, and the others go on. */
export function examineHost(
  checks: readonly Check[],
  situation: Situation,
  probe: Probe,
): Diagnosis {
  const findings: CodedFinding[] = [];
  const unseen: { code: string; area: Check["area"]; what: string }[] = [];
  const first = unread(checks, situation);
  const why = isConfigHidden(situation, probe) ? HIDDEN : UNREAD;
  const doubt = doubtOf(situation, probe);
  for (const check of checks) {
    const { code, area } = check;
    if (first.has(check)) unseen.push({ code, area, what: why });
    try {
      for (const said of check.look(situation, probe)) {
        if ("unseen" in said) unseen.push({ code, area, what: said.unseen });
        else
          findings.push({ ...said, repair: withheld(said.repair, doubt, situation), code, area });
      }
    } catch (error) {
      unseen.push({ code, area, what: `this check itself failed: ${thrownMessage(error)}` });
    }
  }
  return { findings, unseen, checked: checks.map(({ code, area }) => ({ code, area })) };
}

const UNREAD = "everything here: the configuration has to be put right first";
const HIDDEN = "everything here: what the configuration says (needs root)";

/** The first check of each area that looks at what the configuration says, while it cannot be read as a whole. */
function unread(checks: readonly Check[], { config }: Situation): ReadonlySet<Check> {
  if (config.daemon?.ok !== false) return new Set();
  const areas = ["socket", "programs", "logs", "security"] as const;
  return new Set(areas.flatMap((area) => checks.find((check) => check.area === area) ?? []));
}

/** Two findings of different looks that are about the same thing. */
export function isSame(left: CodedFinding, right: CodedFinding): boolean {
  return left.code === right.code && left.subject === right.subject;
}
