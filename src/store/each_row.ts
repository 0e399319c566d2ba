import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Row } from "./database.ts";

/** Statements whose rows are being read. */
const held = new Set<StatementSync>();

/**
 * The rows of a statement, one after another. In Deno 2.4 an iterator does not keep the statement that it reads from: when
 * that is collected meanwhile, the rows end early, or the process does. It is kept here. Give each statement once: there, a
 * second time it has no rows.
 */
export function* eachRow(statement: StatementSync, ...values: SQLInputValue[]): Generator<Row> {
  held.add(statement);
  try {
    yield* statement.iterate(...values) as Iterable<Row>;
  } finally {
    held.delete(statement);
  }
}
