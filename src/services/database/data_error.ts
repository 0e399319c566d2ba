import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

/**
 * What the data, and not the program, has against a chain. Given back as `error` beside `data: null`, in the shape and with
 * the codes that supabase-js documents for the same case; thrown when the chain has `throwOnError()`.
 */
export class DataError extends Error {
  readonly code: "PGRST116" | "23505";
  readonly details: string;
  readonly hint: string;

  constructor(code: DataError["code"], message: string, { details, hint }: { details: string; hint: string }) {
    super(message);
    this.code = code;
    this.details = details;
    this.hint = hint;
  }

  toJson(): Json {
    return { code: this.code, message: this.message, details: this.details, hint: this.hint };
  }

  toTaskerError(): TaskerError {
    const { code, details, hint } = this;
    return new TaskerError(code === "23505" ? "CONFLICT" : "NOT_FOUND", `database: ${this.message}`, {
      hint,
      details: { code, details },
      cause: this,
    });
  }
}

/** https://docs.postgrest.org/en/stable/references/errors.html: single() met another number of rows than one. */
export function notSingular(rows: number): DataError {
  return new DataError("PGRST116", "JSON object requested, multiple (or no) rows returned", {
    details: `The result contains ${rows === 0 ? "0" : "more than one"} rows`,
    hint: "use maybeSingle() when there may be none, limit(1) when there may be more",
  });
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: unique_violation. */
export function duplicateKey(table: string, columns: string): DataError {
  return new DataError("23505", `a row of "${table}" with the same ${columns} is there already`, {
    details: `The values of (${columns}) must be unique in "${table}"`,
    hint: "use upsert to replace it",
  });
}
