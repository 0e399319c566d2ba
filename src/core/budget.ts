import type { ClockFace } from "./clock_face.ts";
import { matchesGlob } from "./glob.ts";
import { type CallPatterns, fits, type IntendedCall, patternWords } from "./policy.ts";

/** What a budget counts: calls that were made, the quota units of their requests, bytes that went and came, or what they cost. */
export const MEASURES = ["calls", "units", "bytes", "money"] as const;
export type Measure = typeof MEASURES[number];

/** What it is for: a run with all that is nested in it, or a day on the clocks of a zone. */
export const BUDGET_SPANS = ["run", "day"] as const;
export type BudgetSpan = typeof BUDGET_SPANS[number];

/** Money is counted in whole billionths. */
export const BILLION = 1_000_000_000;

/** How much the calls that fit may use. */
export interface Budget extends CallPatterns {
  readonly name: string;
  readonly measure: Measure;
  /** In the measure. */
  readonly limit: number;
  readonly per: BudgetSpan;
  readonly timeZone: string;
  /** Of money: what it takes a call and a quota unit to cost, in billionths. */
  readonly pricePerCall: number;
  readonly pricePerUnit: number;
}

/** What a call uses. */
export interface Usage {
  readonly calls: number;
  readonly units: number;
  readonly bytes: number;
}

/** What a budget counts of it. */
export function costIn({ measure, pricePerCall, pricePerUnit }: Budget, usage: Usage): number {
  return measure === "money" ? usage.calls * pricePerCall + usage.units * pricePerUnit : usage[measure];
}

/** Whether a call may be made. Of bytes only an estimate is known before: they must be used up to stop one. */
export function hasRoom({ measure, limit }: Budget, { spent, cost }: { spent: number; cost: number }): boolean {
  return measure === "bytes" ? spent < limit : cost === 0 || spent + cost <= limit;
}

/** Whether it counts a call of a task; `tasks`: that task, and those that its run is nested in. */
export function counts(budget: Budget, tasks: readonly string[], call: IntendedCall): boolean {
  return tasks.some((task) => matchesGlob(task, budget.task)) && fits({ ...budget, task: "*" }, call);
}

/** A day on the clocks of a zone: its date, and its moments from the first to the first of the next day, ms. */
export interface Day {
  readonly date: string;
  readonly from: number;
  readonly until: number;
}

const DAY = 24 * 60 * 60_000;

/** It may have 23 or 25 hours, and begin at 1 o'clock where the clocks are put forward at midnight. */
export function dayOf(clock: ClockFace, now: number): Day {
  const midnight = Math.floor(clock.shows(now) / DAY) * DAY;
  const date = new Date(midnight).toISOString().slice(0, "2026-11-27".length);
  return { date, from: clock.moments(midnight)[0], until: clock.moments(midnight + DAY)[0] };
}

/** An amount for people: `1,000 calls`, `2.50`. */
export function amountText(measure: Measure, amount: number): string {
  const number = numberText(measure, amount);
  return measure === "money" ? number : `${number} ${amount === 1 ? measure.slice(0, -1) : measure}`;
}

/** The same without its unit. */
export function numberText(measure: Measure, amount: number): string {
  if (measure !== "money") return amount.toLocaleString("en-US");
  return (amount / BILLION).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 9 });
}

/** A budget in the words that set it. */
export function budgetText(budget: Omit<Budget, "name">): string {
  const { measure, limit, per, timeZone, pricePerCall, pricePerUnit } = budget;
  const prices = { "price-per-call": pricePerCall, "price-per-unit": pricePerUnit };
  return [
    `--${measure} ${plain(measure, limit)}`,
    ...Object.entries(prices).filter(([, price]) => price > 0).map(([flag, price]) =>
      `--${flag} ${plain("money", price)}`
    ),
    `--per ${per}`,
    ...(per === "day" ? [`--timezone ${timeZone}`] : []),
    ...patternWords(budget),
  ].join(" ");
}

/** An amount as a flag takes it. */
function plain(measure: Measure, amount: number): string {
  if (measure !== "money") return String(amount);
  const fraction = String(amount % BILLION).padStart(9, "0").replace(/0+$/, "");
  return `${Math.floor(amount / BILLION)}${fraction === "" ? "" : `.${fraction}`}`;
}

const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_024 ** 2,
  gib: 1_024 ** 3,
};

/** What a flag gives: `1000`, of bytes also `50MB`, of money `2.50`. Undefined when it is no such amount above 0. */
export function parseAmount(measure: Measure, text: string): number | undefined {
  if (measure === "money") {
    const [, whole, fraction = ""] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
    const amount = whole === undefined ? 0 : Number(whole) * BILLION + Number(fraction.padEnd(9, "0"));
    return amount > 0 ? amount : undefined;
  }
  const [, count, unit = ""] = /^(\d{1,15})([A-Za-z]*)$/.exec(text.replaceAll("_", "")) ?? [];
  const size = measure === "bytes" ? SIZES[unit.toLowerCase()] : unit === "" ? 1 : undefined;
  const amount = size === undefined ? 0 : Number(count) * size;
  return amount > 0 && Number.isSafeInteger(amount) ? amount : undefined;
}
