import assert from "node:assert/strict";
import { goldenPrograms } from "./programs.ts";
import { finish } from "./replaying.ts";

for (const { name } of goldenPrograms) {
  Deno.test(`the recorded journal "${name}" goes on to the end it always had`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "tasker-golden-" });
    try {
      await Deno.copyFile(new URL(`./${name}.db`, import.meta.url), `${folder}/tasker.db`);
      const expected = JSON.parse(await Deno.readTextFile(new URL(`./${name}.json`, import.meta.url)));
      assert.deepEqual(JSON.parse(JSON.stringify(await finish(`${folder}/tasker.db`))), expected);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
