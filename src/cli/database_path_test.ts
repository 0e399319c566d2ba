import assert from "node:assert/strict";
import { defaultDatabasePath } from "./database_path.ts";

const env = (values: Record<string, string>) => (name: string) => values[name];

Deno.test("the database is in the platform's folder for data", () => {
  assert.equal(defaultDatabasePath("linux", env({ HOME: "/home/a" })), "/home/a/.local/share/tasker/tasker.db");
  assert.equal(
    defaultDatabasePath("linux", env({ HOME: "/home/a", XDG_DATA_HOME: "/data" })),
    "/data/tasker/tasker.db",
  );
  assert.equal(
    defaultDatabasePath("linux", env({ HOME: "/home/a", XDG_DATA_HOME: "data" })),
    "/home/a/.local/share/tasker/tasker.db",
  );
  assert.equal(
    defaultDatabasePath("darwin", env({ HOME: "/Users/a" })),
    "/Users/a/Library/Application Support/tasker/tasker.db",
  );
  assert.equal(defaultDatabasePath("windows", env({ LOCALAPPDATA: "C:\\L" })), "C:\\L\\tasker\\tasker.db");
});

Deno.test("without a home folder a database must be named", () => {
  for (const os of ["linux", "darwin", "windows"]) {
    assert.throws(() => defaultDatabasePath(os, env({ HOME: "" })), { code: "USAGE", hint: /--db/ }, os);
  }
  assert.equal(defaultDatabasePath("linux", env({ XDG_DATA_HOME: "/data" })), "/data/tasker/tasker.db");
});
