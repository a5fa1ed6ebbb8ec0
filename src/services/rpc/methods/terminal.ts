// tsv.*: methods that Supervisor lacks. The terminals of programs that have tty=true.

import { err } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { type Method, method } from "../method.ts";
import { named, resolveProcess } from "../namespec.ts";
import { integer, text } from "../params.ts";

/** The kernel keeps both numbers in 16 bits, and programs allocate by their product. */
const MAX_SIDE = 9999;

/** The methods of this area. */
export const TERMINAL_METHODS: readonly Method[] = [
  method({
    name: "setWindowSize",
    params: [text("name"), integer("rows"), integer("columns")],
    returns: "boolean",
    permission: "control",
    help:
      "Sets the window size of the terminal that a process with tty=true runs on; the process gets SIGWINCH when that " +
      "changes it. Faults: BAD_NAME, BAD_ARGUMENTS when a side is not 1 to 9999, NOT_RUNNING, NO_FILE when it has no " +
      "terminal, FAILED.",
    run({ supervisor }, [name, rows, columns]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      if (!isSide(rows) || !isSide(columns)) {
        return err(fault("BAD_ARGUMENTS", `${rows} rows, ${columns} columns: 1 to ${MAX_SIDE}`));
      }
      return named(supervisor.resize(process.value.key, { rows, columns }), name);
    },
  }),
];

function isSide(size: number): boolean {
  return size >= 1 && size <= MAX_SIDE;
}
