// Runs `tsv doctor` as a child of the daemon, of the same executable and for the same configuration.

import { err, ok, type Result } from "../../core/base/result.ts";
import { ownImage } from "../upgrade/executable.ts";
import { exitText, type Helpers } from "./helpers.ts";

/** Doctor waits two seconds for a server that does not answer; a Raspberry Pi with a busy card needs longer to start it. */
const LIMIT_MS = 60_000;
/** Of its answer. A finding is about 500 bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** @param config the absolute path of the configuration @returns what `tsv doctor --json` printed, or why it printed nothing */
export async function runDoctor(
  helpers: Pick<Helpers, "run">,
  config: string,
): Promise<Result<string, string>> {
  const pieces: Buffer[] = [];
  const stop = new AbortController();
  let length = 0;
  const outcome = await helpers.run({
    ...ownImage(["doctor", "--json", "-c", config]),
    env: process.env,
    descriptors: [],
    timeoutMs: LIMIT_MS,
    output(piece) {
      length += piece.length;
      if (length > MOST_BYTES) stop.abort();
      else pieces.push(Buffer.from(piece));
    },
    end: stop.signal,
  });
  if (typeof outcome === "string") return err(`tsv doctor cannot be started: ${outcome}`);
  const { death, stderr } = outcome;
  if (length > MOST_BYTES) return err(`tsv doctor printed more than ${MOST_BYTES >> 20} MB`);
  if (death === null) return err(`tsv doctor took longer than ${LIMIT_MS / 1000} seconds`);
  if (length === 0) return err(`tsv doctor ${exitText(death, stderr)}`);
  return ok(Buffer.concat(pieces).toString());
}
