/** Records the golden journals anew: `deno run -A --config tests/deno.json tests/golden/record.ts`. Only for a new file version. */
import { goldenPrograms } from "./programs.ts";
import { finish, record } from "./replaying.ts";

for (const program of goldenPrograms) {
  const path = new URL(`./${program.name}.db`, import.meta.url).pathname;
  await Deno.remove(path).catch(() => {});
  await record({ ...program, path });
  const copy = Deno.makeTempDirSync();
  await Deno.copyFile(path, `${copy}/tasker.db`);
  const course = await finish(`${copy}/tasker.db`);
  await Deno.remove(copy, { recursive: true });
  await Deno.writeTextFile(path.replace(/db$/, "json"), `${JSON.stringify(course, null, 2)}\n`);
  console.log(`${program.name}: ${(await Deno.stat(path)).size} bytes`);
}
