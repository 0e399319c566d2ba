import assert from "node:assert/strict";
import { systemClock, VirtualClock } from "../../core/clock.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import { startWorkspace } from "../../workspace/workspace.ts";
import type { ServiceCall } from "../contract.ts";
import { createGapiService } from "./service.ts";
import { callService, errorOf, googleError, Rig, runOn, valueOf } from "./test_rig.ts";

const MANY = "gmail.users.messages.getMany";
const ANN = "ann@example.com";
const IDS = Array.from({ length: 50 }, (_, index) => `m${index}`);

function idOf(url: URL): string {
  return url.pathname.split("/").at(-1)!;
}

interface Entry {
  id: string;
  ok: boolean;
  message?: { id: string };
  error?: { code: string };
}

function entries(value: Json | undefined): Entry[] {
  return (value as unknown as { messages: Entry[] }).messages;
}

Deno.test("getMany answers each id in the order asked, at most five requests at a time", async () => {
  let inFlight = 0;
  let most = 0;
  await using rig = new Rig(async (_request, url) => {
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setTimeout(resolve, 0));
    inFlight--;
    return Response.json({ id: idOf(url), asked: url.search });
  });
  const ids = ["m3", "m1", "m3", ...IDS.slice(10, 40)];
  const args = [{ userId: ANN, ids, format: "metadata", metadataHeaders: ["From", "Subject"], fields: "id,payload" }];
  const answers = entries(valueOf(await callService(rig.service(), MANY, args)));
  assert.deepEqual(answers.map(({ id, ok, message }) => [id, ok, message?.id]), ids.map((id) => [id, true, id]));
  assert.deepEqual(
    (answers[0]!.message as unknown as { asked: string }).asked,
    "?format=metadata&metadataHeaders=From&metadataHeaders=Subject&fields=id%2Cpayload",
  );
  assert.equal(rig.count(/messages/), 32);
  assert.ok(most > 1 && most <= 5, `${most} at a time`);
});

Deno.test("headers are read that Gmail left encoded, and of a whole message only those asked for are kept", async () => {
  const headers = [
    { name: "Received", value: "by mx.example" },
    { name: "FROM", value: "=?iso-8859-1?Q?M=FCller=2C_Jan?= <jan@x.example>" },
    { name: "Subject", value: "=?koi8-r?B?88/Pwt0=?= =?utf-8?Q?cut off" },
  ];
  await using rig = new Rig((_request, url) => Response.json({ id: idOf(url), payload: { headers, mimeType: "a/b" } }));
  const ask = async (format: string) => {
    const args = [{ userId: ANN, ids: ["m1"], format, metadataHeaders: ["From", "Subject"] }];
    const [entry] = entries(valueOf(await callService(rig.service(), MANY, args)));
    return (entry!.message as unknown as { payload: Json }).payload;
  };
  const read = [
    { name: "FROM", value: '"Müller, Jan" <jan@x.example>' },
    { name: "Subject", value: "Сообщ =?utf-8?Q?cut off" },
  ];
  assert.deepEqual(await ask("full"), { headers: read, mimeType: "a/b" });
  assert.deepEqual(await ask("metadata"), { headers: [headers[0], ...read], mimeType: "a/b" });
});

Deno.test("bodies are kept by a task that may keep records, of whole messages only", async () => {
  await using rig = new Rig((_request, url) => Response.json({ id: idOf(url) }));
  const asked = { userId: ANN, ids: ["m1"], format: "full", bodies: "body" };
  const traits = (params: JsonObject, manifest = LEGACY_MANIFEST) =>
    rig.service().traits({ method: MANY, args: [params], manifest });
  assert.equal(traits(asked).repeatable, true);
  for (const wrong of [{ format: "metadata" }, { bodies: "no kind" }, { bodies: 1 }]) {
    assert.throws(() => traits({ ...asked, ...wrong }), { code: "INVALID_INPUT" });
  }
  assert.throws(() => traits(asked, { ...LEGACY_MANIFEST, services: ["gapi"] }), { code: "METHOD_REFUSED" });
});

