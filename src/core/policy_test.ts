import assert from "node:assert/strict";
import { decide, type IntendedCall, type PolicyRule, ruleText } from "./policy.ts";

const call: IntendedCall = {
  task: "tidy-up",
  service: "gapi",
  method: "gmail.users.messages.trash",
  writes: true,
  facts: { userId: "ann@example.com", ids: ["a", "b"], body: { title: "Plan" }, count: 3, "x.y": "dotted" },
};

function rule(id: number, rest: Partial<PolicyRule>): PolicyRule {
  return { id, effect: "deny", task: "*", service: "*", method: "*", where: [], ...rest };
}

Deno.test("without a rule that fits, a person is asked about what writes, and the rest is allowed", () => {
  assert.deepEqual(decide([], call), { effect: "ask", rule: undefined });
  assert.deepEqual(decide([], { ...call, writes: false }), { effect: "allow", rule: undefined });
  assert.equal(decide([rule(1, { task: "other" })], call).effect, "ask");
});

Deno.test("the first rule that fits decides", () => {
  const rules = [
    rule(7, { effect: "allow", service: "http" }),
    rule(3, { effect: "allow", method: "gmail.*.trash", where: [{ of: "userId", is: "*@example.com" }] }),
    rule(1, {}),
  ];
  assert.equal(decide(rules, call).rule?.id, 3);
  assert.equal(decide(rules, { ...call, facts: {} }).rule?.id, 1);
});

Deno.test("a condition is about what the call says: a member, one inside another, an item of a list", () => {
  const holds = (of: string, is: string) => decide([rule(1, { where: [{ of, is }] })], call).effect === "deny";
  for (
    const [of, is] of [
      ["userId", "ANN@*"],
      ["ids", "b"],
      ["body.title", "plan"],
      ["count", "3"],
      ["x.y", "dotted"],
      ["body", '{"title":*'],
    ] as const
  ) assert.ok(holds(of, is), `${of}=${is}`);
  for (const [of, is] of [["userId", "ann"], ["nothing", "*"], ["body.nothing", "*"], ["ids.0", "a"]] as const) {
    assert.ok(!holds(of, is), `${of}=${is}`);
  }
});

Deno.test("a rule's text is what makes it", () => {
  assert.equal(ruleText(rule(1, {})), "deny");
  assert.equal(
    ruleText(rule(1, { effect: "ask", task: "x*", service: "gapi", where: [{ of: "userId", is: "*@it's" }] })),
    "ask --task 'x*' --service gapi --where 'userId=*@it'\\''s'",
  );
});
