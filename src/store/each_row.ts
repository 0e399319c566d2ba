import type { SQLInputValue } from "node:sqlite";
import type { Row } from "./database.ts";
import type { Statement } from "./statement.ts";

/** Statements whose rows are being read. */
const held = new Set<Statement>();

/**
 * The rows of a statement, one after another. In Deno 2.4 an iterator does not keep the statement that it reads from: when
 * that is collected meanwhile, the rows end early, or the process does. It is kept here. Give each statement once: there, a
 * second time it has no rows.
 */
export function* eachRow(statement: Statement, ...values: SQLInputValue[]): Generator<Row> {
  held.add(statement);
  try {
    yield* statement.iterate(...values) as Iterable<Row>;
  } finally {
    held.delete(statement);
  }
}
