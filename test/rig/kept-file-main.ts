// Replaces a kept file in a process of its own, which a test kills: kept-file-main PATH TEXT, the text in pieces of one byte.

import { createKeptFile } from "../../src/host/files/kept-file.ts";

const [, , path = "", text = ""] = process.argv;
const parts = Array.from(text, (letter) => Buffer.from(letter));
process.exitCode = (await createKeptFile(path).replace(parts, 1, () => true)) === null ? 0 : 1;
