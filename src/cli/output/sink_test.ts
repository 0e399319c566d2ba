import assert from "node:assert/strict";
import { writeTo } from "./sink.ts";
import type { Terminal } from "./terminal.ts";

const terminal = {} as Terminal;

Deno.test("a file is written as a whole, for its owner only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/out.json`;
    await Deno.writeTextFile(path, "old", { mode: 0o644 });
    writeTo(terminal, path, (sink) => sink.write("new"));
    assert.equal(await Deno.readTextFile(path), "new");
    if (Deno.build.os !== "windows") assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("when writing fails the old file stays, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/out.json`;
    await Deno.writeTextFile(path, "old");
    assert.throws(() =>
      writeTo(terminal, path, (sink) => {
        sink.write("half");
        throw new Error("broke");
      }), /broke/);
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["out.json"]);
    assert.throws(() => writeTo(terminal, `${folder}/none/out`, () => {}), { code: "USAGE" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
