import assert from "node:assert/strict";
import { parseQuery } from "../../src/mail/query.ts";
import { lintQuery } from "../../src/mail/query_lint.ts";
import { manifest } from "../gmail-search.ts";
import { freeze, namesDays } from "./question.ts";

const START = Date.UTC(2026, 2, 31) / 1000;
const at = (...parts: [number, number, number, number?]) => Date.UTC(...parts) / 1000;

Deno.test("a question is bounded by the start of the run", () => {
  assert.equal(freeze("from:ann OR {a b}", START, "UTC"), `(from:ann OR {a b}) before:${START}`);
  assert.equal(freeze("", START, "UTC"), `before:${START}`);
});

Deno.test("ages become times, outside of quotes only", () => {
  const table: [query: string, frozen: string][] = [
    ['newer_than:2d "older_than:1y"', `(after:${START - 172_800} "older_than:1y")`],
    ["newer_than:12h", `(after:${START - 43_200})`],
    ["-older_than:1y", `(-before:${at(2025, 2, 31)})`],
    // The 31st of a month that has 28 days is its last.
    ["Newer_Than:1M", `(after:${at(2026, 1, 28)})`],
    ["older_than:900y", "(before:0)"],
    ["older_than:99999999d", "(before:0)"],
    ["older_than:1w", "(older_than:1w)"],
  ];
  for (const [query, frozen] of table) assert.equal(freeze(query, START, "UTC"), `${frozen} before:${START}`);
});

Deno.test("dates are the beginnings of days where the question is asked, across changes of the clocks", () => {
  const table: [query: string, zone: string, frozen: string][] = [
    ["after:2026/05/01", "Europe/Berlin", `after:${at(2026, 3, 30, 22)}`],
    ["after:2026-1-5", "Europe/Berlin", `after:${at(2026, 0, 4, 23)}`],
    ["before:2026/05/01", "America/Los_Angeles", `before:${at(2026, 4, 1, 7)}`],
    ["older:05/01/2026", "America/New_York", `before:${at(2026, 4, 1, 4)}`],
    ["after: 2026/05/01", "UTC", `after:${at(2026, 4, 1)}`],
    ["(after:2026/05/01)", "UTC", `(after:${at(2026, 4, 1)})`],
    ["Newer:2026/05/01 x", "Asia/Tokyo", `after:${at(2026, 3, 30, 15)} x`],
    ["-after:2026/05/01", "UTC", `-after:${at(2026, 4, 1)}`],
    // The day on which the clocks of Santiago skip its midnight begins an hour later.
    ["after:2026/09/06", "America/Santiago", `after:${at(2026, 8, 6, 4)}`],
    ["newer_than:1m", "America/Los_Angeles", `after:${at(2026, 2, 1, 1)}`],
    ["after:1388552400", "Asia/Tokyo", "after:1388552400"],
  ];
  for (const [query, zone, frozen] of table) {
    assert.equal(freeze(query, START, zone), `(${frozen}) before:${START}`, `${query} in ${zone}`);
  }
});

Deno.test("what is no date, or stands in quotes, stays as it was written", () => {
  for (
    const query of [
      "after:2026/13/01",
      "after:2026/02/30",
      "after:2026/05",
      "after:2026/05/01/2",
      "after:2026/05-01",
      '"after:2026/05/01"',
      "“after:2026/05/01”",
      "thereafter:2026/05/01",
      "there-after:2026/05/01",
    ]
  ) {
    assert.equal(freeze(query, START, "Asia/Tokyo"), `(${query}) before:${START}`);
  }
});

Deno.test("only a question with dates or ages needs to know the zone", () => {
  for (const query of ["after:2026/05/01", "x older_than:2m", '"a" newer:5/1/2026']) assert.ok(namesDays(query), query);
  for (const query of ["", "from:ann", "after:1388552400", '"after:2026/05/01"']) assert.ok(!namesDays(query), query);
});

Deno.test("a question that could reach what is added to it is refused", () => {
  for (const question of ["a) OR (b", "(a", "a}", 'say "hi', "{a", "({a) b}", "say “hi"]) {
    assert.throws(() => freeze(question, START, "UTC"), { code: "INVALID_INPUT" }, question);
  }
});

Deno.test("a date is made absolute exactly where the lint of queries says that it is", () => {
  const written = ["2026/05/01", " 2026-5-1", "05/01/2026", '"2026/05/01"', "(2026/05/01)", "{2026/05/01 x}"];
  for (const operator of ["after", "Newer", "before", "OLDER"]) {
    for (const date of written) {
      const query = `x -${operator}:${date}`;
      const frozen = freeze(query, START, "Asia/Tokyo");
      const findings = lintQuery(query, parseQuery(query), { now: START * 1000, zone: "Asia/Tokyo" });
      const absolute = findings.map(({ message }) => /asks (\S+) instead/.exec(message)?.[1]).find((found) => found);
      if (absolute === undefined) {
        assert.ok(
          findings.some(({ severity, hint }) => severity === "warning" && /^write (after|before):\d/.test(hint ?? "")),
        );
        assert.equal(frozen, `(${query}) before:${START}`);
      } else assert.equal(frozen, `(x -${absolute}) before:${START}`);
    }
  }
});

Deno.test("the lint of queries knows how long a query may be", () => {
  const { maxLength } = manifest.input.properties.gmailSearchQuery;
  const errors = (q: string) =>
    lintQuery(q, parseQuery(q), { now: 0, zone: "UTC" }).filter(({ severity }) => severity === "error");
  assert.deepEqual([errors("a".repeat(maxLength)).length, errors("a".repeat(maxLength + 1)).length], [0, 1]);
});
