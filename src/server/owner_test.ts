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
