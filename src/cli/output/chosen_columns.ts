import { isJsonObject, type Json } from "../../core/json.ts";

/** What a row has of a message whatever was chosen; whose it is is shown first. */
const PLACE = ["tenant", "mailbox", "domain", "id"];

/** The columns to show of messages whose columns were chosen, as the first row has them; undefined when they were not. */
export function chosenColumns(rows: Iterable<Json>): readonly string[] | undefined {
  for (const row of rows) {
    const isMessage = isJsonObject(row) && typeof row.mailbox === "string" && typeof row.id === "string";
    if (!isMessage || row.headers !== undefined) return undefined;
    return ["mailbox", ...Object.keys(row).filter((name) => !PLACE.includes(name))];
  }
}
