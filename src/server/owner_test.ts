import assert from "node:assert/strict";
import { addressFile } from "./api.ts";
import { becomeOwner } from "./owner.ts";

Deno.test("an owner that cannot start, or whose address file was damaged, gives the database free", async () => {
  const folder = Deno.makeTempDirSync();
  const databasePath = `${folder}/tasker.db`;
  const options = { databasePath, port: 0, concurrency: 4, quotaProfile: "new", version: "9.9.9" } as const;
  try {
    const first = becomeOwner(options)!;
    assert.equal(becomeOwner(options), undefined);
    Deno.writeTextFileSync(addressFile(databasePath), "{");
    await first.stop();
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assert.throws(() => becomeOwner({ ...options, port: taken.addr.port }), { code: "CONFLICT" });
    taken.close();
    const next = becomeOwner(options)!;
    await next.stop();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test({
  name: "an owner whose address does not fit on the disk says that the disk is full, and leaves nothing behind",
  // The device that is always full.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = Deno.makeTempDirSync();
    const databasePath = `${folder}/tasker.db`;
    const options = { databasePath, port: 0, concurrency: 4, quotaProfile: "new", version: "9.9.9" } as const;
    const fresh = `${addressFile(databasePath)}.${Deno.pid}`;
    try {
      Deno.symlinkSync("/dev/full", fresh);
      assert.throws(() => becomeOwner(options), { code: "DATABASE_UNUSABLE", message: /disk is full/ });
      assert.throws(() => Deno.lstatSync(fresh), Deno.errors.NotFound);
      const next = becomeOwner(options)!;
      await next.stop();
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
