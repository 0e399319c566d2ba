import assert from "node:assert/strict";
import { takeByte } from "./hidden_prompt.ts";

function typed(...input: number[]): { text: string; end: string | undefined } {
  let bytes: readonly number[] = [];
  let end: string | undefined;
  for (const byte of input) ({ bytes, end } = { end: undefined, ...takeByte(bytes, byte) });
  return { text: new TextDecoder().decode(new Uint8Array(bytes)), end };
}

Deno.test("a hidden line ends with Enter, and Backspace takes whole characters back", () => {
  const euro = [...new TextEncoder().encode("a€")];
  assert.deepEqual(typed(...euro, 0x0d), { text: "a€", end: "entered" });
  assert.deepEqual(typed(...euro, 0x7f), { text: "a", end: undefined });
  assert.deepEqual(typed(0x61, 0x62, 0x08, 0x0a), { text: "a", end: "entered" });
  assert.deepEqual(typed(0x61, 0x15), { text: "", end: undefined });
  assert.deepEqual(typed(0x61, 0x03), { text: "", end: "interrupted" });
});
