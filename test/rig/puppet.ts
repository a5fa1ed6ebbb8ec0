import { compiled } from "./compiled.ts";

/**
 * The program that does what a test says (puppet.c lists the actions), with the actions as arguments.
 * @returns a command line for a shell, and for `command=` of a program
 */
export function puppet(...actions: readonly string[]): string {
  return [puppetPath(), ...actions.map((action) => `'${action}'`)].join(" ");
}

/** A program that ignores SIGTERM, and prints `up` once it does. */
export const DEAF = puppet("ignore:TERM", "print:up");

/** Where the program is. */
export function puppetPath(): string {
  return compiled("test/rig/puppet.c");
}
