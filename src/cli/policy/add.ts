import { TaskerError } from "../../core/errors.ts";
import { POLICY_EFFECTS, type PolicyEffect, ruleText } from "../../core/policy.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseAtLeastOne } from "../flags.ts";
import { note } from "../output/errors.ts";
import { printJson } from "../reading.ts";
import { changeRules } from "./change.ts";
import { type PatternFlags, patternFlags, patternsOf } from "./rule_flags.ts";

type Flags = PatternFlags & { readonly before?: number; readonly json?: boolean; readonly db?: string };

export const policyAddCommand = command<Flags>({
  brief: "Add a rule: calls that fit it are allowed, denied, or asked of a person",
  description:
    "Add a rule for calls that leave this machine. The first rule that fits a call decides, in the order of " +
    "`tasker policy list`; what a rule says with a pattern holds for small and capital letters alike.\n\n" +
    "Conditions are about what a call says by name: for gapi its parameters (userId, requestBody.raw, …) and options; for " +
    "http its url, host, method (in capitals), headers.NAME, body and json.…; of a list, one item must fit.\n\n" +
    "A rule holds from now on, for every call that has not begun.",
  usage: [
    "allow|deny|ask [flags]",
    {
      input: "ask --service gapi --method 'gmail.users.messages.*' --where 'userId=*@example.com'",
      brief: "A person is asked",
    },
    { input: "deny --service http --where method=DELETE", brief: "Fails" },
  ],
  flags: {
    ...patternFlags,
    before: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "rule",
      brief: "Try it before the rule of this number [default: after all]",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "effect", brief: "allow, deny or ask" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [effect]) => {
  if (!POLICY_EFFECTS.includes(effect as PolicyEffect)) {
    throw new TaskerError("USAGE", `a rule cannot ${effect}`, { hint: `begin it with ${POLICY_EFFECTS.join(", ")}` });
  }
  const rule = { effect: effect as PolicyEffect, ...patternsOf(flags) };
  return run({
    database: context.databasePath(flags.db),
    rule,
    before: flags.before,
    json: flags.json ?? false,
  }, context);
};

export interface AddOptions {
  readonly database: string;
  readonly rule: { readonly effect: PolicyEffect } & ReturnType<typeof patternsOf>;
  /** A rule's number. */
  readonly before: number | undefined;
  readonly json: boolean;
}

export async function run(options: AddOptions, context: Context): Promise<ExitCode> {
  const { database, before, json } = options;
  const text = ruleText(options.rule);
  const rule = await changeRules(context, database, { create: true }, (store, { id, who, now }) => {
    if (before !== undefined && !store.policy.all().some((other) => other.id === before)) throw noRule(before);
    const rule = { ...options.rule, id, addedAt: now, addedBy: who };
    store.policy.add(rule, before);
    const place = before === undefined ? "" : `, before rule ${before}`;
    return { result: rule, entry: { event: "rule added", entry: `${id}: ${text}${place}` } };
  });
  if (json) printJson(context, rule);
  else note(context.terminal, `rule ${rule.id}: ${text}`);
  return EXIT.ok;
}

export function noRule(id: number): TaskerError {
  return new TaskerError("NOT_FOUND", `there is no rule ${id}`, { hint: "`tasker policy list` shows the rules" });
}
