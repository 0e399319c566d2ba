import type { Options, stringify } from "csv-stringify/sync";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { forCsvCell, forTerminal } from "../../mail/safe_text.ts";
import type { Format, RowFormat } from "../flags.ts";
import { jsonText } from "./json.ts";
import type { Sink } from "./sink.ts";
import { cut, renderTable } from "./table.ts";

/** Rows of a table that are laid out together. */
const PAGE = 500;
/** Columns of a cell in a table: the text of a mail would be a line of many screens. */
const CELL = 300;

export interface RowsOptions {
  readonly format: RowFormat;
  /** Columns of the terminal; 0 for no limit. */
  readonly width: number;
  readonly stringify?: typeof stringify;
  /** Styles the head of a table. */
  readonly head?: (text: string) => string;
  /** The columns that every row has, when they are known: then the rows are read once, and have a head even if there is none. */
  readonly columns?: readonly string[];
  /** Columns of a table, when not all. */
  readonly tableColumns?: readonly string[];
}

/** Loads what a format needs. */
export async function formatParts(format: Format): Promise<{ stringify?: typeof stringify }> {
  return format === "csv" ? { stringify: (await import("csv-stringify/sync")).stringify } : {};
}

/**
 * Writes rows one after another, in whatever number: memory stays flat. Gives how many. `rows` gives them anew each time:
 * formats with columns look at all rows first, since any may have a member that no other has.
 */
export function writeRows(sink: Sink, rows: () => Iterable<Json>, options: RowsOptions): number {
  switch (options.format) {
    case "ndjson":
      return each(rows(), (row) => sink.write(`${jsonText(row)}\n`));
    case "json": {
      const count = each(rows(), (row, index) => sink.write(`${index === 0 ? "[\n" : ",\n"}${jsonText(row)}`));
      sink.write(count === 0 ? "[]\n" : "\n]\n");
      return count;
    }
    case "csv":
      return writeCells(
        rows,
        options.columns,
        (columns, page, isFirst) => sink.write(csvText(columns, page, isFirst, options.stringify!)),
      );
    case "table":
      return writeCells(rows, options.columns, (columns, page) => {
        const shown = options.tableColumns ?? columns;
        const places = shown.map((name) => columns.indexOf(name));
        const cells = page.map((row) => places.map((place) => cut(row[place] ?? "", CELL)));
        const widest = shown.length - 1;
        sink.write(renderTable(shown.map((title, index) => ({ title, shrink: index === widest })), cells, options));
      });
  }
}

function each(rows: Iterable<Json>, work: (row: Json, index: number) => void): number {
  let index = 0;
  for (const row of rows) work(row, index++);
  return index;
}

/** The columns are the members of all rows, each after the one that it stands behind where it is first seen. */
function writeCells(
  rows: () => Iterable<Json>,
  known: readonly string[] | undefined,
  write: (columns: readonly string[], page: string[][], isFirst: boolean) => void,
): number {
  const columns = known ?? columnsOf(rows());
  if (columns.length === 0) return 0;
  let page: string[][] = [];
  const count = each(rows(), (row, index) => {
    const cells = flatten(row);
    page.push(columns.map((name) => cells.get(name) ?? ""));
    if (page.length < PAGE) return;
    write(columns, page, index < PAGE);
    page = [];
  });
  if (page.length > 0 || (count === 0 && known !== undefined)) write(columns, page, count <= PAGE);
  return count;
}

export function columnsOf(rows: Iterable<Json>): string[] {
  const columns: string[] = [];
  const known = new Set<string>();
  for (const row of rows) {
    let before: string | undefined;
    for (const name of flatten(row).keys()) {
      if (!known.has(name)) columns.splice(before === undefined ? 0 : columns.indexOf(before) + 1, 0, name);
      known.add(name);
      before = name;
    }
  }
  return columns;
}

/**
 * A row's cells by column: members of inner objects as `headers.From`; lists joined by blanks, or by commas when an item holds
 * a blank; of a list of objects the first member of each, the others behind it in brackets.
 */
export function flatten(row: Json): Map<string, string> {
  const cells = new Map<string, string>();
  if (!isJsonObject(row)) return cells.set("value", cellText(row));
  for (const [name, value] of Object.entries(row)) {
    if (!isJsonObject(value)) cells.set(name, cellText(value));
    else for (const [inner, cell] of Object.entries(value)) cells.set(`${name}.${inner}`, cellText(cell));
  }
  return cells;
}

function cellText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  const items = value as readonly Json[];
  if (items.every(isPlain)) {
    const texts = items.map((item) => String(item ?? ""));
    return texts.join(texts.some((text) => /\s/.test(text)) ? ", " : " ");
  }
  if (!items.every((item) => isJsonObject(item) && Object.values(item).every(isPlain))) return JSON.stringify(value);
  return items.map((item) => {
    const [first = "", ...others] = Object.values(item as JsonObject).map((member) => String(member ?? ""));
    const more = others.filter((text) => text !== "").join(", ");
    return more === "" ? first : `${first} (${more})`.trimStart();
  }).join("; ");
}

function isPlain(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function csvText(
  columns: readonly string[],
  rows: string[][],
  withHead: boolean,
  stringifyRows: typeof stringify,
): string {
  const guarded = [...(withHead ? [columns] : []), ...rows].map((row) =>
    row.map((cell) => forCsvCell(forTerminal(cell)))
  );
  // RFC 4180 wants CRLF, and every spreadsheet takes it.
  return stringifyRows(guarded, { record_delimiter: "windows", quoted_match: /[\r\n]/ } satisfies Options);
}
