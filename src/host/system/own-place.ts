// Where tsv's own code is, as stacks of errors say it.

import { IS_STANDALONE } from "../../version.ts";

/** How the place of each frame of tsv's own begins. Modules of users have absolute paths, and Node's parts "node:". */
export const OWN_PLACE = IS_STANDALONE ? "tsv" : new URL("../../", import.meta.url).href;
