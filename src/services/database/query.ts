import type { Json, JsonObject } from "../../core/json.ts";

/** What a chain of calls asks for, checked: every name in it is an identifier. */
export interface Query {
  readonly table: string;
  readonly action: Action;
  readonly filters: readonly Filter[];
  readonly order: readonly Order[];
  readonly limit: number | undefined;
  readonly offset: number;
  /** `single`: exactly one row; `maybeSingle`: one or none. */
  readonly rows: "many" | "single" | "maybeSingle";
  /** Columns that a write gives back; undefined: none. */
  readonly returning: Columns | undefined;
  readonly throwOnError: boolean;
}

export type Columns = "*" | readonly string[];

export type Action =
  | { readonly type: "select"; readonly columns: Columns; readonly count: boolean; readonly head: boolean }
  | { readonly type: "insert"; readonly rows: readonly JsonObject[] }
  | {
    readonly type: "upsert";
    readonly rows: readonly JsonObject[];
    readonly onConflict: readonly string[] | undefined;
    readonly ignoreDuplicates: boolean;
  }
  | { readonly type: "update"; readonly values: JsonObject }
  | { readonly type: "delete" };

export type Filter =
  | { readonly test: "eq" | "neq"; readonly column: string; readonly value: Json }
  | { readonly test: "gt" | "gte" | "lt" | "lte"; readonly column: string; readonly value: number | string }
  | { readonly test: "like" | "ilike"; readonly column: string; readonly pattern: string }
  | { readonly test: "in"; readonly column: string; readonly values: readonly Json[] }
  | { readonly test: "is"; readonly column: string; readonly value: null | boolean };

export interface Order {
  readonly column: string;
  readonly ascending: boolean;
  readonly nullsFirst: boolean;
}
