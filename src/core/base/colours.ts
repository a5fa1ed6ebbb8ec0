// Whether output has colours: the variables with which users of many programs say what they want.

/** Whether standard output gets colours. @param isTerminal whether it is a terminal */
export function wantsColours(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (isSet("NO_COLOR")) return false;
  // As Node and the programs in it read it: 0 and false forbid.
  if (isSet("FORCE_COLOR")) return !/^(?:0|false)$/.test(env["FORCE_COLOR"] ?? "");
  if (isSet("CLICOLOR_FORCE") && env["CLICOLOR_FORCE"] !== "0") return true;
  return isTerminal && env["CLICOLOR"] !== "0" && env["TERM"] !== "dumb";
}
