import assert from "node:assert/strict";
import { everyPage } from "./pages.ts";

const expired = Object.assign(new Error("Invalid pageToken"), {
  code: "INVALID_INPUT",
  details: { reason: "invalidPageToken" },
});

Deno.test("a list whose page token has expired is read again from its first page, to its end", async () => {
  const asked: (string | undefined)[] = [];
  let isExpired = true;
  await everyPage((pageToken) => {
    asked.push(pageToken);
    if (pageToken === "b" && isExpired) {
      isExpired = false;
      return Promise.reject(expired);
    }
    return Promise.resolve(pageToken === undefined ? "a" : pageToken === "a" ? "b" : undefined);
  });
  assert.deepEqual(asked, [undefined, "a", "b", undefined, "a", "b"]);
});

Deno.test("a list that keeps expiring, and any other error, is an error", async () => {
  await assert.rejects(
    everyPage((pageToken) => pageToken === undefined ? Promise.resolve("a") : Promise.reject(expired)),
    expired,
  );
  await assert.rejects(everyPage(() => Promise.reject(expired)), expired);
  const other = Object.assign(new Error("no"), { code: "FORBIDDEN" });
  let calls = 0;
  await assert.rejects(everyPage(() => ++calls === 2 ? Promise.reject(other) : Promise.resolve("a")), other);
});
