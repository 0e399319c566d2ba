/**
 * A process that is to be killed: two runs on a file, of which one ends and one waits for an answer that never comes.
 * Prints the fingerprint of the whole file after every commit, and `reached` when nothing moves any more.
 */
import { Rig } from "../../src/engine/rig.ts";
import { answer, fixDice, publishTasks, SEQUENCE, stateOf } from "./program.ts";

const rig = new Rig({ path: Deno.args[0]! });
const { db } = rig.store;
const { transaction } = db;
db.transaction = (work, options) => {
  const value = transaction(work, options);
  if (!db.inTransaction) console.log(stateOf(db));
  return value;
};
fixDice(rig);
publishTasks(rig);
const asked = Promise.withResolvers<void>();
rig.outside.answer = (call) => {
  if (call.args[0] === `one.${SEQUENCE}`) {
    // What is in the log so far goes into the file, and the log begins again over its old content.
    db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(PASSIVE)");
  }
  if (call.args[0] !== "two.left") return answer(call);
  asked.resolve();
  return new Promise(() => {});
};
rig.takeOver();
const [one, two] = await Promise.all(["one", "two"].map((name) => rig.submit("main", { name })));
await rig.result(one!);
await asked.promise;
await rig.until(two!, () => rig.store.stackRuns.open(rig.row(two!).run).filter((frame) => frame.seq > 0).length === 1);
console.log("reached");
