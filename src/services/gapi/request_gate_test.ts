import assert from "node:assert/strict";
import { systemClock, VirtualClock } from "../../core/clock.ts";
import { RequestGate } from "./request_gate.ts";
import { Slots } from "./slots.ts";
import { callService, errorOf, googleError, Rig, runOn, valueOf } from "./test_rig.ts";

const never = new AbortController().signal;

Deno.test("places are given in the order they were asked for, and an aborted wait leaves the queue", async () => {
  const slots = new Slots(1);
  const leave = await slots.enter(never);
  const abort = new AbortController();
  const order: string[] = [];
  const first = slots.enter(never).then((leave) => (order.push("first"), leave()));
  const aborted = slots.enter(abort.signal);
  const last = slots.enter(never).then((leave) => (order.push("last"), leave()));
  abort.abort(new Error("given up"));
  await assert.rejects(aborted, { message: "given up" });
  leave();
  leave();
  await Promise.all([first, last]);
  assert.deepEqual(order, ["first", "last"]);
  assert.equal(slots.idle, true);
  await assert.rejects(slots.enter(abort.signal), { message: "given up" });
});

Deno.test("one user has at most 5 connections, the whole service at most 64", async () => {
  const gate = new RequestGate({ clock: systemClock, fetch });
  const leaves: (() => void)[] = [];
  let entered = 0;
  const enter = (user: string) => gate.enter(user, never).then((leave) => (entered++, leaves.push(leave)));
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  const all = Array.from({ length: 8 }, () => enter("ann"));
  await settle();
  assert.equal(entered, 5);
  for (let user = 0; user < 100; user++) all.push(enter(`user-${user}`));
  await settle();
  assert.equal(entered, 64);
  while (leaves.length > 0) {
    leaves.pop()!();
    await settle();
  }
  await Promise.all(all);
  assert.equal(entered, 108);
});

Deno.test("a user whom the server refuses gets fewer requests at once, and more again bit by bit", async () => {
  const clock = new VirtualClock();
  let [allowed, inFlight, most, refused] = [2, 0, 0, 0];
  // The first two are answered when the three that came with them have been.
  const three = Promise.withResolvers<void>();
  await using rig = new Rig(async (_request, url) => {
    if (inFlight >= allowed) {
      if (++refused === 3) three.resolve();
      return googleError(429, "rateLimitExceeded", "Too many concurrent requests for user.");
    }
    most = Math.max(most, ++inFlight);
    await three.promise;
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight--;
    return Response.json({ id: url.pathname.split("/").at(-1) });
  });
  const service = rig.service({ clock, profile: "none" });
  let asked = 0;
  const read = async (count: number) => {
    const ids = Array.from({ length: count }, () => `m${asked++}`);
    valueOf(
      await runOn(clock, callService(service, "gmail.users.messages.getMany", [{ userId: "ann@x.example", ids }])),
    );
  };
  const begin = clock.now();
  await read(40);
  assert.deepEqual({ most, refused }, { most: 2, refused: 3 });
  assert.equal(clock.now() - begin, 1_000, "three refusals at once are one");
  allowed = 5;
  most = 0;
  for (let call = 0; call < 4; call++) await read(50);
  assert.deepEqual({ most, refused }, { most: 5, refused: 3 });
});

Deno.test("a stopped service ends what is in flight", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using rig = new Rig(async () => {
    arrived.resolve();
    await release.promise;
    return Response.json({});
  });
  const service = rig.service();
  const calling = callService(service, "gmail.users.messages.list", [{ userId: "ann@example.com" }]);
  await arrived.promise;
  await service.stop?.();
  assert.equal(errorOf(await calling).code, "CANCELLED");
  release.resolve();
});

Deno.test("a body that unpacks to more than 16 MiB is not read to its end", async () => {
  const zeros = new Blob([new Uint8Array(20 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(zeros).arrayBuffer());
  await using rig = new Rig(() =>
    new Response(packed, { headers: { "content-encoding": "gzip", "content-type": "application/json" } })
  );
  const gate = new RequestGate({ clock: systemClock, fetch });
  await assert.rejects(gate.fetch(`${rig.origin}/bomb`), { code: "TOO_LARGE" });
});
