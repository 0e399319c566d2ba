import assert from "node:assert/strict";
import { openStore } from "../store/store.ts";
import { findTask } from "./tasks.ts";

Deno.test("a task that comes with tasker is built for a file once, and again when its files are others", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-tasks-" });
  const path = `${folder}/tasker.db`;
  /** The version that is found after this was done to the file. */
  const found = async (change: string) => {
    const store = openStore(path);
    try {
      store.db.exec(change);
      await findTask({ name: "gmail-export", store, now: 1 });
      const { version, hash, builtFrom } = store.taskFunctions.latest("gmail-export")!;
      return { version, hash, builtFrom };
    } finally {
      store.close();
    }
  };
  try {
    const first = await found("");
    assert.equal(first.version, 1);
    assert.match(first.builtFrom!, /^\d+\.\d+\.\d+ [0-9a-f]{64}$/);
    assert.equal((await found("UPDATE task_functions SET hash = 'other'")).hash, "other");
    const built = await found("UPDATE task_functions SET built_from = 'other files'");
    assert.deepEqual(built, { ...first, version: 2 });
    assert.deepEqual(await found("UPDATE task_functions SET built_from = 'as built' WHERE version = 2"), built);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
