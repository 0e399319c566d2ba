import assert from "node:assert/strict";
import { mentionsSpamOrTrash, parseQuery, type QueryNode } from "./query.ts";

const text = (word: string): QueryNode => ({ kind: "text", field: "any", text: word });

Deno.test("OR binds its neighbours tighter than the AND between terms", () => {
  assert.deepEqual(parseQuery("a b OR c d").root, {
    kind: "and",
    nodes: [text("a"), { kind: "or", nodes: [text("b"), text("c")] }, text("d")],
  });
});

Deno.test("an operator applies to every term of the group after it, unless one has its own", () => {
  assert.deepEqual(parseQuery("subject:(a from:b)").root, {
    kind: "and",
    nodes: [{ kind: "text", field: "subject", text: "a" }, { kind: "text", field: "from", text: "b" }],
  });
});

Deno.test("values are read into numbers, days and units", () => {
  const nodes: [string, QueryNode][] = [
    ["larger:10M", { kind: "size", bound: "larger", bytes: 10 * 1024 * 1024 }],
    ["smaller:5K", { kind: "size", bound: "smaller", bytes: 5120 }],
    ["size:1000000", { kind: "size", bound: "larger", bytes: 1_000_000 }],
    ["after:2026/05/01", { kind: "date", bound: "after", date: { kind: "day", year: 2026, month: 5, day: 1 } }],
    ["older:12/31/2025", { kind: "date", bound: "before", date: { kind: "day", year: 2025, month: 12, day: 31 } }],
    ["newer:1388552400", { kind: "date", bound: "after", date: { kind: "epoch", seconds: 1388552400 } }],
    ["older_than:3M", { kind: "age", bound: "older", amount: 3, unit: "m" }],
    ["is:sent", { kind: "in", place: "sent" }],
    ["label:archive", { kind: "label", name: "archive" }],
    ["in:archive", { kind: "in", place: "archive" }],
    ["label:Important", { kind: "is", state: "important" }],
    ["label:-eu--deals", { kind: "label", name: "-eu--deals" }],
    ['label:"My (big) Label"', { kind: "label", name: "my--big--label" }],
    ["rfc822msgid:<a@b>", { kind: "messageId", id: "a@b" }],
    ["rfc822msgid:-a@b", { kind: "messageId", id: "-a@b" }],
  ];
  for (const [q, node] of nodes) {
    const { root, warnings } = parseQuery(q);
    assert.deepEqual({ root, warnings }, { root: node, warnings: [] }, q);
  }
});

Deno.test("what is not understood is kept as words, with a warning that says where", () => {
  const odd: [string, number, RegExp][] = [
    ["x after:yesterday", 8, /after:yesterday is not a date/],
    ["after:2026/02/30", 6, /is not a date/],
    ["larger:huge", 7, /is not a size/],
    ["newer_than:soon", 11, /is not an age/],
    ["is:purple", 3, /is not a state/],
    ["has:hope", 4, /is nothing that has: knows/],
    ["category:work", 9, /is not a category/],
    ["form:bob", 0, /form: is not an operator/],
    ["message-id:bob", 0, /message-id: is not an operator/],
    ["subject:", 0, /subject: has no value/],
    ['say "hello', 4, /quote is not closed/],
    ["a ) b", 2, /closed that was not opened/],
    ["a (b", 2, /bracket is not closed/],
    ["a ((b)", 2, /bracket is not closed/],
    ['a AROUND 5 "b', 11, /quote is not closed/],
    ["({a) b", 1, /bracket is not closed/],
  ];
  for (const [q, at, message] of odd) {
    const { warnings } = parseQuery(q);
    assert.equal(warnings.length, 1, q);
    assert.equal(warnings[0]?.start, at, q);
    assert.match(warnings[0]?.message ?? "", message);
  }
  assert.deepEqual(parseQuery("after:yesterday").root, text("after yesterday"));
});

Deno.test("what was meant is proposed", () => {
  const table: [q: string, hint: string | undefined][] = [
    ["form:bob", "did you mean from:?"],
    ["sender:bob", "write from:"],
    ["Message-ID:a@b", "write rfc822msgid:"],
    ["zebra:stripes", "put it in quotes if words are what you mean"],
    ["has:atachment", "did you mean has:attachment?"],
    ["is:unraed", "did you mean is:unread?"],
    ["older_than:2w", "write older_than:14d"],
    ["after:3d", "did you mean newer_than:3d?"],
    ["before:1m", "did you mean older_than:1m?"],
    ["after:1777586400000", "in seconds it is after:1777586400"],
    ["after:yesterday", undefined],
  ];
  for (const [q, hint] of table) assert.equal(parseQuery(q).warnings[0]?.hint, hint, q);
});

Deno.test("only quotes and brackets without a partner are unpaired", () => {
  const deep = `${"(".repeat(70)}a${")".repeat(70)}`;
  const many = "x:y ".repeat(30);
  for (const q of ["a)", "(a", "{a", "a}", "({a) b}", 'say "hi', "“a", `${many}"`]) {
    assert.ok(parseQuery(q).warnings.some(({ unpaired }) => unpaired), q);
  }
  for (const q of ["", "(a {b})", '"(" a', "“)”", "form:bob after:x", deep, many]) {
    assert.ok(!parseQuery(q).warnings.some(({ unpaired }) => unpaired), q);
  }
});

Deno.test("every condition is a term that knows its place", () => {
  const table: [q: string, terms: [place: string, operator: string | undefined, value: string][]][] = [
    ["a -b", [["a", undefined, "a"], ["b", undefined, "b"]]],
    ["FROM:ann OR to: bob", [["FROM:ann", "from", "ann"], ["to: bob", "to", "bob"]]],
    ['subject:(x "y z")', [["x", "subject", "x"], ['"y z"', "subject", '"y z"']]],
    ["from:-ann", [["from:-ann", "from", "ann"]]],
    ["a AROUND 3 b c", [["a AROUND 3 b", undefined, "a AROUND 3 b"], ["c", undefined, "c"]]],
    ["after:soon !!!", [["after:soon", "after", "soon"]]],
  ];
  for (const [q, terms] of table) {
    const found = parseQuery(q).terms.map(({ start, end, operator, value }) => [q.slice(start, end), operator, value]);
    assert.deepEqual(found, terms, q);
  }
});

Deno.test("links and times of day are words without a warning", () => {
  for (const q of ["https://example.com/a", "at 12:30", "a@b.example"]) assert.deepEqual(parseQuery(q).warnings, [], q);
});

Deno.test("spam and trash are asked for only where they are not negated", () => {
  const asks = [
    "in:anywhere",
    "in:spam x",
    "label:trash",
    "is:spam",
    "a OR in:trash",
    "{a (b in:spam)}",
    "in:(spam OR inbox)",
  ];
  const leaves = ["", "in:inbox", "-in:spam", "spam", '"in:spam"', "-(in:trash)", "subject:trash"];
  for (const q of asks) assert.equal(mentionsSpamOrTrash(parseQuery(q)), true, q);
  for (const q of leaves) assert.equal(mentionsSpamOrTrash(parseQuery(q)), false, q);
});

Deno.test("a hundred thousand brackets neither throw nor take long", () => {
  const takesLong = () => {
    const started = performance.now();
    for (const piece of ["(", ")", "{", "-(", "from:(", "((a) OR ", '"', "-", "OR ", "|", "from:", "AROUND "]) {
      assert.ok(parseQuery(piece.repeat(100_000)).warnings.length <= 20, piece);
    }
    return performance.now() - started > 10_000;
  };
  // A busy machine may be slow once.
  assert.ok(![1, 2, 3].every(takesLong));
});
