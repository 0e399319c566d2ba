import assert from "node:assert/strict";
import { MessageDiff, type MessageState } from "./message_diff.ts";

const START = "2026-11-10T00:00:00.000Z";

function state(mailbox: string, id: string, more: Partial<MessageState> = {}): MessageState {
  return {
    ...{ mailbox, id, seq: Number(id), date: "2026-11-01T00:00:00.000Z" },
    ...{ labels: '["INBOX"]', labelKind: "ids", folder: "inbox", read: true },
    ...more,
  };
}

function compared(fill: (diff: MessageDiff) => void, start: string | null = START): MessageDiff {
  const diff = new MessageDiff();
  fill(diff);
  diff.compare(start);
  return diff;
}

/** `mailbox id: change`. */
function changes(diff: MessageDiff): string[] {
  return [...diff.differences()].map(({ mailbox, id, change }) => `${mailbox} ${id ?? "itself"}: ${change}`);
}

Deno.test("a message is missing only where the other run has read the mailbox to its end", () => {
  const statuses = ["complete", "truncated", "failed", "skipped", undefined];
  for (const first of statuses) {
    for (const second of statuses) {
      using diff = compared((diff) => {
        if (first !== undefined) diff.cover(1, { mailbox: "a", status: first, reason: "" });
        if (second !== undefined) diff.cover(2, { mailbox: "a", status: second, reason: "" });
        diff.add(1, state("a", "1"));
        diff.add(2, state("a", "2"));
        diff.add(1, state("a", "3"));
        diff.add(2, state("a", "3"));
        diff.add(2, state("a", "4", { date: START }));
      });
      const both = first === "complete" && second === "complete";
      // With messages of it, a mailbox without a line has been begun.
      const isSkipped = first === "skipped" && second === "skipped";
      const unknown = (id: string) => `a ${id}: unknown`;
      const expected = [
        ...(both || isSkipped ? [] : ["a itself: unknown"]),
        "a 4: new",
        ...(first === "complete" ? ["a 2: new"] : []),
        ...(second === "complete" ? ["a 1: vanished"] : []),
        ...(second === "complete" ? [] : [unknown("1")]),
        ...(first === "complete" ? [] : [unknown("2")]),
      ];
      assert.deepEqual(changes(diff), expected, `${first}, ${second}`);
      assert.equal(diff.totals().same, 1);
      assert.deepEqual(diff.mailboxTotals(), { searched: isSkipped ? 0 : 1, read: both ? 1 : 0 });
    }
  }
});

Deno.test("without the time when the first run asked, only a mailbox that it has read tells what is new", () => {
  using diff = compared((diff) => {
    diff.cover(1, { mailbox: "a", status: "failed", reason: "" });
    diff.cover(2, { mailbox: "a", status: "complete", reason: "" });
    diff.add(2, state("a", "4", { date: START }));
  }, null);
  assert.deepEqual(changes(diff), ["a itself: unknown", "a 4: unknown"]);
});

Deno.test("a message has changed when its labels have, as far as both runs have kept them", () => {
  const table: [Partial<MessageState>, Partial<MessageState>, "changed" | "same", incomparable: number][] = [
    [{}, {}, "same", 0],
    [{}, { labels: '["INBOX","Label_1"]' }, "changed", 0],
    [{}, { labels: null, labelKind: null }, "same", 1],
    [{}, { labels: null, labelKind: null, read: false }, "changed", 1],
    [{}, { labels: '["INBOX","Work"]', labelKind: "names" }, "same", 1],
    [{}, { labels: '["Work"]', labelKind: "names", folder: "archive" }, "changed", 1],
    [{ folder: null, read: null }, { folder: "trash", read: false }, "same", 0],
  ];
  for (const [before, after, expected, incomparable] of table) {
    using diff = compared((diff) => {
      for (const side of [1, 2] as const) diff.cover(side, { mailbox: "a", status: "complete", reason: "" });
      diff.add(1, state("a", "1", before));
      diff.add(2, state("a", "1", after));
    });
    assert.deepEqual(changes(diff), expected === "changed" ? ["a 1: changed"] : [], JSON.stringify(after));
    assert.equal(diff.totals().incomparable, incomparable, JSON.stringify(after));
  }
});

Deno.test("a mailbox not read by both is there without a message, and one that neither was to read is not", () => {
  using diff = compared((diff) => {
    diff.cover(1, { mailbox: "a", status: "failed", reason: "FORBIDDEN" });
    diff.cover(2, { mailbox: "a", status: "failed", reason: "UNAVAILABLE" });
    diff.cover(1, { mailbox: "b", status: "skipped", reason: "suspended" });
    diff.cover(2, { mailbox: "b", status: "skipped", reason: "suspended" });
    diff.cover(1, { mailbox: "c", status: "complete", reason: "" });
    diff.cover(2, { mailbox: "c", status: "skipped", reason: "suspended" });
    diff.cover(1, { mailbox: "d", status: "complete", reason: "" });
    diff.cover(2, { mailbox: "d", status: "complete", reason: "" });
  });
  assert.deepEqual(changes(diff), ["a itself: unknown", "c itself: unknown"]);
  assert.deepEqual([...diff.differences()][0]!.readings, {
    1: { status: "failed", reason: "FORBIDDEN" },
    2: { status: "failed", reason: "UNAVAILABLE" },
  });
  assert.deepEqual([...diff.mailboxes()].map(({ mailbox }) => mailbox), ["a", "c", "d"]);
  assert.deepEqual(diff.readings("nobody"), { 1: undefined, 2: undefined });
});

Deno.test("many messages are compared outside of memory", () => {
  const COUNT = 40_000;
  const script = new URL("./many_messages_fixture.ts", import.meta.url).pathname;
  const args = ["run", "--no-check", "--allow-read", "--allow-write", "--allow-env", script, String(COUNT)];
  const { stdout, stderr } = new Deno.Command(Deno.execPath(), { args }).outputSync();
  const { seen, totals, grown } = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
  assert.equal(seen, COUNT * 3 / 10);
  assert.deepEqual(totals, {
    ...{ new: COUNT / 10, vanished: COUNT / 10, changed: COUNT / 10, unknown: 0 },
    ...{ same: COUNT * 7 / 10, incomparable: 0 },
  });
  assert.ok(grown < 120 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MiB for ${2 * COUNT} rows of 2.4 KiB`);
});
