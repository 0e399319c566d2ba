import assert from "node:assert/strict";
import { parseQuery } from "./query.ts";
import { freezeQuery } from "./query_freeze.ts";

const START = Date.UTC(2026, 4, 31, 12, 0, 0, 900);
const SECONDS = Math.floor(START / 1000);
const B = `before:${SECONDS}`;
const at = (...parts: [number, number, number, number?]) => Date.UTC(...parts) / 1000;

const TABLE: [q: string, frozen: string][] = [
  ["", B],
  ["   ", B],
  [")", B],
  ["OR", B],
  ["()", B],
  ["from:", B],
  ["from:()", B],
  ["-(from:)", B],
  ["a", `(a) ${B}`],
  ["a OR b", `(a OR b) ${B}`],
  ["a OR", `(a) ${B}`],
  ["a | ", `(a) ${B}`],
  ["a -", `(a) ${B}`],
  ["a AND", `(a) ${B}`],
  ["a AROUND 3", `(a AROUND 3) ${B}`],
  ["a subject:", `(a) ${B}`],
  ['say "hello', `(say "hello") ${B}`],
  ['subject:"', `(subject:"") ${B}`],
  ["“a b”", `("a b") ${B}`],
  ["(a", `((a)) ${B}`],
  ["a)", `(a) ${B}`],
  ["a)b", `(a b) ${B}`],
  ["a()b", `(a b) ${B}`],
  ["{a (b", `({a (b)}) ${B}`],
  ["(a } b", `((a b)) ${B}`],
  ["{(a }", `({(a) }) ${B}`],
  ["(a OR) b", `((a) b) ${B}`],
  ["a\n b", `(a b) ${B}`],
  ["-from:x  to:(a b)", `(-from:x to:(a b)) ${B}`],
  ["older_than:2d", `(before:${SECONDS - 2 * 86400}) ${B}`],
  ["newer_than:12h", `(after:${SECONDS - 12 * 3600}) ${B}`],
  // 31 May less three months: the last of February; Pacific is an hour behind itself before the clocks changed
  ["newer_than:3m", `(after:${at(2026, 1, 28, 13)}) ${B}`],
  ["older_than:1y", `(before:${at(2025, 4, 31, 12)}) ${B}`],
  ["older_than:200y", `(before:0) ${B}`],
  ["newer_than:99999d", `(after:0) ${B}`],
  ["-older_than:1d x", `(-before:${SECONDS - 86400} x) ${B}`],
  ["older_than: 1d", `(before:${SECONDS - 86400}) ${B}`],
  ['older_than:"1d"', `(before:${SECONDS - 86400}) ${B}`],
  ["older_than:(1d OR 2d)", `((before:${SECONDS - 86400} OR before:${SECONDS - 2 * 86400})) ${B}`],
  ["older_than:(1d from:(1d))", `((before:${SECONDS - 86400} from:(1d))) ${B}`],
  ["older_than:-1d", `(-before:${SECONDS - 86400}) ${B}`],
  ["-older_than:(1d)", `(-(before:${SECONDS - 86400})) ${B}`],
  ["older_than:soon", `(older_than:soon) ${B}`],
  ["after:2026/05/01", `(after:2026/05/01) ${B}`],
  ["before:2020/01/01 a", `(before:2020/01/01 a) ${B}`],
];

Deno.test("a frozen question is bounded by the start, whatever is wrong with it", () => {
  const wrong = TABLE
    .map(([q, expected]) => ({ q, expected, found: freezeQuery(q, START) }))
    .filter(({ expected, found }) => expected !== found);
  assert.deepEqual(wrong, []);
});

Deno.test("with a zone, dates become its midnights", () => {
  assert.equal(freezeQuery("after:2026/05/01", START, "Europe/Berlin"), `(after:${at(2026, 3, 30, 22)}) ${B}`);
  assert.equal(freezeQuery("older:05/01/2026 x", START, "America/New_York"), `(before:${at(2026, 4, 1, 4)} x) ${B}`);
  assert.equal(freezeQuery("after:1388552400", START, "Asia/Tokyo"), `(after:1388552400) ${B}`);
  assert.equal(freezeQuery("after:(2026/05/01 x)", START, "UTC"), `((after:${at(2026, 4, 1)} after:x)) ${B}`);
});

Deno.test("freezing leaves what a query means alone and always adds the bound at the top", () => {
  for (const [q] of TABLE) {
    const { root, warnings } = parseQuery(freezeQuery(q, START));
    const bound = root.kind === "and" ? root.nodes.at(-1) : root;
    assert.deepEqual(bound, { kind: "date", bound: "before", date: { kind: "epoch", seconds: SECONDS } }, q);
    assert.ok(!warnings.some(({ message }) => /quote|bracket|no value/.test(message)), q);
    if (/_than/.test(q)) continue;
    const own = root.kind === "and" ? root.nodes.slice(0, -1) : [];
    const original = parseQuery(q).root;
    const expected = original.kind === "and" ? original.nodes : original.kind === "all" ? [] : [original];
    assert.deepEqual(own, expected, q);
  }
});

Deno.test("random questions, too, keep the bound", () => {
  const pieces = [
    "a",
    "OR",
    "AND",
    "(",
    ")",
    "{",
    "}",
    '"',
    "-",
    "from:",
    "older_than:1d",
    "AROUND",
    "3",
    "|",
    " ",
    "é",
    "\ud800",
    "x:y",
  ];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 5000; round++) {
    const q = Array.from({ length: random(12) }, () => pieces[random(pieces.length)] + (random(2) === 0 ? " " : ""))
      .join("");
    const frozen = freezeQuery(q, START);
    const { root } = parseQuery(frozen);
    const bound = root.kind === "and" ? root.nodes.at(-1) : root;
    assert.deepEqual(
      bound,
      { kind: "date", bound: "before", date: { kind: "epoch", seconds: SECONDS } },
      `${q} → ${frozen}`,
    );
    assert.ok(frozen.isWellFormed());
  }
});

Deno.test("a hundred thousand of anything are frozen without throwing", () => {
  for (
    const piece of [
      "(",
      ")",
      "{",
      "(}",
      "-(",
      "from:(",
      "older_than:(",
      '"',
      "-",
      "OR ",
      "|",
      "older_than:-",
      "older_than:1d ",
    ]
  ) {
    assert.ok(freezeQuery(piece.repeat(100_000), START).endsWith(B), piece);
  }
});
