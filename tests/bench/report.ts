import { type Bar, type Figure, isMet } from "./figure.ts";

/** Enough digits to compare with, and no more. */
function digits(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

function bar(given: Bar): string {
  const { what, is, atLeast, atMost, unit } = given;
  const wanted = atLeast === undefined
    ? `≤ ${atMost!.toLocaleString("en-US")}`
    : `≥ ${atLeast.toLocaleString("en-US")}`;
  const suffix = unit === undefined ? "" : ` ${unit}`;
  return `${what} ${digits(is)}${suffix}, bar ${wanted}: ${isMet(given) ? "met" : "MISSED"}`;
}

/** The lines that people read. */
export function lines(figure: Figure): string[] {
  const { name, value, unit, limit, openWorkflow, bars = [], note } = figure;
  const columns = [
    name.padEnd(46),
    `${digits(value)} ${unit}`.padStart(16),
    limit === undefined ? "" : `limit ${digits(limit.value)} (× ${digits(limit.ratio)})`,
    openWorkflow === undefined ? "" : `OpenWorkflow ${digits(openWorkflow.value)} (× ${digits(openWorkflow.ratio)})`,
  ];
  return [
    columns.filter((column) => column !== "").join("  "),
    ...(note === undefined ? [] : [`    ${note}`]),
    ...bars.map((one) => `    ${bar(one)}`),
  ];
}
