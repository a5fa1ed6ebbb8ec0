// What a user's ctl module is and what it gets: the types that docs/plugins.md documents.

/** Makes the actions of a section; called once, when the first of them is wanted. */
export type CtlModuleFactory = (
  ctl: CtlModuleApi,
  /** The other keys of the section. */
  options: Readonly<Record<string, string>>,
) => Readonly<Record<string, CtlModuleAction>>;

/** An action: a function, or one with the lines that `help <action>` prints. */
export type CtlModuleAction =
  | CtlModuleFunction
  | { readonly help: string; readonly run: CtlModuleFunction };

/** Gets what stands behind the action's name in the line. A promise is waited for. */
export type CtlModuleFunction = (argument: string) => unknown;

/** ctl as a module sees it, while one of its actions runs. */
export interface CtlModuleApi {
  /** Where the daemon listens. */
  readonly serverUrl: string;
  /** Calls a method of the daemon. @throws an error with `faultCode` and `faultString`, or one that tells what failed */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Runs another action, such as "restart web". @returns its exit status */
  run(line: string): Promise<number>;
  /** Prints a line. */
  print(line: string): void;
  /** Prints an error line and sets the exit status, 1 unless said otherwise. */
  fail(line: string, exitStatus?: number): void;
}
