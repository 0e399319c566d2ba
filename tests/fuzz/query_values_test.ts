/** Whatever stands in a flag of gmail-search or in its query: it stays what it is, or is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuery, type QueryNode } from "../../src/mail/query.ts";
import { composeQuery } from "../../taskcode/gmail-search/conditions.ts";
import { freeze } from "../../taskcode/gmail-search/question.ts";
import { fuzz } from "./seed.ts";

const HERE = { start: Date.UTC(2026, 4, 20, 12) / 1000, zone: "Europe/Berlin" };

/** Flags and the operators that their values are looked for with. */
const OPERATORS = {
  from: "from",
  to: "to",
  subject: "subject",
  words: undefined,
  messageId: "rfc822msgid",
  label: "label",
  filename: "filename",
};
type Flag = keyof typeof OPERATORS;
const LISTS: readonly Flag[] = ["from", "to", "messageId", "label", "filename"];

/** What the search language acts on, and what it does not. */
const PIECES = fc.constantFrom(
  ...'"“(){}|-−+:<>@ ',
  ...["OR", "AND", "from:", "in:anywhere", "AROUND 5", "after:2026/05/01", "a", "é"],
);

function given(minLength: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(PIECES, { minLength, maxLength: 10 }).map((some) => some.join("")) },
    { weight: 1, arbitrary: fc.string({ minLength, unit: "binary" }) },
  );
}

fuzz("no value of a flag reaches beyond its flag", async (parameters) => {
  let composed = 0;
  let runs = 0;
  const flags = fc.constantFrom(...Object.keys(OPERATORS) as Flag[]);
  await fc.assert(
    fc.asyncProperty(flags, given(1), (flag, text) => {
      runs++;
      let query: string;
      try {
        query = composeQuery({ [flag]: LISTS.includes(flag) ? [text, "x"] : text }, HERE);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "INVALID_INPUT", String(error));
        return Promise.resolve();
      }
      composed++;
      const { root, terms, warnings } = parseQuery(freeze(query, HERE.start, HERE.zone));
      assert.deepEqual(warnings, [], query);
      const last = root.kind === "and" ? root.nodes.at(-1) : undefined;
      const start: QueryNode = { kind: "date", bound: "before", date: { kind: "epoch", seconds: HERE.start } };
      assert.deepEqual(last, start, query);
      const operators = new Set(terms.slice(0, -1).map(({ operator }) => operator));
      assert.deepEqual(operators, new Set([OPERATORS[flag]]), query);
      assert.ok(!holdsNegation(root), query);
      return Promise.resolve();
    }),
    parameters(1_000),
  );
  assert.ok(composed > runs / 10, "there are values that can be looked for");
});

function holdsNegation(node: QueryNode): boolean {
  if (node.kind === "and" || node.kind === "or") return node.nodes.some(holdsNegation);
  return node.kind === "not";
}

fuzz("a query is refused exactly when its reading finds a quote or bracket without its partner", async (parameters) => {
  await fc.assert(
    fc.asyncProperty(given(0), (query) => {
      const isUnpaired = parseQuery(query).warnings.some(({ unpaired }) => unpaired);
      if (isUnpaired) assert.throws(() => freeze(query, HERE.start, HERE.zone), { code: "INVALID_INPUT" }, query);
      else freeze(query, HERE.start, HERE.zone);
      return Promise.resolve();
    }),
    parameters(1_000),
  );
});
