import assert from "node:assert/strict";
import { checkUrl, matchesHost } from "./allowed_host.ts";

Deno.test("a host is reached when the manifest lists it, on its own port or the one that is listed", () => {
  for (
    const [url, pattern, expected] of [
      ["https://example.com/a?b", "example.com", true],
      ["http://example.com/", "example.com", true],
      ["https://EXAMPLE.com:443/", "Example.COM", true],
      ["https://example.com:8443/", "example.com", false],
      ["https://example.com:8443/", "example.com:8443", true],
      ["https://example.com/", "example.com:8443", false],
      ["http://example.com:443/", "example.com:443", true],
      ["https://example.com./", "example.com", false],
      ["https://www.example.com/", "example.com", false],
      ["https://www.example.com/", "*.example.com", true],
      ["https://a.b.example.com/", "*.example.com", true],
      ["https://example.com/", "*.example.com", false],
      ["https://evilexample.com/", "*.example.com", false],
      ["https://example.com.evil.com/", "*.example.com", false],
      ["https://a.example.com:8080/", "*.example.com:8080", true],
      ["https://a.example.com:8080/", "*.example.com", false],
      ["https://anything.com/", "*", false],
      ["https://anything.com/", "*.", false],
      ["https://anything.com/", "", false],
      ["https://bücher.example/", "bücher.example", true],
      ["https://bücher.example/", "xn--bcher-kva.example", true],
      ["http://127.0.0.1/", "127.0.0.1", true],
      ["http://127.0.0.1:8080/", "127.0.0.1", false],
      ["http://127.0.0.1:8080/", "127.0.0.1:8080", true],
      ["http://127.0.0.1/", "*.0.0.1", false],
      ["http://127.0.0.1/", "localhost", false],
      ["http://[::1]:80/", "[::1]", true],
      ["http://example.com/", "user@example.com", false],
      ["http://example.com/", "example.com/path", false],
    ] as const
  ) assert.equal(matchesHost(new URL(url), pattern), expected, `${url} by ${pattern}`);
});

Deno.test("an address is the same however it is written, so that no spelling goes around the list", () => {
  for (const spelling of ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1"]) {
    assert.throws(() => checkUrl(`http://${spelling}/`, { hosts: ["example.com", "*.com"] }), { code: "HOST_REFUSED" });
    assert.equal(checkUrl(`http://${spelling}/`, { hosts: ["127.0.0.1"] }).hostname, "127.0.0.1");
  }
  assert.throws(() => checkUrl("http://[::ffff:127.0.0.1]/", { hosts: ["127.0.0.1"] }), { code: "HOST_REFUSED" });
});

Deno.test("other schemes, credentials in the URL and no URL at all are refused", () => {
  const hosts = ["example.com"];
  for (const url of ["file:///etc/passwd", "data:text/plain,x", "ftp://example.com/", "blob:x", "javascript:1"]) {
    assert.throws(() => checkUrl(url, { hosts }), { code: "HOST_REFUSED" });
  }
  for (const url of ["https://me:pass@example.com/", "https://me@example.com/", "/path", "", "https://"]) {
    assert.throws(() => checkUrl(url, { hosts }), (error: Error & { code?: string }) => {
      return error.code === "INVALID_INPUT" && !error.message.includes("pass@");
    });
  }
  assert.throws(() => checkUrl("https://example.com/", { hosts: [] }), { code: "HOST_REFUSED", hint: /no hosts/ });
});
