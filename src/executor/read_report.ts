import { readCallOptions } from "../core/call_options.ts";
import { parseDuration } from "../core/duration.ts";
import { isJsonObject } from "../core/json.ts";
import type { TurnReport } from "./messages.ts";

/** What a run has issued so far, and how many turns were asked for: what its next report must fit. */
export interface ExpectedReport {
  /** Highest `seq` issued before. */
  readonly issued: number;
  /** Log lines written before. */
  readonly lines: number;
  /** Turns that were asked for; an outcome may end the report earlier. */
  readonly turns: number;
}

/**
 * The TurnReport in a message from an isolate. Undefined when the text is not exactly what an unharmed isolate would
 * send at this point: nothing else it claims is to be believed.
 */
export function readReport(text: unknown, expected: ExpectedReport): TurnReport | undefined {
  if (typeof text !== "string") return undefined;
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(report) || !Array.isArray(report.turns) || !hasOnly(report, ["turns", "outcome"])) return undefined;
  const { turns, outcome } = report;
  const complete = turns.length === expected.turns;
  if (outcome === undefined ? !complete : turns.length === 0 || turns.length > expected.turns) return undefined;
  let { issued, lines } = expected;
  for (const turn of turns) {
    if (!isRecord(turn) || !Array.isArray(turn.calls) || !Array.isArray(turn.logs)) return undefined;
    if (!hasOnly(turn, ["calls", "logs"])) return undefined;
    for (const call of turn.calls) if (!isCall(call, ++issued)) return undefined;
    for (const line of turn.logs) if (!isLine(line, lines++)) return undefined;
  }
  if (outcome !== undefined && !isOutcome(outcome, issued)) return undefined;
  return report as unknown as TurnReport;
}

type Loose = Record<string, unknown>;

function isRecord(value: unknown): value is Loose {
  return isJsonObject(value as never);
}

function hasOnly(value: Loose, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isCall(call: unknown, seq: number): boolean {
  return isRecord(call) && call.seq === seq && isName(call.service) && isName(call.method) &&
    typeof call.args === "string" && call.args.startsWith("[") && call.args.endsWith("]") &&
    (call.options === undefined || isOptions(call.options)) &&
    (call.site === undefined || typeof call.site === "string");
}

/** As `readCallOptions` gives them. */
function isOptions(options: unknown): boolean {
  if (typeof options !== "string") return false;
  try {
    return JSON.stringify(readCallOptions(JSON.parse(options), parseDuration)) === options;
  } catch {
    return false;
  }
}

/** As the bridge makes them: nothing in it is lost in the file. */
function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "" && JSON.stringify(value) === `"${value}"`;
}

function isLine(line: unknown, index: number): boolean {
  return isRecord(line) && line.index === index && typeof line.at === "number" && typeof line.text === "string" &&
    typeof line.level === "string" && ["debug", "info", "warn", "error"].includes(line.level);
}

function isOutcome(outcome: unknown, issued: number): boolean {
  if (!isRecord(outcome)) return false;
  if (outcome.type === "completed") return typeof outcome.json === "string" && hasOnly(outcome, ["type", "json"]);
  if (outcome.type !== "failed" || !isRecord(outcome.error)) return false;
  const { name, code, message, hint, details, call, stack, ...rest } = outcome.error;
  return [name, code, message].every((text) => typeof text === "string") &&
    [hint, stack].every((text) => text === undefined || typeof text === "string") &&
    (call === undefined || (Number.isInteger(call) && call as number > 0 && call as number <= issued)) &&
    (details === undefined || isRecord(details)) && Object.keys(rest).length === 0;
}
