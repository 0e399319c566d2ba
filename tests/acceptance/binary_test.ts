import assert from "node:assert/strict";
import { basename } from "node:path";
import { finished, isCompiled, Place } from "./tasker.ts";

Deno.test({
  name: "the binary takes no compiled code from the folder of temporary files",
  ignore: !isCompiled || Deno.build.os === "windows",
  async fn() {
    using place = new Place();
    // Whoever opens it waits until somebody writes.
    const pipe = `${place.folder}/deno-compile-${basename(Deno.env.get("TASKER_BIN")!)}.cache`;
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success, pipe);
    const child = place.start(["--version"], { env: { TMPDIR: place.folder } });
    const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
    assert.equal((await finished(child)).code, 0, `${pipe} was opened`);
    clearTimeout(limit);
  },
});
