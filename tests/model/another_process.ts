/** Another process that may own a file: does what its standard input says, a line at a time, and says how that went. */
import { systemClock } from "../../src/core/clock.ts";
import { TextLines } from "../acceptance/text_lines.ts";
import { Owner } from "./owner.ts";
import { submit } from "./protocol.ts";

const path = Deno.args[0]!;
const lines = new TextLines(Deno.stdin.readable);
let owner: Owner | undefined;
for (;;) {
  const line = await lines.next();
  if (line === "start") {
    owner = Owner.start(path, systemClock);
    console.log(owner === undefined ? "refused" : `epoch ${owner.epoch}`);
  } else if (line === "submit") {
    const id = crypto.randomUUID();
    const { parts } = await owner!.write([(rows, now) => submit(rows, id, now)], { local: 1, outside: 0 });
    console.log(JSON.stringify(parts));
  } else {
    // What no program should do with a file that SQLite has locked: closing it drops this process's locks.
    Deno.readFileSync(`${path}.owner`);
    console.log("read");
  }
}
