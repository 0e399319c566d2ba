import assert from "node:assert/strict";
import { FORMAT } from "../../services/evidence/layout.ts";
import { manifestText, readManifestText, sealed } from "./manifest.ts";

const run = {
  run: "01a2",
  task: "gmail-search",
  version: 1,
  code: "c0de",
  status: "completed",
  input: { subject: "Grüße \u2028" },
  reason: null,
  who: "ann@laptop",
  submittedAt: "2026-11-26T09:00:00.000Z",
  endedAt: null,
};

Deno.test("no byte of a manifest can be changed, removed or added without being seen", () => {
  const text = manifestText(sealed({
    format: FORMAT,
    sealedAt: "2026-11-26T09:04:51.280Z",
    source: run,
    exports: [run],
    as: "eml",
    attachments: false,
    versions: { tasker: "0.1.0", deno: "2.9.6", system: "linux x86_64" },
    sealedBy: "ann@laptop",
    messages: { mailboxes: 1, exported: 1, bytes: 10, attachments: 0, vanished: 0, failed: 0 },
    coverage: { complete: 1 },
    audit: { entries: 2, head: "ab" },
    files: 3,
    sums: "cd",
  }));
  assert.equal(readManifestText(text)!.source.task, "gmail-search");
  const bytes = new TextEncoder().encode(text);
  const read = (changed: Uint8Array) => readManifestText(new TextDecoder().decode(changed));
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at]! ^= 1;
    assert.equal(read(flipped), undefined, `byte ${at} is flipped`);
    assert.equal(
      read(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)])),
      undefined,
      `byte ${at} is gone`,
    );
    assert.equal(
      read(Uint8Array.from([...bytes.subarray(0, at), 32, ...bytes.subarray(at)])),
      undefined,
      `a blank at ${at}`,
    );
  }
  assert.equal(readManifestText(`${text}\n`), undefined);
  assert.equal(readManifestText(`\ufeff${text}`), undefined);
  assert.equal(readManifestText(text.replace('"as": "eml",', '"as": "eml", "as": "eml",')), undefined);
});