Deno.test("a message that is gone is an error of its own", async () => {
  await using rig = new Rig((_request, url) => idOf(url) === "m2" ? undefined : Response.json({ id: idOf(url) }));
  const answers = entries(valueOf(await callService(rig.service(), MANY, [{ userId: ANN, ids: ["m1", "m2", "m3"] }])));
  assert.deepEqual(answers.map(({ ok, error }) => error?.code ?? ok), [true, "NOT_FOUND", true]);
});

Deno.test("a message other than the one asked for is never taken for it", async () => {
  await using rig = new Rig(() => Response.json({ id: "m9" }));
  const answers = entries(valueOf(await callService(rig.service(), MANY, [{ userId: ANN, ids: ["m1", "m9"] }])));
  assert.deepEqual(answers.map(({ ok, error }) => error?.code ?? ok), ["INTERNAL", true]);
});

Deno.test("throttled half-way it waits with its answers so far, and then asks only for the rest", async () => {
  const until = Date.now() + 600_000;
  let served = 0;
  await using rig = new Rig((_request, url) =>
    served++ < 20
      ? Response.json({ id: idOf(url) })
      : googleError(403, "userRateLimitExceeded", `Retry after ${new Date(until).toISOString()}`)
  );
  const args = [{ userId: ANN, ids: IDS }];
  const waiting = await callService(rig.service(), MANY, args);
  assert.ok(waiting.type === "wait" && waiting.until >= until);
  const kept = entries(waiting.progress);
  assert.equal(kept.length, 20);

  served = -Infinity;
  rig.requests.length = 0;
  const answers = entries(valueOf(await callService(rig.service(), MANY, args, { progress: waiting.progress })));
  assert.deepEqual(answers.map(({ id }) => id), IDS);
  const asked = rig.requests.filter(({ path }) => path !== "/token").map(({ path }) => path.split("/").at(-1)!);
  assert.deepEqual(asked.sort(), IDS.filter((id) => !kept.some((entry) => entry.id === id)).sort());
});

Deno.test("a passing failure keeps the answers so far, and so does an interruption", async () => {
  let served = 0;
  const abort = new AbortController();
  const release = Promise.withResolvers<void>();
  await using rig = new Rig((_request, url) =>
    served++ === 12 ? googleError(503, "backendError", "Backend Error") : Response.json({ id: idOf(url) })
  );
  const failed = await callService(rig.service(), MANY, [{ userId: ANN, ids: IDS }]);
  assert.ok(failed.type === "error" && failed.retry !== undefined && failed.error.code === "UNAVAILABLE");
  const kept = entries(failed.progress).length;
  assert.ok(kept >= 12 && kept < 20, `${kept} kept`);

  served = -Infinity;
  let answered = 0;
  rig.api = async (_request, url) => {
    if (answered++ < 10) return Response.json({ id: idOf(url) });
    abort.abort();
    await release.promise;
    return Response.json({ id: idOf(url) });
  };
  const interrupted = await callService(rig.service(), MANY, [{ userId: ANN, ids: IDS }], { signal: abort.signal });
  release.resolve();
  assert.ok(interrupted.type === "error" && interrupted.retry !== undefined);
  const keptNow = entries(interrupted.progress).length;
  assert.ok(keptNow >= 6 && keptNow <= 10, `${keptNow} kept`);
});

Deno.test("what concerns the whole mailbox ends the call", async () => {
  await using rig = new Rig(() => googleError(400, "failedPrecondition", "Mail service not enabled"));
  const outcome = await callService(rig.service(), MANY, [{ userId: ANN, ids: IDS }]);
  assert.equal(errorOf(outcome).code, "NO_MAILBOX");
  assert.ok(rig.count(/messages/) <= 5);
});

