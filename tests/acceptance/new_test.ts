import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

Deno.test("what tasker new writes publishes, runs and passes its own test as it stands, in both languages", async () => {
  using place = new Place();
  const [program, ...before] = place.commandLine();
  const shim = place.write(
    "tasker",
    `#!/bin/sh\nexec ${[program, ...before].map((part) => `'${part}'`).join(" ")} "$@"\n`,
  );
  Deno.chmodSync(shim, 0o755);
  for (
    const [name, language, file] of [["count-words", "--typescript", "count-words.ts"], [
      "7_js",
      "--javascript",
      "7_js.js",
    ]]
  ) {
    const made = await place.run(["new", name!, language!, "--to", "taskcode/"]);
    assert.equal(made.code, 0, made.stderr);
    assert.equal(made.stdout, `taskcode/${file}\ntaskcode/${name}_test.mjs\ntaskcode/tasker.d.ts\n`);
    assert.match(made.stderr, new RegExp(`tasker publish taskcode/${file}\\n +tasker run ${name} --text`));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--quiet", "--no-lock", `taskcode/${name}_test.mjs`],
      cwd: place.folder,
      env: { ...place.environment(), TASKER: shim },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  }
  const types = Deno.readTextFileSync(`${place.folder}/taskcode/tasker.d.ts`);
  assert.equal(types, Deno.readTextFileSync(new URL("../../taskcode/tasker.d.ts", import.meta.url)));
  const again = await place.run(["new", "count-words", "--to", "taskcode"]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /taskcode\/count-words\.ts is there already: nothing was written/);
  const unfit = await place.run(["new", "Über uns"]);
  assert.equal(unfit.code, 2);
  assert.deepEqual(
    [...Deno.readDirSync(place.folder)].map((entry) => entry.name).filter((one) => one.includes("ber")),
    [],
  );
});
