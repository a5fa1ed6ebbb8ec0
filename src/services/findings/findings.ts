// The findings of tsv doctor, which is run when a client asks for it, one at a time. Only the last ones are kept.

import { err, ok, type Result } from "../../core/base/result.ts";
import { epochSeconds } from "../../core/base/time.ts";
import type { Finding } from "../../core/web/findings-view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Examination, Examined, FindingsApi } from "./api.ts";

interface FindingsDeps {
  /** Runs `tsv doctor --json` for this daemon. @returns what it printed, or why it did not run */
  readonly runDoctor: () => Promise<Result<string, string>>;
  readonly now: Clock["now"];
}

export class Findings implements FindingsApi {
  readonly #deps: FindingsDeps;
  #last: Examined | null = null;
  #running: Promise<Examined> | null = null;

  constructor(deps: FindingsDeps) {
    this.#deps = deps;
  }

  last(): Examined | null {
    return this.#last;
  }

  examine(): Promise<Examined> {
    this.#running ??= this.#examine().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #examine(): Promise<Examined> {
    const printed = await this.#deps.runDoctor();
    const outcome = printed.ok ? readExamination(printed.value) : printed;
    this.#last = { at: epochSeconds(this.#deps.now().wall), outcome };
    return this.#last;
  }
}

/** @param text what `tsv doctor --json` prints */
export function readExamination(text: string): Result<Examination, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return err("tsv doctor printed no JSON");
  }
  const { results, unknown, errors } = members(document);
  const [problem] = array(errors).map((error) => string(members(error)["message"]));
  if (problem !== undefined) return err(`tsv doctor: ${problem}`);
  return ok({
    findings: array(results).map(findingOf),
    unknown: [...new Set(array(unknown).map((one) => string(members(one)["what"])))],
  });
}

function findingOf(result: unknown): Finding {
  const { code, severity, subject, symptom, cause, evidence, place, fix } = members(result);
  const { file, line } = members(place);
  const { advice, commands, automatic } = members(fix);
  return {
    ...{ code: string(code), subject: string(subject), symptom: string(symptom) },
    ...{ cause: string(cause), evidence: array(evidence).map(string) },
    severity: severity === "error" || severity === "warning" ? severity : "info",
    ...{ file: string(file), line: typeof line === "number" ? line : 0 },
    ...{ advice: string(advice), commands: array(commands).map(string) },
    isAutomatic: automatic === true,
  };
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
