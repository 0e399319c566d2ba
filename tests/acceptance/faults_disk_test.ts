import assert from "node:assert/strict";
import { callsOf, integrityOf, runsOf } from "./journal.ts";
import { Running } from "./running.ts";
import { type CoverageRecord, type MessageRecord, Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** A disk that is full in the middle of a search. */

const SEARCH = ["-q", "-in:trash", "--max-results-per-user", "60"];

/** Mounts a small file system of its own; undefined where that is not allowed. */
async function smallDisk(folder: string, kibibytes: number): Promise<AsyncDisposable | undefined> {
  await Deno.mkdir(folder);
  const mounted = await command("mount", ["-t", "tmpfs", "-o", `size=${kibibytes}k,mode=700`, "tmpfs", folder]);
  if (!mounted) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      assert.ok(await command("umount", [folder]));
    },
  };
}

async function command(name: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: [...args], stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

interface Found {
  readonly messages: string[];
  readonly coverage: string[];
}

function found(bed: Searching): Found {
  const rows = (records: unknown[]) => records.map((record) => JSON.stringify(record)).sort();
  return {
    messages: rows(bed.records<MessageRecord>("message")),
    coverage: rows(bed.records<CoverageRecord>("coverage")),
  };
}

Deno.test("a full disk stops a search with exit code 7 and loses nothing: with space again it ends as an undisturbed one", async (t) => {
  await using bed = await Searching.open({ usersPerDomain: 8, messagesPerUser: 60 });
  await bed.result(SEARCH);
  const undisturbed = found(bed);
  const key = Deno.readTextFileSync(`${bed.place.db}.key`);

  const full = async (db: string, through: readonly string[], free: () => void) => {
    const env = { TASKER_DB: db, TASKER_KEYSTORE_KEY: key.trim() };
    await using running = Running.start(bed.place, ["run", "gmail-search", ...SEARCH], { env, through });
    const { code, stderr } = await running.end();
    assert.equal(code, 7, stderr);
    assert.match(stderr, /disk is full|could not be read or written/);
    assert.match(stderr, /tasker resume/);
    assert.equal(integrityOf(db), "ok");
    const [run] = runsOf(db);
    assert.ok(run !== undefined && !["completed", "failed", "cancelled", "held"].includes(run.status), run?.status);
    assert.ok(callsOf(db).some(({ status }) => status === "completed"), "it was in the middle");
    const before = bed.workspace.counters().messageGets;
    const recorded = callsOf(db).filter(({ call, status }) => call.endsWith(".getMany") && status === "completed");

    free();
    const resumed = await bed.place.run(["resume"], { env });
    assert.equal(resumed.code, 0, resumed.stderr);
    const rows = async (kind: string) => {
      const { stdout } = await bed.place.run(["records", "last", "--kind", kind, "--format", "ndjson"], { env });
      return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.stringify(JSON.parse(line))).sort();
    };
    assert.deepEqual({ messages: await rows("message"), coverage: await rows("coverage") }, undisturbed);
    assert.equal(integrityOf(db), "ok");
    const after = bed.workspace.counters().messageGets;
    for (const { args } of recorded) {
      const { userId, ids } = args[0] as { userId: string; ids: string[] };
      for (const id of ids) {
        assert.equal(after[`${userId}/${id}`], before[`${userId}/${id}`], "recorded, and asked again");
      }
    }
  };

  /** The file with its keystore, as it is before a search. */
  const prepared = async (db: string) => {
    const env = { TASKER_DB: db, TASKER_KEYSTORE_KEY: key.trim() };
    const values = {
      GAPI_KEY: JSON.stringify(bed.workspace.serviceAccount()),
      GAPI_ADMIN_EMAIL: JSON.stringify(bed.workspace.adminEmails),
      GAPI_ROOT_URL: bed.workspace.rootUrl,
    };
    for (const [name, stdin] of Object.entries(values)) {
      const { code, stderr } = await bed.place.run(["keystore", "set", name], { env, stdin });
      assert.equal(code, 0, stderr);
    }
  };

  const folder = `${bed.place.folder}/small`;
  const disk = await smallDisk(folder, 12 * 1024);
  await t.step({
    name: "on a small file system",
    ignore: disk === undefined,
    fn: async () => {
      await using _mounted = disk!;
      const db = `${folder}/tasker.db`;
      await prepared(db);
      // Something else takes most of the space, and gives it back later.
      Deno.writeFileSync(`${folder}/other`, new Uint8Array(10_900 * 1024));
      await full(db, [], () => Deno.removeSync(`${folder}/other`));
    },
  });
  await t.step("under a limit of file size", async () => {
    const db = `${bed.place.folder}/limited/tasker.db`;
    await prepared(db);
    // In blocks of 512 bytes. Without the trap the system would end the process, which is the kill test's case.
    await full(db, ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 2000; exec "$@"', "sh"], () => {});
  });
});

Deno.test("a full disk at the first start is said so, not stumbled over", async () => {
  using place = new Place();
  const disk = await smallDisk(`${place.folder}/tiny`, 8);
  if (disk === undefined) return;
  await using _mounted = disk;
  const { code, stderr } = await place.run(["publish", "--list"], {
    env: { TASKER_DB: `${place.folder}/tiny/tasker.db` },
  });
  assert.equal(code, 7, stderr);
  assert.match(stderr, /disk is full/, "in the message or in the hint");
});
