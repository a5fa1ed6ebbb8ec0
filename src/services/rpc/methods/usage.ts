// tsv.*: methods that Supervisor lacks. Resource usage of programs.

import { parseNamespec } from "../../../core/base/ids.ts";
import { ok } from "../../../core/base/result.ts";
import { type Method, method } from "../method.ts";

/** The methods of this area. */
export const USAGE_METHODS: readonly Method[] = [
  method({
    name: "getAllProcessUsage",
    params: [],
    returns: "array",
    permission: "read",
    help:
      "The resource usage of each running process with its descendants: group, name, pid, cpu_percent (of one processor, a double; " +
      "-1 where it is too early to say) and memory_bytes (resident, a double). The first answer gives the CPU since the " +
      "program started; while the status page is open, that of the last two seconds. Empty where the host does not tell.",
    always: true,
    async run({ supervisor, usage }) {
      const usages = (await usage?.look()) ?? new Map();
      return ok(
        [...usages].map(([key, { cpuPercent, memoryBytes }]) => {
          const { group, process } = parseNamespec(key);
          const pid = supervisor.process(group, process ?? "")?.pid ?? 0;
          return {
            ...{ group, name: process ?? "", pid },
            cpu_percent: double(cpuPercent ?? -1),
            memory_bytes: double(memoryBytes),
          };
        }),
      );
    },
  }),
];

function double(value: number) {
  return { kind: "double" as const, value };
}
