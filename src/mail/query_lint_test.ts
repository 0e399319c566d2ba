import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuery } from "./query.ts";
import { lintQuery } from "./query_lint.ts";
import { explainQuery } from "./query_meaning.ts";

const HERE = { now: Date.UTC(2026, 4, 20, 12), zone: "Europe/Berlin" };

/** `severity@start message | hint`. */
function findings(q: string, here = HERE): string[] {
  return lintQuery(q, parseQuery(q), here).map(({ severity, span, message, hint }) =>
    `${severity}${span === null ? "" : `@${span.start}`} ${message}${hint === null ? "" : ` | ${hint}`}`
  );
}

Deno.test("a query without a catch has no finding but how far it reaches", () => {
  for (const q of ["in:anywhere", "{in:anywhere in:spam}", "in:trash"]) {
    assert.deepEqual(findings(q).filter((finding) => !/about one message/.test(finding)), [], q);
  }
  assert.deepEqual(findings("invoice"), [
    "note spam and trash are left out | in:anywhere, or --include-spam-trash, looks there too",
  ]);
  for (const q of ["a AND b", "a OR {b c}", "terms and conditions", "a -b", "from:(a OR b)", "x around y", "a|b"]) {
    assert.deepEqual(findings(q).filter((finding) => !finding.startsWith("note")), [], q);
  }
});

Deno.test("every catch is found, where it stands, with what to write instead", () => {
  const table: [q: string, finding: RegExp][] = [
    ['say "hi', /^error@4 a quote is not closed \| close it/],
    ["a (b", /^error@2 a bracket is not closed/],
    ["a) b", /^error@1 a bracket is closed that was not opened/],
    ["word ".repeat(900), /^error the query has 4500 characters; gmail-search takes 4000/],
    ["x form:bob", /^warning@2 form: is not an operator.* \| did you mean from:\?/],
    ["after:soon", /^warning@6 after:soon is not a date/],
    ["OR a", /^warning@0 OR has nothing on one of its sides/],
    ["(a OR)", /^warning@3 OR has nothing/],
    ["a OR OR b", /^warning@2 OR has nothing/],
    ["a or b", /^warning@2 or is a word .* \| write OR in capitals/],
    ["a NOT b", /^warning@2 NOT is a word .* -word/],
    ["a - b", /^warning@2 a dash with a blank after it is ignored/],
    ["inv*", /^warning@0 inv\*: \* is no wildcard/],
    ["a around 5 b", /^warning@2 around is a word .* AROUND 5 in capitals/],
    ["AROUND 5 b", /^warning@0 AROUND needs a word or phrase on both sides/],
    ["+word", /^note@0 \+word finds this very word only/],
    ["newer_than:30m", /^warning@0 newer_than:30m counts months/],
    ['label:"My Work"', /^warning@0 label:"My Work": blanks .* \| write label:my-work/],
    ["label:a/b", /\| write label:a-b/],
    ["in:trsh", /^warning@0 in:trsh is no place .* \| did you mean in:trash\?/],
    ["in:projects", /\| write label:projects if a label/],
    ["from:a@x.example,b", /^warning@0 .* a comma .* \| write \{from:a@x.example from:b\}/],
    ["after:05/06/2026", /^warning@0 after:05\/06\/2026 is read with the month first \| write after:2026\/05\/06/],
    [
      "x after:2026/05/01",
      /^note@2 Gmail's API reads .* California, 2026-05-01 09:00:00 .* asks after:1777586400 instead/,
    ],
    ['older:"2026/05/01"', /^warning@0 Gmail's API reads .* \| write before:1777586400/],
    ["after:(2026/05/01)", /^warning@7 Gmail's API reads .* \| write after:1777586400/],
    ["after:2026/05/02 before:2026/05/01", /^warning nothing can be found: no moment/],
    ["newer_than:1d older_than:2d", /^warning nothing can be found: no moment/],
    ["after:2026/06/01", /^warning nothing can be found: its dates are in the future/],
    ["from:ann@x.example", /^note an address is looked for as it is written.* --expand-aliases/],
    ["label:work", /^note labels are each mailbox's own/],
    ["a b", /^note all conditions are about one message/],
  ];
  for (const [q, finding] of table) {
    const found = findings(q);
    assert.ok(found.some((one) => finding.test(one)), `${q.slice(0, 40)}: ${JSON.stringify(found)}`);
  }
});

Deno.test("a date is as the API reads it where midnight is California's", () => {
  const there = { ...HERE, zone: "America/Los_Angeles" };
  assert.deepEqual(findings("in:anywhere after:2026/05/01", there), [
    "note all conditions are about one message; Gmail's own page looks at whole conversations",
  ]);
});

Deno.test("bounds that are alternatives, or negated, exclude nothing", () => {
  for (const q of ["after:2026/05/02 OR before:2026/05/01", "-after:2026/05/02 before:2026/05/01"]) {
    assert.ok(!findings(q).some((finding) => /nothing can be found/.test(finding)), q);
  }
});

Deno.test("any text is explained, and every finding lies within it", () => {
  const pieces = fc.constantFrom(
    ...'"“(){}|-+*:, \n',
    ...["OR", "AND", "not", "AROUND 3", "from:", "label:", "in:", "after:", "newer_than:", "2026/05/01", "99999y", "é"],
  );
  const texts = fc.oneof(fc.array(pieces, { maxLength: 14 }).map((some) => some.join("")), fc.string());
  fc.assert(
    fc.property(texts, (q) => {
      const query = parseQuery(q);
      for (const { start, end, value } of query.terms) assert.ok(q.slice(start, end).endsWith(value), q);
      for (const { span } of lintQuery(q, query, HERE)) {
        assert.ok(span === null || (span.start >= 0 && span.start < span.end && span.end <= q.length), q);
      }
      assert.ok(explainQuery(query, HERE).meaning !== "", q);
    }),
    { numRuns: 1_000 },
  );
});
