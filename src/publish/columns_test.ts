import assert from "node:assert/strict";
import { build, run } from "./fixture.ts";
import { restoreStack } from "./publish.ts";

const SOURCE = `interface Input { readonly how: string }
type Fail = (why: string) => never;
const shout = (text: string, { loud = true }: { loud?: boolean } = {}): string => { if (loud as boolean) throw new RangeError(text!); return text; };
const text: string = \`a \${"b" as string} c
  d \${1 as number} e\`;
export default async function sample({ how }: Input): Promise<string> {
  const fail: Fail = (why: string): never => { throw new TypeError(why as string); };
  const found: string[] = ["x"].map((one: string): string => one + text), say = (x: unknown): unknown => shout(x as string);
  if (how === "same") return found[0]!;
  return how === "call" ? say(how) as string : (fail as Fail)(how);
}
`;

/** The line and column of a text in the author's own source. */
function placeOf(text: string): string {
  const before = SOURCE.slice(0, SOURCE.indexOf(text)).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

Deno.test("errors of a running task name the author's own line and column, however many types stand before it", async () => {
  const task = await build({ "a.ts": SOURCE });
  const stackOf = async (how: string) => {
    const error = await run(task, { how }).then(() => assert.fail("did not throw"), (thrown: Error) => thrown);
    return [...restoreStack(error.stack!, task).matchAll(/a\.ts:(\d+:\d+)/g)].map(([, place]) => place);
  };
  const calls = [placeOf("new RangeError"), placeOf("shout(x"), placeOf("say(how)")];
  assert.deepEqual((await stackOf("call")).slice(0, 3), calls);
  assert.deepEqual((await stackOf("fail")).slice(0, 1), [placeOf("new TypeError")]);
});

Deno.test("what stands in for types is no part of any text", async () => {
  assert.equal(await run(await build({ "a.ts": SOURCE }), { how: "same" }), "xa b c\n  d 1 e");
});
