import assert from "node:assert/strict";
import { type Format, formatOf } from "./flags.ts";

Deno.test("the format is what a flag says, else what the ending of the file says", () => {
  const table: [flags: Parameters<typeof formatOf>[0], format: Format | undefined][] = [
    [{}, undefined],
    [{ output: "mail.csv" }, "csv"],
    [{ output: "dir.d/MAIL.JSON" }, "json"],
    [{ output: "a.jsonl" }, "ndjson"],
    [{ output: "a.csv/b" }, undefined],
    [{ output: "a.txt" }, undefined],
    [{ output: "a.constructor" }, undefined],
    [{ output: "a.csv", format: "table" }, "table"],
    [{ output: "a.csv", json: true }, "json"],
    [{ json: true, format: "json" }, "json"],
  ];
  for (const [flags, format] of table) assert.equal(formatOf(flags), format, JSON.stringify(flags));
  assert.throws(() => formatOf({ json: true, format: "csv" }), { code: "USAGE" });
});
