import type { Json, JsonObject } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import { toKebabCase } from "./arguments.ts";
import { isTextList, type TaskFlag } from "./task_flags.ts";
import type { InputSources } from "./task_input.ts";

/**
 * Reads the items of lists that stand in files: `@file` has one a line, `@file.csv:column` has them in a column of a table
 * (separated by commas, semicolons or tabs). Throws USAGE for an empty list, NOT_FOUND for a file that is not there.
 */
export async function readListFiles(
  input: JsonObject,
  flags: readonly TaskFlag[],
  sources: Pick<InputSources, "readFile">,
): Promise<JsonObject> {
  const read: Record<string, Json> = { ...input };
  for (const { property, name, schema } of flags) {
    const given = input[property];
    if (!isTextList(schema) || !Array.isArray(given)) continue;
    const items = await Promise.all(
      (given as string[]).map((item) => item.startsWith("@") ? readFileList(item.slice(1), sources) : [item]),
    );
    read[property] = items.flat();
    if (items.flat().length === 0) {
      throw new TaskerError(
        "USAGE",
        `--${toKebabCase(name)}: there is nothing in ${given.join(" and ") || "the list"}`,
        {
          hint: "an empty list would select nothing: leave the flag out, or name something",
        },
      );
    }
  }
  return read;
}

async function readFileList(spec: string, sources: Pick<InputSources, "readFile">): Promise<string[]> {
  const [, path = spec, column] = /^(.+\.(?:csv|tsv|txt)):([^:/\\]+)$/i.exec(spec) ?? [];
  const text = (await sources.readFile(path)).replace(/^\ufeff/, "");
  const items = column === undefined && !/\.(csv|tsv)$/i.test(path)
    ? text.split(/\r?\n/)
    : await columnOf({ text, column, path });
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

/** The values of a column, by its title; a table of one column needs no name for it. */
async function columnOf(params: { text: string; column: string | undefined; path: string }): Promise<string[]> {
  const { text, column, path } = params;
  const { parse } = await import("csv-parse/sync");
  let rows: string[][];
  try {
    rows = parse(text, { delimiter: [",", ";", "\t"], skip_empty_lines: true, relax_column_count: true }) as string[][];
  } catch (error) {
    throw new TaskerError("USAGE", `${path} is no table: ${(error as Error).message}`, {
      hint: "save it as CSV, with the titles of its columns in the first line",
      cause: error,
    });
  }
  const titles = (rows[0] ?? []).map((title) => title.trim());
  if (column === undefined && titles.length === 1) return rows.map(([only = ""]) => only);
  const wanted = column?.trim().toLowerCase();
  const at = titles.findIndex((title) => title.toLowerCase() === wanted);
  if (at >= 0) return rows.slice(1).map((row) => row[at] ?? "");
  const problem = column === undefined ? `${path} has ${titles.length} columns` : `${path} has no column "${column}"`;
  throw new TaskerError("USAGE", problem, {
    hint: `name one of its columns, @${path}:COLUMN: ${titles.slice(0, 20).join(", ")}`,
  });
}
