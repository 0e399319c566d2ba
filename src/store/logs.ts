import type { Database, Row } from "./database.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogEntry {
  readonly id: number;
  readonly taskRunId: string | null;
  readonly at: number;
  readonly level: LogLevel;
  readonly source: "task" | "engine";
  readonly text: string;
}

/** What tasks print and what the engine notes, by run. */
export class Logs {
  readonly #insert;
  readonly #page;
  readonly #pageOfRun;
  readonly #clear;

  constructor(db: Database) {
    this.#insert = db.prepare("INSERT INTO logs (run, at, level, source, text) VALUES (?, ?, ?, ?, ?)");
    const select =
      "SELECT logs.id, task_runs.id AS task_run_id, at, level, source, text FROM logs LEFT JOIN task_runs USING (run)";
    this.#page = db.prepare(`${select} WHERE logs.id > ? ORDER BY logs.id LIMIT ? + 0`);
    this.#pageOfRun = db.prepare(`${select} WHERE logs.run = ? AND logs.id > ? ORDER BY logs.id LIMIT ? + 0`);
    this.#clear = db.prepare("DELETE FROM logs");
  }

  append(entry: { run: number | null; at: number; level: LogLevel; source: "task" | "engine"; text: string }): void {
    // A NUL would end the text at its reader.
    this.#insert.run(entry.run, entry.at, entry.level, entry.source, entry.text.replaceAll("\0", "\u2400"));
  }

  /** Entries after the id `after`, of one run (its number) or of all. */
  page(params: { run?: number; after: number; limit: number }): LogEntry[] {
    const rows = params.run === undefined
      ? this.#page.all(params.after, params.limit)
      : this.#pageOfRun.all(params.run, params.after, params.limit);
    return (rows as Row[]).map((row) => ({
      id: row.id as number,
      taskRunId: row.task_run_id as string | null,
      at: row.at as number,
      level: row.level as LogLevel,
      source: row.source as "task" | "engine",
      text: row.text as string,
    }));
  }

  clear(): void {
    this.#clear.run();
  }
}
