import { TaskerError } from "../core/errors.ts";
import { readDuration } from "./output/times.ts";

/** Flags that several commands share, as the parser wants them described. */

export const FORMATS = ["table", "json", "ndjson", "csv", "html"] as const;
export type Format = typeof FORMATS[number];
/** Formats that are rows and nothing else; html is a report of them. */
export type RowFormat = Exclude<Format, "html">;

const parseText = (input: string): string => input;

/** `--db`, on every command that reads or writes the database. */
export const dbFlag = {
  db: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "path",
    brief: "Database file [default: TASKER_DB, else the platform's data folder]",
  },
} as const;

/** `--reason`, on what submits a run. */
export const reasonFlag = {
  reason: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "text",
    brief: "Why this is done, such as the number of a case; kept in the audit log",
  },
} as const;

export const jsonFlag = { json: { kind: "boolean", optional: true, withNegated: false, brief: "Print JSON" } } as const;

export const outputFlags = {
  format: {
    kind: "enum",
    values: FORMATS,
    optional: true,
    brief:
      "How rows are written; html is a report to open in a browser [default: by the ending of --output's file, else table]",
  },
  output: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "file",
    brief: "Write to a file (0600, replaced as a whole) instead of stdout",
  },
  json: { kind: "boolean", optional: true, withNegated: false, brief: "The same as --format json" },
} as const;

/** How an owner of the database works; commands that may become one have these. */
export const ownerFlags = {
  concurrency: {
    kind: "parsed",
    parse: parseAtLeastOne,
    optional: true,
    placeholder: "n",
    brief: "Outside calls at a time; 1 is strict sequence [default: 32]",
  },
  port: {
    kind: "parsed",
    parse: parsePort,
    optional: true,
    placeholder: "n",
    brief: "Port of the loopback server [default: a free one]",
  },
  quotaProfile: {
    kind: "enum",
    values: ["new", "legacy", "none"],
    optional: true,
    brief: "Gmail's quota table for the Google Cloud project; none paces nothing [default: new]",
  },
} as const;

/** How long a run is followed, and how loudly. */
export const followFlags = {
  patience: {
    kind: "parsed",
    parse: parsePatience,
    optional: true,
    placeholder: "time",
    brief: "Stop following (exit code 6) when everything waits longer than this [default: 30m]",
  },
  quiet: { kind: "boolean", optional: true, withNegated: false, brief: "No progress and no notes" },
} as const;

export interface OwnerFlags {
  readonly concurrency?: number;
  readonly port?: number;
  readonly quotaProfile?: "new" | "legacy" | "none";
}

export interface FollowFlags {
  readonly patience?: number;
  readonly quiet?: boolean;
}

export const DEFAULT_CONCURRENCY = 32;
/** ms */
export const DEFAULT_PATIENCE = 30 * 60_000;

export { parseText };

export function parseWhole(input: string): number {
  if (!/^-?\d+$/.test(input) || !Number.isSafeInteger(Number(input))) throw new Error("expected a whole number");
  return Number(input);
}

export function parseAtLeastOne(input: string): number {
  const value = parseWhole(input);
  if (value < 1) throw new Error("expected a whole number of at least 1");
  return value;
}

export function parseCount(input: string): number {
  const value = parseWhole(input);
  if (value < 0) throw new Error("expected a whole number that is not negative");
  return value;
}

export function parsePriority(input: string): number {
  const value = parseWhole(input);
  if (Math.abs(value) > 100) throw new Error("expected a whole number from -100 to 100");
  return value;
}

export function parsePort(input: string): number {
  const value = parseWhole(input);
  if (value < 0 || value > 65_535) throw new Error("expected a port, 0 to 65535");
  return value;
}

export function parsePatience(input: string): number {
  const duration = readDuration(input);
  if (duration === undefined) throw new Error("expected a time such as 90s, 30m or 2h");
  return duration;
}

/** Formats by the ending of the file that they are written to. */
const ENDINGS: Readonly<Record<string, Format>> = {
  csv: "csv",
  json: "json",
  ndjson: "ndjson",
  jsonl: "ndjson",
  html: "html",
  htm: "html",
};

/** The format that `--format` and `--json` give together; without them, that of `--output`'s ending. */
export function formatOf(
  flags: { readonly format?: Format; readonly json?: boolean; readonly output?: string },
): Format | undefined {
  if (!flags.json) {
    const ending = /\.(\w+)$/.exec(flags.output ?? "")?.[1]?.toLowerCase() ?? "";
    return flags.format ?? (Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined);
  }
  if (flags.format !== undefined && flags.format !== "json") {
    throw new TaskerError("USAGE", `--json and --format ${flags.format} say different things`, {
      hint: "give one of them",
    });
  }
  return "json";
}
