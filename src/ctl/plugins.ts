// Actions of [ctlplugin:x] sections: those of users' JavaScript modules, with the types that docs/plugins.md documents. The actions
// of well-known Python plugins that tsv replaces name the replacement. A section that cannot be loaded causes a warning on standard
// error; everything else works without it.

import { err, ok, type Result } from "../core/base/result.ts";
import type { FactoryConfig } from "../core/config/model.ts";
import { REPLACED_PLUGINS } from "../core/plugins/known.ts";
import {
  type Callable,
  callFactory,
  isCallable,
  toPlain,
  toWireParams,
  UNKNOWN_FACTORY,
} from "../core/plugins/module.ts";
import type { ModuleLoader } from "../ports/module-loader.ts";
import { parseCommandLine } from "./command-line.ts";
import { findCommand } from "./commands/table.ts";
import {
  type Command,
  type CommandContext,
  type CtlPlugin,
  EXIT,
  runCommand,
  type Usage,
} from "./context.ts";
import { type CallFailure, failureText, UnhandledFailure } from "./failure.ts";

/** Loads the plugins of a configuration. */
export async function loadPlugins(
  sections: readonly FactoryConfig[],
  loader: ModuleLoader,
  warn: (text: string) => void,
): Promise<readonly CtlPlugin[]> {
  const plugins: CtlPlugin[] = [];
  for (const section of sections) {
    const commands = await actionsOf(section, loader);
    if (commands.ok) plugins.push({ name: section.name, commands: commands.value });
    else {
      const { name, factory, origin } = section;
      warn(
        `[ctlplugin:${name}] (${origin.file}, line ${origin.line}): its actions are missing, because of ` +
          `supervisor.ctl_factory=${factory}: ${commands.error}`,
      );
    }
  }
  return plugins;
}

async function actionsOf(
  section: FactoryConfig,
  loader: ModuleLoader,
): Promise<Result<readonly Command[], string>> {
  const { module, factory } = section;
  if (module !== null) {
    const loaded = await loader.load(module);
    return loaded.ok ? createModuleActions(loaded.value, section) : loaded;
  }
  const replaced = REPLACED_PLUGINS.get(factory.trim());
  if (replaced === undefined) return err(UNKNOWN_FACTORY);
  return ok(replaced.actions.map((name) => replacedAction(name, replaced.replacement)));
}

/** An action that tsv does not have: it fails and names the replacement. */
function replacedAction(name: string, replacement: string): Command {
  return {
    name,
    usage: [[name, `Not part of tsv: ${replacement}`]],
    async run(context) {
      context.fail(`${name}: ERROR (not part of tsv: ${replacement})`, EXIT.GENERIC);
    },
  };
}

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

/** Gets the rest of the line after the name of the action. ctl waits for a promise. */
export type CtlModuleFunction = (argument: string) => unknown;

/** Access to ctl while an action of the module runs. */
export interface CtlModuleApi {
  /** Where the daemon listens. */
  readonly serverUrl: string;
  /** Calls a method of the daemon. @throws an error; `faultCode` and `faultString` are null unless it is a fault */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Runs another action, such as "restart web". @returns its exit status */
  run(line: string): Promise<number>;
  /** Prints a line. */
  print(line: string): void;
  /** Prints an error line and sets the exit status, 1 by default. */
  fail(line: string, exitStatus?: number): void;
}

/** The names that parseCommandLine() accepts. */
const ACTION_NAME = /^[A-Za-z0-9_]+$/;

/** The error of a call for a module: a fault with its code, or another failure. */
class CallError extends Error {
  readonly failure: CallFailure;
  readonly faultCode: number | null;
  readonly faultString: string | null;

  constructor(failure: CallFailure) {
    super(failure.kind === "fault" ? failure.text : failureText(failure));
    this.name = "CallError";
    this.failure = failure;
    this.faultCode = failure.kind === "fault" ? failure.code : null;
    this.faultString = failure.kind === "fault" ? failure.text : null;
  }
}

/**
 * Makes the actions of a section from the factory that its module exports.
 * @returns the actions, or in one sentence why there are none
 */
function createModuleActions(
  factory: unknown,
  section: Pick<FactoryConfig, "arguments">,
): Result<readonly Command[], string> {
  const running: Running = { context: null };
  const args = [createApi(running), { ...section.arguments }];
  const made = callFactory(factory, args, "actions", String);
  if (!made.ok) return made;
  const commands: Command[] = [];
  for (const [name, value] of made.value) {
    const command = readAction(name, value, running);
    if (!command.ok) return err(`its action ${name} cannot be used: ${command.error}`);
    commands.push(command.value);
  }
  return ok(commands);
}

/** The action that runs; ctl runs one at a time. */
interface Running {
  context: CommandContext | null;
}

function createApi(running: Running): CtlModuleApi {
  const current = (): CommandContext => {
    if (running.context === null) throw new Error("ctl can be used only while an action runs");
    return running.context;
  };
  return Object.freeze({
    get serverUrl() {
      return current().serverUrl;
    },
    async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
      const { client } = current();
      const result = await client.call(String(method), toWireParams(method, params));
      if (!result.ok) throw new CallError(result.error);
      return toPlain(result.value);
    },
    async run(line: string): Promise<number> {
      const parsed = parseCommandLine(String(line));
      const command = parsed.kind === "action" ? findCommand(parsed.name) : null;
      if (parsed.kind !== "action" || command === null) {
        throw new Error(`there is no action for "${line}"`);
      }
      const outer = current();
      const own = outer.fork();
      await runCommand(command, own, parsed.argument);
      if (own.exitStatus !== EXIT.OK) outer.exitStatus = own.exitStatus;
      return own.exitStatus;
    },
    print: (line: string) =>
      current().report.item({
        line: String(line),
        data: { line: String(line) },
        output: "filtered",
      }),
    fail: (line: string, exitStatus: number = EXIT.GENERIC) =>
      current().fail(String(line), exitStatus),
  });
}

function readAction(name: string, value: unknown, running: Running): Result<Command, string> {
  if (!ACTION_NAME.test(name)) return err("a name has letters, digits and underscores only");
  if (isCallable(value)) return ok(toCommand(name, [[name, ""]], value, running));
  if (typeof value !== "object" || value === null || !("run" in value) || !("help" in value)) {
    return err("it is neither a function nor an object with run and help");
  }
  const { run, help } = value;
  if (!isCallable(run)) return err("its run is not a function");
  if (typeof help !== "string") return err("its help is not a string");
  const lines = help.trim().split("\n");
  const usage = lines.map((line): Usage => [line.trimEnd(), ""]);
  return ok(toCommand(name, usage, run.bind(value), running));
}

function toCommand(
  name: string,
  usage: readonly Usage[],
  act: Callable,
  running: Running,
): Command {
  return {
    name,
    usage,
    async run(context, _, argument) {
      const before = running.context;
      running.context = context;
      try {
        await act(argument);
      } catch (error) {
        // An uncaught error is shown like the failure of any other action, and asks for a password if that is it.
        if (error instanceof CallError) throw new UnhandledFailure(error.failure);
        throw error;
      } finally {
        running.context = before;
      }
    },
  };
}
