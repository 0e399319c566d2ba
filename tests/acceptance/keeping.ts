import assert from "node:assert/strict";
import type { Place } from "./tasker.ts";

/** A run with these rows by kind, as a search keeps them; `{1 MB}` stands for so much text, which no input may be. */
export async function keep(place: Place, kinds: Readonly<Record<string, readonly unknown[]>>): Promise<void> {
  await place.publish(
    "kept.js",
    `module.exports = async (input) => {
      const kinds = JSON.parse(JSON.stringify(input).replace("{1 MB}", "x".repeat(1_000_000)));
      for (const [kind, rows] of Object.entries(kinds)) await tools.records.append(kind, rows);
      return "kept";
    };`,
  );
  const input = place.write("input.json", JSON.stringify(kinds));
  const { code, stderr } = await place.run(["run", "kept", "--input", `@${input}`]);
  assert.equal(code, 0, stderr);
}

export function message(mailbox: string, id: string, headers: Readonly<Record<string, string>>, more: object = {}) {
  return { mailbox, id, threadId: id, date: "2026-11-02T10:00:00.000Z", labelIds: ["INBOX"], headers, ...more };
}
