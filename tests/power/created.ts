/** A process that is to be killed: it has made a file, and keeps it open. */
import { openStore } from "../../src/store/store.ts";

const store = openStore(Deno.args[0]!);
console.log("reached");
await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
store.close();
