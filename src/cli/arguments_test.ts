import assert from "node:assert/strict";
import { findTaskName, normalizeArguments, takeLeadingDatabase, toCamelCase, toKebabCase } from "./arguments.ts";

Deno.test("flags are brought into camel case, values and what follows -- stay as they are", () => {
  assert.deepEqual(
    normalizeArguments([
      "run",
      "gmail-search",
      "--max-users-per-domain",
      "2",
      "--query=a-b",
      "-q",
      "x",
      "--",
      "--not-a-flag",
    ]),
    ["run", "gmail-search", "--maxUsersPerDomain", "2", "--query=a-b", "-q", "x", "--", "--not-a-flag"],
  );
});

Deno.test("an empty value and one of several lines are given to their flag apart", () => {
  assert.deepEqual(normalizeArguments(["--query=", "--query=a\nb"]), ["--query", "", "--query", "a\nb"]);
});

Deno.test("names go from one case to the other and back", () => {
  assert.equal(toCamelCase("gmail-search-query"), "gmailSearchQuery");
  assert.equal(toKebabCase("gmailSearchQuery"), "gmail-search-query");
});

Deno.test("--db may stand before the command", () => {
  assert.deepEqual(takeLeadingDatabase(["--db", "a.db", "runs", "--db", "b.db"]), {
    database: "a.db",
    rest: ["runs", "--db", "b.db"],
  });
  assert.deepEqual(takeLeadingDatabase(["--db=a b.db", "runs"]), { database: "a b.db", rest: ["runs"] });
  assert.throws(() => takeLeadingDatabase(["--db"]), { code: "USAGE" });
});

Deno.test("the task's name is found behind flags and their values", () => {
  const flags = { values: ["db", "format"], switches: ["quiet"] };
  assert.deepEqual(findTaskName(["--db", "x", "--quiet", "--format=csv", "search", "-q", "y"], flags), {
    name: "search",
    rest: ["--db", "x", "--quiet", "--format=csv", "-q", "y"],
  });
  assert.equal(findTaskName(["--help"], { values: [], switches: ["help"] }), undefined);
  assert.equal(findTaskName(["--unknown", "search"], flags), undefined);
});
