import assert from "node:assert/strict";
import { TaskerError } from "../core/errors.ts";
import { importsIn } from "./import_guard.ts";
import { build, load } from "./fixture.ts";

const SOURCE = `#!/usr/bin/env tasker
/** Doubles. */
import { twice, type Value } from "./twice.ts";
export const manifest = {
  description: "Doubles " + "a number",
  services: ["log"],
  input: { type: "object", properties: { value: { type: "number", "x-flag": { aliases: ["v"] } } } },
} as const;
export default async ({ value }: { value: Value }): Promise<string> => {
  const pattern = /[/"'\`]+/g; // import nothing
  return \`\${await twice(value)} \${"a/b".replace(pattern, (found: string) => { return found + "x"; })}\`;
};
`;
const PIECES = [
  ..."(){}[]<>;:,.'\"`/\\*+=!?#@ \n\r\0\u2028\ud83d",
  "import",
  "import(",
  "await ",
  "=>",
  "${",
  "*/",
  "//",
  "<!--",
  "-->",
];

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

Deno.test("a file with random damage is published as code that V8 takes, or refused at one of its places", async () => {
  const random = seeded(1);
  const upTo = (limit: number) => Math.floor(random() * limit);
  let published = 0;
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    let source = SOURCE;
    for (let damage = upTo(3); damage >= 0; damage--) {
      const at = upTo(source.length);
      source = source.slice(0, at) + (random() < 0.6 ? PIECES[upTo(PIECES.length)] : "") + source.slice(at + upTo(4));
    }
    try {
      const task = await build({
        "a.ts": source,
        "twice.ts": "export type Value = number;\nexport const twice = async (v: Value) => v * 2;",
      });
      assert.deepEqual(importsIn(task.source), []);
      assert.equal(task.source.split("\n").length >= source.split("\n").length, true);
      published++;
      try {
        load(task);
      } catch (error) {
        assert.ok(!(error instanceof SyntaxError), `${error}\n${source}`);
      }
    } catch (error) {
      if (!(error instanceof TaskerError) || error.code !== "PUBLISH_REFUSED") {
        throw new Error(source, { cause: error });
      }
      const { line, column } = error.details as { line: number; column: number };
      const text = source.split("\n")[line - 1];
      assert.ok(text !== undefined && column >= 1 && column <= text.length + 1, `${error.message}\n${source}`);
      refused++;
    }
  }
  assert.ok(published > 50 && refused > 50, `${published} published, ${refused} refused`);
});
