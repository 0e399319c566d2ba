import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { embeddedTasks } from "./embedded.ts";
import { run } from "./fixture.ts";
import { buildTaskCode } from "./publish.ts";

/** A folder with these files, gone after the test. */
async function inFolder(files: Record<string, string>, test: (folder: URL) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "tasker taskcode " });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    await test(pathToFileURL(`${root}/taskcode/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("the tasks of a folder are listed by name, without their parts and tests, and can be built", async () => {
  const files = {
    "taskcode/b-task.ts": "import { one } from './lib/one ü.ts';\nexport default (): number => one;",
    "taskcode/a-task.js": "module.exports = () => 'a';",
    "taskcode/b-task_test.ts": "no task",
    "taskcode/_part.ts": "no task",
    "taskcode/README.md": "no task",
    "taskcode/lib/one ü.ts": "export const one: number = 1;",
  };
  await inFolder(files, async (folder) => {
    const tasks = await embeddedTasks(folder);
    assert.deepEqual(tasks.map(({ name, filename }) => [name, filename]), [
      ["a-task", "taskcode/a-task.js"],
      ["b-task", "taskcode/b-task.ts"],
    ]);
    const built = await Promise.all(tasks.map(buildTaskCode));
    assert.deepEqual(await Promise.all(built.map((task) => run(task))), ["a", 1]);
  });
});

Deno.test("a task of the folder reads no file outside of it", async () => {
  const source = "module.exports = require('../secret.json');";
  await inFolder({ "taskcode/a.js": source, "secret.json": "{}" }, async (folder) => {
    const [task] = await embeddedTasks(folder);
    await assert.rejects(buildTaskCode(task!), {
      message: /"\.\.\/secret\.json" cannot be read: .* is outside of taskcode\//,
    });
    await assert.rejects(task!.read("/etc/hostname"), /is outside of/);
    await assert.rejects(task!.read("taskcode/../secret.json"), /is outside of/);
  });
});

Deno.test("the tasks that come with tasker are listed and built from their own folder", async () => {
  for (const task of await embeddedTasks()) assert.equal((await buildTaskCode(task)).name, task.name);
});

Deno.test("the digest of a task changes with any file of its folder", async () => {
  const files = {
    "taskcode/a.js": "module.exports = require('./lib/b.js');",
    "taskcode/lib/b.js": "module.exports = 1;",
  };
  const digest = async (changed: Record<string, string>) => {
    let digest: string | undefined;
    await inFolder({ ...files, ...changed }, async (folder) => {
      digest = await (await embeddedTasks(folder))[0]!.digest();
    });
    return digest;
  };
  assert.equal(await digest({}), await digest({}));
  const changed = [{}, { "taskcode/lib/b.js": "module.exports = 2;" }, { "taskcode/lib/c ü.js": "" }, {
    "taskcode/lib/x/c.js": "",
  }];
  assert.equal(new Set(await Promise.all(changed.map(digest))).size, changed.length);
});
