import assert from "node:assert/strict";
import { patternsOf } from "./rule_flags.ts";

Deno.test("flags of a rule are patterns; those that no call can fit are refused", () => {
  assert.deepEqual(patternsOf({}), { task: "*", service: "*", method: "*", where: [] });
  assert.deepEqual(patternsOf({ task: "x*", where: ["userId=*@a=b"] }), {
    task: "x*",
    service: "*",
    method: "*",
    where: [{ of: "userId", is: "*@a=b" }],
  });
  for (
    const [flags, words] of [
      [{ service: "records" }, /records is none that leaves this machine/],
      [{ service: "http", method: "POST" }, /nothing fits --method POST/],
      [{ where: ["x"] }, /--where x is no condition/],
      [{ where: ["=x"] }, /--where =x is no condition/],
      [{ task: "" }, /--task takes a pattern/],
      [{ where: ["x=".padEnd(502, "y")] }, /--where takes a pattern/],
    ] as const
  ) assert.throws(() => patternsOf(flags), { code: "USAGE", message: words });
});
