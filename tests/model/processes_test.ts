import assert from "node:assert/strict";
import { systemClock } from "../../src/core/clock.ts";
import { TextLines } from "../acceptance/text_lines.ts";
import { Owner } from "./owner.ts";
import { recover, submit } from "./protocol.ts";
import { newFile } from "./world.ts";

const NO_CLAIM = { local: 0, outside: 0 };

/** A file, and another process that does with it as it is told. */
class Other implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "tasker-model-" });
  readonly path = `${this.folder}/tasker.db`;
  readonly child: Deno.ChildProcess;
  readonly #lines: TextLines;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor() {
    Deno.writeFileSync(this.path, newFile());
    const script = new URL("another_process.ts", import.meta.url).pathname;
    const config = new URL("../deno.json", import.meta.url).pathname;
    this.child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", "--config", config, script, this.path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = new TextLines(this.child.stdout);
    this.#writer = this.child.stdin.getWriter();
  }

  async does(what: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${what}\n`));
    return await this.#lines.next();
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kill();
    } catch { /* it is dead already */ }
    await this.#lines.cancel();
    await this.#writer.abort().catch(() => {});
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("a file has one owner among processes, also while that is frozen, and is free when it is killed", async () => {
  await using other = new Other();
  assert.equal(await other.does("start"), "epoch 1");
  assert.equal(await other.does("submit"), JSON.stringify([{ run: 1, root: 1 }]));
  assert.equal(Owner.start(other.path, systemClock), undefined);
  other.child.kill("SIGSTOP");
  assert.equal(Owner.start(other.path, systemClock), undefined);
  await other.kill();
  const owner = Owner.start(other.path, systemClock)!;
  try {
    assert.deepEqual([owner.epoch, owner.diedBefore], [2, true]);
    const { parts } = await owner.write([recover], NO_CLAIM);
    assert.deepEqual((parts[0] as { suspects: number[] }).suspects, [1]);
  } finally {
    owner.die();
  }
});

Deno.test("a process that has the lock refuses it to all others, and has nothing to say once it is taken over", async () => {
  await using other = new Other();
  const first = Owner.start(other.path, systemClock)!;
  assert.equal(await other.does("start"), "refused");
  first.die();
  assert.equal(await other.does("start"), "epoch 2");
  // Its lock is gone and it does not know.
  await other.does("drop the lock");
  const owner = Owner.start(other.path, systemClock)!;
  try {
    assert.deepEqual([owner.epoch, owner.diedBefore], [3, true]);
    assert.equal(await other.does("submit"), JSON.stringify([{ refused: "NOT_OWNER" }]));
    assert.equal(await other.does("submit"), JSON.stringify([{ refused: "UNAVAILABLE" }]));
    const { parts } = await owner.write([(rows, now) => submit(rows, "mine", now)], NO_CLAIM);
    assert.deepEqual(parts, [{ run: 1, root: 1 }]);
  } finally {
    owner.die();
  }
});
