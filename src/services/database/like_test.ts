import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { likeToGlob } from "./like.ts";

Deno.test("a translated pattern finds in SQLite what PostgreSQL's LIKE finds", () => {
  const db = new DatabaseSync(":memory:");
  const matches = (text: string, pattern: string) =>
    (db.prepare("SELECT ? GLOB ? AS m").get(text, likeToGlob(pattern)) as { m: number }).m === 1;
  for (
    const [text, pattern, expected] of [
      ["Report", "Rep%", true],
      ["report", "Rep%", false],
      ["Report", "%port", true],
      ["Report", "R_port", true],
      ["Rport", "R_port", false],
      ["", "%", true],
      ["100%", "100\\%", true],
      ["1000", "100\\%", false],
      ["a_b", "a\\_b", true],
      ["axb", "a\\_b", false],
      ["a*b", "a*b", true],
      ["axxb", "a*b", false],
      ["a?b", "a?b", true],
      ["axb", "a?b", false],
      ["[a]", "[a]", true],
      ["a", "[a]", false],
      ["a\\b", "a\\\\b", true],
      ["a\\", "a\\", true],
      ["😀!", "_!", true],
    ] as const
  ) assert.equal(matches(text, pattern), expected, `${text} LIKE ${pattern}`);
  db.close();
});
