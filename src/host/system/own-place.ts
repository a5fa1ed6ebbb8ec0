// The location of tsv's own code, as it appears in stacks of errors.

import { IS_STANDALONE } from "./standalone.ts";

/** How the place of each frame of tsv's own begins. Modules of users have absolute paths, and Node's parts "node:". */
export const OWN_PLACE = IS_STANDALONE ? "tsv" : new URL("../../", import.meta.url).href;