Deno.test("its own quota makes it wait with progress, and the whole stays within the quota", async () => {
  const clock = new VirtualClock();
  await using rig = new Rig((_request, url) => Response.json({ id: idOf(url) }));
  const service = rig.service({ clock });
  const start = clock.now();
  for (let round = 0; round < 6; round++) {
    const ids = IDS.map((id) => `${id}-${round}`);
    assert.equal(entries(valueOf(await callService(service, MANY, [{ userId: ANN, ids }]))).length, 50);
  }
  assert.equal(clock.now(), start, "300 gets of 20 units go at once");
  const seventh = IDS.map((id) => `${id}-6`);
  const options = { frameId: "seventh" };
  const waiting = await callService(service, MANY, [{ userId: ANN, ids: seventh }], options);
  assert.ok(waiting.type === "wait", JSON.stringify(waiting));
  assert.equal(waiting.until, start + 60_001);
  assert.equal(waiting.waitingFor, `user ${ANN}: quota until 2026-01-01T00:01:00.001Z`);
  clock.advance(waiting.until - clock.now());
  const done = await runOn(
    clock,
    callService(service, MANY, [{ userId: ANN, ids: seventh }], { ...options, progress: waiting.progress }),
  );
  assert.equal(entries(valueOf(done)).length, 50);
});

Deno.test("messages over 16 MiB together are an error that says what to do", async () => {
  const big = "y".repeat(2 * 1024 * 1024);
  await using rig = new Rig((_request, url) => Response.json({ id: idOf(url), raw: big }));
  const error = errorOf(await callService(rig.service(), MANY, [{ userId: ANN, ids: IDS.slice(0, 12) }]));
  assert.equal(error.code, "TOO_LARGE");
  assert.match(error.hint!, /fewer ids.*metadata.*fields/);
});

Deno.test("wrong parameters are refused before anything is sent", async () => {
  await using rig = new Rig(() => undefined);
  const service = rig.service();
  const wrong: Json[] = [
    { userId: ANN },
    { userId: ANN, ids: [...IDS, "m50"] },
    { userId: ANN, ids: [1] },
    { userId: ANN, ids: ["m1"], format: "everything" },
    { userId: ANN, ids: ["m1"], metadataHeaders: "From" },
    { userId: ANN, ids: ["m1"], q: "x" },
    { userId: "me", ids: ["m1"] },
  ];
  for (const params of wrong) {
    assert.equal(errorOf(await callService(service, MANY, [params])).code, "INVALID_INPUT", JSON.stringify(params));
  }
  assert.deepEqual(valueOf(await callService(service, MANY, [{ userId: ANN, ids: [] }])), { messages: [] });
  assert.equal(rig.requests.length, 0);
});

Deno.test("a connection that breaks in the middle is tried again for what is left", async () => {
  const workspace = await startWorkspace({
    domains: 1,
    usersPerDomain: 2,
    messagesPerUser: 12,
    quota: { profile: "none" },
  });
  try {
    const user = workspace.adminEmails["acme.example"]!;
    const secrets = {
      GAPI_KEY: JSON.stringify(workspace.serviceAccount()),
      GAPI_ADMIN_EMAIL: user,
      GAPI_ROOT_URL: workspace.rootUrl,
    };
    const service = createGapiService({
      clock: systemClock,
      secret: (_namespace, name) => secrets[name as keyof typeof secrets],
    });
    workspace.setFaults([{ fault: { type: "dropConnection" }, kind: "gmail.users.messages.get", nth: 5 }]);
    const ids = workspace.messageIds(user).slice(0, 10);
    const first = await service.call(callOf({ userId: user, ids }, undefined));
    assert.equal(first.type, "error");
    assert.ok(
      first.type === "error" && first.retry !== undefined && first.progress !== undefined,
      JSON.stringify(first),
    );
    assert.equal(first.error.code, "UNAVAILABLE");
    const second = await service.call(callOf({ userId: user, ids }, first.progress));
    assert.ok(second.type === "result");
    assert.deepEqual(
      (second.value as { messages: { ok: boolean }[] }).messages.map(({ ok }) => ok),
      ids.map(() => true),
    );
    const repeated = Object.values(workspace.counters().messageGets).filter((times) => times > 1);
    assert.deepEqual(repeated, []);
    await service.stop?.();
  } finally {
    await workspace.stop();
  }
});

function callOf(params: JsonObject, progress: Json | undefined): ServiceCall {
  return {
    taskRunId: "run",
    frameId: "run.1",
    taskName: "test",
    manifest: LEGACY_MANIFEST,
    method: "gmail.users.messages.getMany",
    args: [params],
    attempt: 1,
    issuedAt: 0,
    progress,
    signal: new AbortController().signal,
  };
}
