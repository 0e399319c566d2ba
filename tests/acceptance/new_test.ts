import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

Deno.test("what tasker new writes passes its own test as it stands, in both languages, without a service once it is recorded", async () => {
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
    const test = async (...which: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "--quiet", "--no-lock", `taskcode/${name}_test.mjs`, ...which],
        cwd: place.folder,
        env: { ...place.environment(), TASKER: shim, NO_COLOR: "1" },
      }).output();
      return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
    };
    const first = await test();
    assert.equal(first.code, 0, first.said);
    if (language === "--javascript") continue;
    const recorded = Deno.readFileSync(`${place.folder}/taskcode/${name}.tasker`);
    const task = `taskcode/${file}`;
    place.write(task, Deno.readTextFileSync(`${place.folder}/${task}`).replace("word.length", "word.length + 1"));
    const second = await test("--filter", "recorded calls");
    assert.equal(second.code, 1, second.said);
    assert.match(second.said, /makes the recorded calls[^]*"type": "other arguments"/);
    assert.deepEqual(Deno.readFileSync(`${place.folder}/taskcode/${name}.tasker`), recorded);
    assert.deepEqual([...Deno.readDirSync(`${place.folder}/taskcode`)].map((entry) => entry.name).sort(), [
      ...[`${name}.tasker`, file, `${name}_test.mjs`, "tasker.d.ts"],
    ]);
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
