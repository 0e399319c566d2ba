import assert from "node:assert/strict";
import { basename } from "node:path";
import { finished, Place } from "./tasker.ts";

Deno.test({
  name: "no compiled code is taken from the folder of temporary files, where it may be anybody's",
  ignore: Deno.build.os === "windows",
  async fn() {
    using place = new Place();
    const [program] = place.commandLine();
    // Whoever opens it waits until somebody writes.
    const pipe = `${place.folder}/deno-compile-${basename(program)}.cache`;
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success, pipe);
    const child = place.start(["--version"], { env: { TMPDIR: place.folder } });
    const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
    try {
      assert.equal((await finished(child)).code, 0, `${pipe} was opened`);
    } finally {
      clearTimeout(limit);
    }
  },
});
