import assert from "node:assert/strict";
import { FileWatch } from "./file_watch.ts";

Deno.test("a file is heard of however it is saved, also when its folder goes and comes back", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-watch-" });
  const at = (name: string) => `${folder}/${name}`;
  const write = (name: string, text = "") => Deno.writeTextFileSync(at(name), text);
  Deno.mkdirSync(at("lib"));
  write("task.ts");
  write("lib/part.ts");
  Deno.symlinkSync(at("lib/part.ts"), at("link.ts"));
  const watch = new FileWatch();
  try {
    assert.equal(await watch.cover([at("task.ts"), at("link.ts"), at("later/more.ts")]), true);
    assert.equal(await watch.cover([at("task.ts"), at("link.ts"), at("later/more.ts")]), false);
    const hears = async (change: () => void) => {
      change();
      await watch.changed();
      await watch.cover([at("task.ts"), at("link.ts"), at("later/more.ts")]);
    };
    await hears(() => write("task.ts", "in place"));
    await hears(() => {
      write("task.ts.new", "by another file");
      Deno.renameSync(at("task.ts.new"), at("task.ts"));
    });
    await hears(() => Deno.removeSync(at("task.ts")));
    await hears(() => write("task.ts", "again"));
    await hears(() => write("lib/part.ts", "behind the link"));
    await hears(() => Deno.mkdirSync(at("later")));
    await hears(() => write("later/more.ts"));
    await hears(() => {
      Deno.renameSync(at("lib"), at("away"));
      Deno.mkdirSync(at("lib"));
      write("lib/part.ts", "another folder");
    });
    await hears(() => write("lib/part.ts", "in the other folder"));
  } finally {
    watch[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  }
});
