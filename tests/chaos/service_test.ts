import assert from "node:assert/strict";
import { answerTo } from "./answers.ts";
import { Findings } from "./findings.ts";
import { Senders } from "./senders.ts";
import { Service } from "./service.ts";

/** What only the service can see, asked by this process and by another one. */

const SEED = 1;

/** Keys that the service answers at once. */
const [plain, other] = Array.from({ length: 200 }, (_none, index) => `k${index}~1`).filter((key) => {
  const { trouble, status, delay } = answerTo(SEED, key);
  return trouble.length === 0 && status === 200 && delay < 25;
}) as [string, string];

function setUp(living: () => readonly number[] = () => [Deno.pid]) {
  const findings = new Findings();
  const service = new Service({ seed: SEED, findings, senders: new Senders({ findings, living }) });
  const ask = async (key: string, init: RequestInit = {}, after = "") => {
    const response = await fetch(`http://${service.host}/call?key=${key}&after=${after}`, init);
    return await response.json() as { token: string };
  };
  return { findings, service, ask };
}

Deno.test("asking again is found only after the result is recorded", async () => {
  const { findings, service, ask } = setUp();
  await using _service = service;
  assert.deepEqual(await ask(plain), { token: `${plain}:1` });
  assert.deepEqual(await ask(plain), { token: `${plain}:2` });
  assert.equal(findings.failed, 0);
  service.isRecorded(plain, "run x seq 7");
  await ask(plain);
  assert.match(findings.of("again").join(), /^run x seq 7 \(k\d+~1\) was made again: request 3$/);
});

Deno.test("a post that comes twice is found, and a token that was never sent", async () => {
  const { findings, service, ask } = setUp();
  await using _service = service;
  const { token } = await ask(plain, { method: "POST" });
  await ask(other, {}, token);
  assert.equal(findings.failed, 0);
  await ask(plain, { method: "POST" });
  await ask(other, {}, "nobody~1:1");
  assert.equal(findings.of("commit").length, 1);
  assert.equal(findings.of("causality").length, 1);
});

Deno.test({
  name: "calls of an earlier process are found after those of a later one",
  ignore: !Senders.areKnown,
  fn: async () => {
    const living = [Deno.pid];
    const { findings, service, ask } = setUp(() => living);
    await using _service = service;
    await ask(plain);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `await new Promise((go) => Deno.stdin.read(new Uint8Array(1)).then(go));
         await fetch("http://${service.host}/call?key=${other}&after=");`,
      ],
      stdin: "piped",
    }).spawn();
    living.push(child.pid);
    const writer = child.stdin.getWriter();
    await writer.write(new Uint8Array([1]));
    await writer.close();
    await child.status;
    assert.equal(findings.failed, 0);
    await ask(plain);
    assert.match(
      findings.of("owner").join(),
      new RegExp(`process ${Deno.pid} made the call .* after process ${child.pid}`),
    );
  },
});
