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
function picture(columns: number): { sent: string[]; terminal: Terminal; progress: Progress } {
  const sent: string[] = [];
  const terminal: Terminal = {
    out: () => assert.fail("progress is no data"),
    err: (text) => sent.push(text),
    isTerminal: { out: true, err: true },
    color: { out: false, err: false },
    width: () => columns,
  };
  return { sent, terminal, progress: new Progress(terminal, { now: () => 1_000, quiet: false }) };
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

Deno.test("rate and ETA are seen however narrow the terminal is: the bar gives way, then there are two lines", () => {
  const shown = (columns: number) => {
    const sent: string[] = [];
    let now = 0;
    const terminal = { ...picture(columns).terminal, err: (text: string) => sent.push(text) };
    const progress = new Progress(terminal, { now: () => now, quiet: false });
    for (const done of [0, 650]) {
      now += 10_000;
      const words = { total: 3_400, unit: "messages", note: "12 of 34 users", at: now };
      progress.update({ ...VIEW, waiting: [], progress: { done, ...words } });
    }
    return sent.at(-1)!.split("\n");
  };
  const words = "gmail-search   19%  650 of 3,400 messages  12 of 34 users  65/s  ETA 43 s";
  assert.deepEqual(shown(120), [words.replace("   19%", "  ████░░░░░░░░░░░░░░░░░░░░   19%")]);
  const [line, ...more] = shown(90);
  assert.match(line!, /^gmail-search {2}█+░+ {3}19% .* 65\/s {2}ETA 43 s$/);
  assert.deepEqual([line!.length, more], [89, []]);
  assert.deepEqual(shown(80), [words]);
  assert.deepEqual(shown(50), ["gmail-search  19%  650 of 3,400 messages", "  12 of 34 users  65/s  ETA 43 s"]);
});

Deno.test("a reason of too many lines ends with what says so", () => {
  const { sent, progress } = picture(40);
  progress.update(VIEW);
  const lines = sent.at(-1)!.split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[4]!, / …$/);
  assert.ok(lines.every((line) => line.length < 40), lines.join("\n"));
  progress.clear();
});
