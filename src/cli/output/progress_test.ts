import assert from "node:assert/strict";
import type { RunView } from "../../server/api.ts";
import { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

const WHY = "nothing answers at http://127.0.0.1:40001 (GAPI_ROOT_URL): is the sandbox running?";

const VIEW = {
  id: "r",
  taskName: "gmail-search",
  status: "running",
  progress: null,
  calls: { pending: 1 },
  records: {},
  waiting: [{ stackRunId: "r.1", service: "gapi", method: "m", until: 9_000, waitingFor: WHY }],
} as unknown as RunView;

/** What a terminal of so many columns is sent. */
function picture(columns: number): { sent: string[]; progress: Progress } {
  const sent: string[] = [];
  const terminal: Terminal = {
    out: () => assert.fail("progress is no data"),
    err: (text) => sent.push(text),
    isTerminal: { out: true, err: true },
    color: { out: false, err: false },
    width: () => columns,
  };
  return { sent, progress: new Progress(terminal, { now: () => 1_000, quiet: false }) };
}

Deno.test("why nothing goes on is shown in several lines, each narrower than the terminal, and all are taken away", () => {
  const { sent, progress } = picture(70);
  progress.update(VIEW);
  const lines = sent.at(-1)!.split("\n");
  assert.equal(lines.length, 3);
  assert.ok(lines.every((line) => line.length < 70), lines.join("\n"));
  assert.match(
    lines.slice(1).map((line) => line.trim()).join(" "),
    /40001 \(GAPI_ROOT_URL\): is the sandbox running\?/,
  );
  progress.clear();
  assert.equal(sent.at(-1), "\r\x1b[2A\x1b[J");
});

Deno.test("a reason of too many lines ends with what says so", () => {
  const { sent, progress } = picture(40);
  progress.update(VIEW);
  const lines = sent.at(-1)!.split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[3]!, / …$/);
  assert.ok(lines.every((line) => line.length < 40), lines.join("\n"));
  progress.clear();
});
