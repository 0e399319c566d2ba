import { parseDuration } from "./duration.ts";

/** So many in each period of so many ms. */
export interface Rate {
  readonly count: number;
  readonly period: number;
}

/** `100/min`, `1/h`, `5/10s`; undefined when it is no such thing. */
export function parseRate(text: string): Rate | undefined {
  const [, count, period] = /^([1-9]\d{0,6})\/(.+)$/.exec(text) ?? [];
  if (period === undefined) return undefined;
  const ms = parseDuration(/^\d/.test(period) ? period : `1${period}`);
  return ms === undefined || ms < 1 ? undefined : { count: Number(count), period: ms };
}
