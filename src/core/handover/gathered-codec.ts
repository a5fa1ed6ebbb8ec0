// What was gathered for the environment of a running program, in a handover. It is in memory, as all of the document is.

import type { EnvVariable } from "../environment/env-file.ts";
import {
  type Gathered,
  type GatheredFile,
  NOTHING_GATHERED,
  type UserEntry,
} from "../environment/gathered.ts";
import { type Codec, list, natural, nullable, object, since, text } from "./codec.ts";

const variables = list(object<EnvVariable>({ name: text, value: text, line: natural }));

/** Older versions have nothing of it. */
export const gatheredCodec: Codec<Gathered> = since(
  object<Gathered>({
    user: nullable(object<UserEntry>({ name: text, home: text, shell: text })),
    files: list(object<GatheredFile>({ path: text, variables })),
    command: nullable(variables),
  }),
  NOTHING_GATHERED,
);
