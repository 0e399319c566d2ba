import { serializeError, TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { decide, ruleText } from "../../core/policy.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseText } from "../flags.ts";
import { note, warn } from "../output/errors.ts";
import { printJson } from "../reading.ts";
import { readInput } from "../task_input.ts";
import { findTask } from "../tasks.ts";
import { WITHOUT_RULES } from "./list.ts";

interface Flags {
  readonly args?: string;
  readonly json?: boolean;
  readonly db?: string;
}

export const policyCheckCommand = command<Flags>({
  brief: "Say which rule decides about a call, without making it",
  usage: [
    "TASK SERVICE METHOD [--args JSON]",
    {
      input: `tidy-up gapi gmail.users.messages.trash --args '[{"userId":"ann@example.com","id":"1"}]'`,
      brief: "A call with its arguments",
    },
  ],
  flags: {
    args: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "json",
      brief: "The call's arguments, a JSON array; @file or - for stdin [default: []]",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [
    { placeholder: "task", brief: "Name of the task whose code makes the call" },
    { placeholder: "service", brief: "gapi or http" },
    { placeholder: "method", brief: "Such as gmail.users.messages.list, or fetch" },
  ],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = async (context, flags, [task, service, method]) => {
  const args = flags.args === undefined ? [] : await readInput(flags.args, context, "--args");
  if (!Array.isArray(args)) {
    throw new TaskerError("USAGE", "--args takes the call's arguments as a JSON array", {
      hint: `such as --args '[{"userId": "ann@example.com"}]'`,
    });
  }
  return run({
    database: context.databasePath(flags.db),
    task: task!,
    service: service!,
    method: method!,
    args: args as readonly Json[],
    json: flags.json ?? false,
  }, context);
};

export interface CheckOptions {
  readonly database: string;
  readonly task: string;
  readonly service: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly json: boolean;
}

export async function run(options: CheckOptions, context: Context): Promise<ExitCode> {
  const { withServices } = await import("../services.ts");
  const { intended } = await import("../../engine/policy_gate.ts");
  return await withServices(context, options.database, async (services, store) => {
    const { manifest } = store.taskFunctions.latest(options.task) ??
      await findTask({ name: options.task, store: undefined, now: context.now() });
    const service = services.get(options.service);
    if (service.intent === undefined) {
      throw new TaskerError("USAGE", `${service.name} is under no policy: its calls stay on this machine`, {
        hint: "gapi and http leave it",
      });
    }
    const call = { method: options.method, args: options.args, manifest };
    const intent = service.intent(call);
    const { effect, rule } = decide(store.policy.all(), intended(options.task, service.name, intent));
    const refused = whyNot(() => services.forTask(service.name, manifest).traits(call));
    if (options.json) {
      printJson(context, { effect, rule: rule ?? null, writes: intent.writes, refused: refused ?? null });
      return EXIT.ok;
    }
    const why = rule === undefined
      ? `no rule fits, and it ${intent.writes ? "writes" : "only reads"} (${WITHOUT_RULES})`
      : `rule ${rule.id}: ${ruleText(rule)}`;
    context.terminal.out(`${effect}\n`);
    note(context.terminal, why);
    if (refused !== undefined) warn(context.terminal, `it fails before that: ${refused.message}`);
    return EXIT.ok;
  });
}

function whyNot(work: () => unknown) {
  try {
    work();
  } catch (error) {
    return serializeError(error);
  }
}
