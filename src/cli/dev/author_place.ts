import type { SerializedError } from "../../core/errors.ts";
import { pathOf, type SavedTask } from "./saved_task.ts";

/** A spot in the author's own code, with the text of its file; line and column count from 1. */
export interface AuthorPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: string;
}

/** `count.js:12:5`, when that is a file of the task. */
export function placeAt(at: string | undefined, { files }: SavedTask): AuthorPlace | undefined {
  const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(at ?? "") ?? [];
  if (path === undefined) return undefined;
  const file = pathOf(path);
  const source = files.get(file);
  return source === undefined ? undefined : { file, line: Number(line), column: Number(column), source };
}

/** Where in the author's code an error came from: where it was thrown, or what is refused. */
export function placeOf({ stack, details }: SerializedError, saved: SavedTask): AuthorPlace | undefined {
  if (details?.file !== undefined) return placeAt(`${details.file}:${details.line}:${details.column}`, saved);
  for (const [, at] of stack?.matchAll(/^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/gm) ?? []) {
    const place = placeAt(at, saved);
    if (place !== undefined) return place;
  }
  return undefined;
}
