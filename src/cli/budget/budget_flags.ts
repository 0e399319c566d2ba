import { type Budget, BUDGET_SPANS, type BudgetSpan, type Measure, MEASURES, parseAmount } from "../../core/budget.ts";
import { ClockFace } from "../../core/clock_face.ts";
import { TaskerError } from "../../core/errors.ts";
import { matchesGlob } from "../../core/glob.ts";
import { parseText } from "../flags.ts";
import { type PatternFlags, patternFlags, patternsOf } from "../policy/rule_flags.ts";

const amount = { kind: "parsed", parse: parseText, optional: true, placeholder: "n" } as const;

/** How much of what, of which calls. */
export const budgetFlags = {
  calls: { ...amount, brief: "So many calls; each attempt that leaves the machine is one" },
  units: { ...amount, brief: "So many of Google's quota units, as gapi knows them of each method" },
  bytes: {
    ...amount,
    placeholder: "size",
    brief: "So many bytes of the bodies of requests and answers, such as 500MB",
  },
  money: { ...amount, placeholder: "sum", brief: "So much money, such as 2.50, at the prices that are given" },
  pricePerCall: { ...amount, placeholder: "sum", brief: "What a call is taken to cost" },
  pricePerUnit: { ...amount, placeholder: "sum", brief: "What a quota unit is taken to cost" },
  per: {
    kind: "enum",
    values: BUDGET_SPANS,
    optional: true,
    brief: "For each run, with all runs nested in it, or for each day",
  },
  timezone: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "zone",
    brief: "Whose midnight begins a day, such as Europe/Berlin [default: this machine's]",
  },
  ...patternFlags,
} as const;

export type BudgetFlags =
  & PatternFlags
  & { readonly [measure in Measure]?: string }
  & {
    readonly pricePerCall?: string;
    readonly pricePerUnit?: string;
    readonly per?: BudgetSpan;
    readonly timezone?: string;
  };

/** A budget's name: a word in every shell. */
const NAME = /^[A-Za-z0-9][\w.-]{0,59}$/;

/**
 * The budget that flags ask for. Of one that is there, what they leave out stays. Throws USAGE for what says too little or
 * could count nothing. `zone`: this machine's.
 */
export function budgetOf(name: string, flags: BudgetFlags, known: Budget | undefined, zone: string): Budget {
  if (!NAME.test(name)) {
    throw new TaskerError("USAGE", `${name} is no name of a budget`, {
      hint: "a name is 1 to 60 letters, digits, dots, dashes and underscores",
    });
  }
  const { measure, limit } = amountOf(flags, known);
  const per = flags.per ?? known?.per;
  if (per === undefined) {
    throw new TaskerError("USAGE", "--per is missing", { hint: "say --per run or --per day" });
  }
  const where = flags.where ?? known?.where.map(({ of, is }) => `${of}=${is}`) ?? [];
  const { task = known?.task, service = known?.service, method = known?.method } = flags;
  const patterns = patternsOf({
    ...(task === undefined ? {} : { task }),
    ...(service === undefined ? {} : { service }),
    ...(method === undefined ? {} : { method }),
    where,
  });
  const prices = pricesOf(measure, flags, known);
  if ((measure === "units" || prices.pricePerUnit > 0) && !matchesGlob("gapi", patterns.service)) {
    throw new TaskerError("USAGE", `--service ${patterns.service} has no quota units`, {
      hint: "gapi has; count calls",
    });
  }
  return { name, measure, limit, per, timeZone: timeZoneOf(per, flags, known, zone), ...prices, ...patterns };
}

function amountOf(flags: BudgetFlags, known: Budget | undefined): Pick<Budget, "measure" | "limit"> {
  const given = MEASURES.filter((measure) => flags[measure] !== undefined);
  const [measure] = given;
  if (measure === undefined && known !== undefined) return known;
  if (measure === undefined || given.length > 1) {
    throw new TaskerError("USAGE", measure === undefined ? "how much is missing" : "a budget counts one thing", {
      hint: "give one of --calls, --units, --bytes and --money",
    });
  }
  return { measure, limit: parsed(measure, measure, flags[measure]!) };
}

function pricesOf(
  measure: Measure,
  flags: BudgetFlags,
  known: Budget | undefined,
): Pick<Budget, "pricePerCall" | "pricePerUnit"> {
  const isGiven = flags.pricePerCall !== undefined || flags.pricePerUnit !== undefined;
  if (measure !== "money") {
    if (!isGiven) return { pricePerCall: 0, pricePerUnit: 0 };
    throw new TaskerError("USAGE", `a budget of ${measure} has no price`, { hint: "--money has" });
  }
  if (!isGiven && known?.measure === "money") {
    const { pricePerCall, pricePerUnit } = known;
    return { pricePerCall, pricePerUnit };
  }
  if (!isGiven) {
    throw new TaskerError("USAGE", "--money needs a price: nobody else knows what a call costs", {
      hint: "give --price-per-call, --price-per-unit or both",
    });
  }
  const price = (flag: string, text: string | undefined) => text === undefined ? 0 : parsed(flag, "money", text);
  return {
    pricePerCall: price("price-per-call", flags.pricePerCall),
    pricePerUnit: price("price-per-unit", flags.pricePerUnit),
  };
}

function timeZoneOf(per: BudgetSpan, { timezone }: BudgetFlags, known: Budget | undefined, zone: string): string {
  if (timezone === undefined) return known?.timeZone ?? zone;
  if (per === "run") {
    throw new TaskerError("USAGE", "the budget of a run has no time zone", { hint: "--per day has" });
  }
  try {
    new ClockFace(timezone);
  } catch {
    throw new TaskerError("USAGE", `there is no time zone ${timezone}`, { hint: "such as Europe/Berlin, or UTC" });
  }
  return timezone;
}

const AMOUNTS: Readonly<Record<Measure, string>> = {
  calls: "a whole number above 0",
  units: "a whole number above 0",
  bytes: "a size above 0, such as 500MB or 2GiB",
  money: "a sum above 0 and below a million, such as 2.50, with at most 9 decimals",
};

function parsed(flag: string, measure: Measure, text: string): number {
  const amount = parseAmount(measure, text);
  if (amount !== undefined) return amount;
  throw new TaskerError("USAGE", `--${flag} takes ${AMOUNTS[measure]}, not ${text}`);
}
