import assert from "node:assert/strict";
import type { AuthorPlace } from "./author_place.ts";
import type { DevEvent } from "./events.ts";
import { renderDevEvent } from "./render.ts";

const PLACE: AuthorPlace = { file: "task.ts", line: 2, column: 3, source: "one\n  two();\nthree\n" };
const QUOTE = "     1 | one\n   > 2 |   two();\n       |   ^\n     3 | three\n";

Deno.test("what comes of a save is a tree of calls with the author's own line, and nothing in it steers a terminal", () => {
  const shown = (event: DevEvent, place?: AuthorPlace) => renderDevEvent(event, place, false);
  const call = { seq: 12, service: "http", method: "fetch", args: ["https://\x1b[31ma/", "x".repeat(200)] };
  assert.equal(
    shown({ event: "call", ...call, at: "lib/a.ts:3:4", answer: "recorded", failed: "TIMEOUT" }),
    `├─   12  recorded   http.fetch("https://\\u001b[31ma/","${"x".repeat(75)}…)  ✗ TIMEOUT  at lib/a.ts:3:4\n`,
  );
  assert.equal(shown({ event: "log", level: "warn", text: "a\n\x1b[2Jb" }), "│        warn: a\n│        b\n");
  assert.equal(
    shown({ event: "missing", ...call, args: [], at: null }),
    "│        not made any more  http.fetch()\n",
  );
  const place = { file: "task.ts", line: 2, column: 3 };
  const waits = { event: "end", type: "unanswered", place } as const;
  assert.equal(
    shown({ ...waits, calls: [3, 4], stack: "    at two (task.ts:2:3)\n    at async one (task.ts:9:1)\n" }, PLACE),
    `└─ … waits for call 3 and 4, which have no recorded answer\n   task.ts:2:3\n${QUOTE}` +
      "   at two (task.ts:2:3)\n   at async one (task.ts:9:1)\n   hint: --live makes such calls for real; their answers are used from the next save on\n",
  );
  const error = { name: "TaskerError", code: "PUBLISH_REFUSED", hint: "correct it", details: place };
  const message = "task.ts:2:3: a bad thing\n      two();\n      ^";
  assert.equal(
    shown({ event: "end", type: "refused", error: { ...error, message }, place }, PLACE),
    `└─ ✗ refused  PUBLISH_REFUSED: a bad thing\n   task.ts:2:3\n${QUOTE}   hint: correct it\n`,
  );
  const thrown = {
    name: "TypeError",
    code: "TASK_FAILED",
    message: "no",
    stack: "TypeError: no\n    at two (task.ts:2:3)",
  };
  assert.equal(
    shown({ event: "end", type: "failed", error: thrown, place }, PLACE),
    `└─ ✗ failed  TypeError: no\n   task.ts:2:3\n${QUOTE}`,
  );
  const result = { result: [1], records: { row: 1_200 }, differs: [{ path: "[0]", recorded: 2, now: 1 }] };
  assert.equal(
    shown({ event: "end", type: "completed", ...result, place: null }),
    "└─ ✓ completed  [1]\n   records  1,200 row\n   result[0]: 2 → 1\n",
  );
});
