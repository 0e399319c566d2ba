import assert from "node:assert/strict";
import {
  asSearchResult,
  renderCoverage,
  renderSearchResult,
  type SearchResult,
  searchWarnings,
} from "./search_result.ts";

const RESULT: SearchResult = {
  summary: { totalDomains: 1, totalUsers: 3, totalMessagesFound: 12, searchQuery: "(from:\x1b[31mann) before:1" },
  domainResults: [{
    domain: "x.org",
    users: [
      { email: "a@x.org", name: "Ann", messageCount: 2, status: "complete" },
      { email: "b@x.org", name: "Bob", messageCount: 10, status: "truncated" },
      { email: "c@x.org", name: "Eve\x1b]0;owned\x07", messageCount: 0, status: "failed" },
    ],
  }],
  sampleMessages: [{ mailbox: "a@x.org", date: null, headers: { FROM: "z@y.org", Subject: "Hi\r\nthere" } }],
  coverage: {
    selected: 3,
    complete: 1,
    truncated: 1,
    skipped: 3,
    failed: 1,
    truncatedAt: 10,
    skippedReasons: { suspended: 1, "over the limit": 2 },
    users: [{ email: "c@x.org", domain: "x.org", reason: "CREDENTIALS", message: "invalid_grant" }],
  },
};

Deno.test("a user that could not be read does not look like one without hits", () => {
  const text = renderSearchResult(RESULT, { width: 0, color: false });
  assert.deepEqual(text.split("\n").slice(0, 4), [
    "DOMAIN  USER     NAME  MESSAGES",
    "x.org   a@x.org  Ann          2",
    "x.org   b@x.org  Bob         10  limit",
    "x.org   c@x.org  Eve          0  FAILED: CREDENTIALS",
  ]);
  assert.match(text, /12 messages in 3 mailboxes of 1 domain for \(from:ann\) before:1/);
  assert.match(text, /a@x\.org {2}z@y\.org {2}Hi there/);
});

Deno.test("the coverage names every number and reason", () => {
  assert.equal(
    renderCoverage(RESULT, false),
    "Coverage: 3 selected: 1 complete, 1 truncated at 10, 1 FAILED; 3 skipped (1 suspended, 2 over the limit)\n",
  );
});

Deno.test("limits that cut something off and failures are warned of", () => {
  assert.deepEqual(searchWarnings(RESULT, { recordsCommand: "" }), [
    "1 mailbox has more than 10 messages; --max-results-per-user fetches more of them",
    "2 users were not searched: --max-users-per-domain searches more of them",
    "not read: c@x.org (CREDENTIALS: invalid_grant)",
  ]);
});

Deno.test("whoever asked for certain users is not warned of the others", () => {
  const coverage = { ...RESULT.coverage, skippedReasons: { "not selected": 2 } };
  assert.equal(searchWarnings({ ...RESULT, coverage }, { recordsCommand: "" }).length, 2);
});

Deno.test("of many who could not be read twenty are named, domains first, and the others counted", () => {
  const failed = (email: string | null) => ({ email, domain: "x.org", reason: "FORBIDDEN", message: "no" });
  const users = [...Array.from({ length: 1_233 }, (_, index) => failed(`u${index}@x.org`)), failed(null)];
  const coverage = { ...RESULT.coverage, truncated: 0, skippedReasons: {}, users };
  const warnings = searchWarnings({ ...RESULT, coverage }, {
    recordsCommand: "tasker records 12ab --kind coverage",
  });
  assert.equal(warnings.length, 21);
  assert.equal(warnings[0], "not read: the domain x.org (FORBIDDEN: no)");
  assert.equal(warnings[1], "not read: u0@x.org (FORBIDDEN: no)");
  assert.equal(warnings[20], "not read: and 1,214 more: tasker records 12ab --kind coverage");
});

Deno.test("of many users those without hits are counted, and only if they were read to the end", () => {
  const quiet = Array.from({ length: 1_000 }, (_, index) => ({
    email: `q${index}@x.org`,
    name: "",
    messageCount: 0,
    status: "complete",
  }));
  const [domain] = RESULT.domainResults;
  const withQuiet = (count: number) => ({
    ...RESULT,
    domainResults: [{ ...domain!, users: [...quiet.slice(0, count), ...domain!.users] }],
  });
  const many = renderSearchResult(withQuiet(1_000), { width: 0, color: false });
  assert.deepEqual(many.split("\n").slice(0, 5), [
    "DOMAIN  USER     NAME  MESSAGES",
    "x.org   a@x.org  Ann          2",
    "x.org   b@x.org  Bob         10  limit",
    "x.org   c@x.org  Eve          0  FAILED: CREDENTIALS",
    "and 1,000 more mailboxes, read to the end: 0 messages",
  ]);
  const few = renderSearchResult(withQuiet(37), { width: 0, color: false });
  assert.match(few, /q36@x\.org +0$/m);
  assert.doesNotMatch(few, /read to the end/);
});

Deno.test("the result of another task is not taken for a search's", () => {
  assert.equal(asSearchResult({ summary: {}, coverage: { failed: 1 } }), undefined);
  assert.equal(asSearchResult([1]), undefined);
  assert.notEqual(asSearchResult(JSON.parse(JSON.stringify(RESULT))), undefined);
});
