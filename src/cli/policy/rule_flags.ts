import { TaskerError } from "../../core/errors.ts";
import { didYouMean } from "../../core/did_you_mean.ts";
import { matchesGlob } from "../../core/glob.ts";
import { OUTSIDE_SERVICES } from "../../core/manifest.ts";
import type { CallPatterns, Condition } from "../../core/policy.ts";
import { parseText } from "../flags.ts";

/** Which calls: as flags that several commands share. */
export const patternFlags = {
  task: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "pattern",
    brief: "Of these tasks; * stands for anything [default: *]",
  },
  service: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "pattern",
    brief: `To these services: ${OUTSIDE_SERVICES.join(", ")} [default: *]`,
  },
  method: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "pattern",
    brief: "Of these methods, such as 'gmail.users.messages.*' [default: *]",
  },
  where: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    variadic: true,
    placeholder: "name=pattern",
    brief: "With an argument that is so, such as 'userId=*@example.com'; given several times, all must be",
  },
} as const;

export interface PatternFlags {
  readonly task?: string;
  readonly service?: string;
  readonly method?: string;
  readonly where?: readonly string[];
}

/** Characters of a pattern. */
const LONGEST = 500;

/** The patterns that flags give. Throws USAGE for those that no call can fit. */
export function patternsOf({ task = "*", service = "*", method = "*", where = [] }: PatternFlags): CallPatterns {
  const texts = [["task", task], ["service", service], ["method", method], ...where.map((text) => ["where", text])];
  for (const [name, text] of texts as [string, string][]) {
    if (text !== "" && text.length <= LONGEST) continue;
    throw new TaskerError("USAGE", `--${name} takes a pattern of 1 to ${LONGEST} characters`, {
      hint: "* stands for anything; leave the flag out to mean all",
    });
  }
  if (!OUTSIDE_SERVICES.some((name) => matchesGlob(name, service))) {
    throw new TaskerError("USAGE", `--service ${service} is none that leaves this machine`, {
      hint: `${didYouMean(service, OUTSIDE_SERVICES)} ${OUTSIDE_SERVICES.join(" and ")} do`,
    });
  }
  if (service.toLowerCase() === "http" && !matchesGlob("fetch", method)) {
    throw new TaskerError("USAGE", `http has one method, fetch: nothing fits --method ${method}`, {
      hint: `of requests it is a condition: --where method=${method}`,
    });
  }
  return { task, service, method, where: where.map(conditionOf) };
}

function conditionOf(text: string): Condition {
  const at = text.indexOf("=");
  if (at > 0) return { of: text.slice(0, at), is: text.slice(at + 1) };
  throw new TaskerError("USAGE", `--where ${text} is no condition`, {
    hint: "write the name of an argument and a pattern: --where 'userId=*@example.com'",
  });
}
