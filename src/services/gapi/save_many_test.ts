import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Json } from "../../core/json.ts";
import { encodeBase64Url } from "../../mail/base64.ts";
import { FORMAT, MARKER } from "../evidence/layout.ts";
import { callService, errorOf, Rig, valueOf } from "./test_rig.ts";

const SAVE = "gmail.users.messages.saveMany";
const ANN = "ann@example.com";
const MAY = { manifest: { services: ["gapi", "evidence"] } };

type Entry = { id: string; ok: boolean; message?: Record<string, Json>; error?: { code: string } };

/** A folder that is prepared for the run of `callService`. */
function prepared(runs = ["run-1"]): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "tasker-evidence-" });
  const marker = { format: FORMAT, source: "s", runs, as: "eml", attachments: false };
  Deno.writeTextFileSync(`${path}/${MARKER}`, JSON.stringify(marker));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const idOf = (url: URL) => url.pathname.split("/").at(-1)!;
const mail = (id: string, bytes: Uint8Array) => ({ id, threadId: "t", internalDate: "7", raw: encodeBase64Url(bytes) });

Deno.test("saveMany puts the exact bytes on the disk, of any value and length, and answers with no mail", async () => {
  using folder = prepared();
  // With its base64 more than any other answer may be.
  const large = new Uint8Array(13 * 1024 * 1024);
  for (let at = 0; at < large.length; at++) large[at] = at * 7;
  const messages: Record<string, Uint8Array> = {
    a1: Uint8Array.from({ length: 256 }, (_, byte) => byte),
    a2: new Uint8Array(0),
    a3: large,
  };
  await using rig = new Rig((_request, url) => {
    assert.equal(url.searchParams.get("format"), "raw");
    return Response.json(mail(idOf(url), messages[idOf(url)]!));
  });
  const args = [{ userId: ANN, ids: Object.keys(messages), folder: folder.path }];
  const { messages: answers } = valueOf(await callService(rig.service(), SAVE, args, MAY)) as unknown as {
    messages: Entry[];
  };
  for (const { id, ok, message } of answers) {
    assert.ok(ok);
    assert.deepEqual(Object.keys(message!), ["id", "threadId", "labelIds", "internalDate", "file", "size", "sha256"]);
    const bytes = Deno.readFileSync(`${folder.path}/${message!.file}`);
    for (const hash of [message!.sha256, hashOf(bytes)]) assert.equal(hash, hashOf(messages[id]!));
    assert.deepEqual([bytes.length, message!.size], [messages[id]!.length, messages[id]!.length]);
  }
  const names = [...Deno.readDirSync(`${folder.path}/mail/${ANN}`)].map(({ name }) => name);
  assert.deepEqual(names.sort(), ["a1.eml", "a2.eml", "a3.eml"]);
});

Deno.test("what is not the message that was asked for, or not its bytes, is never saved", async () => {
  using folder = prepared();
  const answers: Record<string, object> = {
    other: mail("b9", new Uint8Array(3)),
    none: { id: "none" },
    torn: { id: "torn", raw: "QUJD*QUJD" },
  };
  await using rig = new Rig((_request, url) => Response.json(answers[idOf(url)]));
  const service = rig.service();
  const ask = async (id: string) =>
    await callService(service, SAVE, [{ userId: ANN, ids: [id], folder: folder.path }], MAY);
  const { messages } = valueOf(await ask("other")) as unknown as { messages: Entry[] };
  assert.equal(messages[0]!.error!.code, "INTERNAL");
  for (const id of ["none", "torn"]) assert.match(errorOf(await ask(id)).message, /without its bytes/);
  assert.throws(() => Deno.statSync(`${folder.path}/mail`), Deno.errors.NotFound);
});

Deno.test("a message that was saved by a process that died, and deleted since, is kept", async () => {
  using folder = prepared();
  const bytes = new TextEncoder().encode("Subject: kept\r\n\r\n");
  await using rig = new Rig((_request, url) => Response.json(mail(idOf(url), bytes)));
  const service = rig.service();
  const save = async (...ids: string[]) => {
    const outcome = await callService(service, SAVE, [{ userId: ANN, ids, folder: folder.path }], MAY);
    return (valueOf(outcome) as unknown as { messages: Entry[] }).messages;
  };
  const [first] = await save("c1");
  rig.api = () => undefined;
  const [again, gone] = await save("c1", "c2");
  const { file, size, sha256 } = first!.message!;
  assert.deepEqual(again, { id: "c1", ok: true, message: { id: "c1", deletedSince: true, file, size, sha256 } });
  assert.equal(gone!.error!.code, "NOT_FOUND");
});

Deno.test("only a task that names evidence may save, and only into a folder that was prepared for its run", async () => {
  await using rig = new Rig((_request, url) => Response.json(mail(idOf(url), new Uint8Array(1))));
  const service = rig.service();
  const refusal = async (path: string, options = MAY) =>
    errorOf(await callService(service, SAVE, [{ userId: ANN, ids: ["d1"], folder: path }], options));
  using mine = prepared();
  using another = prepared(["run-1", "run-2"]);
  const empty = Deno.makeTempDirSync();
  try {
    assert.equal((await refusal(mine.path, { manifest: { services: ["gapi"] } })).code, "METHOD_REFUSED");
    for (const path of [another.path, empty, `${empty}/nowhere`]) {
      const { code, message } = await refusal(path);
      assert.equal(code, "METHOD_REFUSED");
      assert.match(message, /was not prepared for the export run-1/);
    }
    assert.deepEqual([...Deno.readDirSync(empty)], []);
    // The folder's own fault ends the call, and is not taken for one of the mailbox.
    Deno.writeTextFileSync(`${mine.path}/mail`, "");
    const blocked = await refusal(mine.path);
    assert.deepEqual([blocked.code, blocked.details], ["CONFLICT", { reason: "folder" }]);
    assert.equal(rig.count(/messages\/d1/), 1);
  } finally {
    Deno.removeSync(empty, { recursive: true });
  }
});
