import assert from "node:assert/strict";
import { addresses, domainNames, readNames, unitPaths, withoutTag } from "./names.ts";

Deno.test("names are read in the directory's spelling, each once", () => {
  assert.deepEqual(addresses([" Ann@Example.COM ", "ann@example.com", "", "bö@Bücher.example"], "--users"), [
    "ann@example.com",
    "bö@xn--bcher-kva.example",
  ]);
  assert.deepEqual(domainNames(["Example.com", "bücher.example"], "--domains"), [
    "example.com",
    "xn--bcher-kva.example",
  ]);
  assert.deepEqual(unitPaths([" /Sales/ ", "/Sales", "/", "/Sales/East"], "--ou"), ["/Sales", "/", "/Sales/East"]);
  assert.equal(withoutTag("ann+news+x@example.com"), "ann@example.com");
  assert.equal(withoutTag("ann@ex+ample.com"), "ann@ex+ample.com");
});

Deno.test("what is no name is refused with the flag that it was given to", () => {
  const table: [input: Parameters<typeof readNames>[0], words: RegExp][] = [
    [{ users: ["ann"] }, /--users: "ann" is not an address like ann@example\.com/],
    [{ users: ["a@b@c.example"] }, /--users/],
    [{ exclude: ["ann@"] }, /--exclude/],
    [{ groups: ["staff"] }, /--group: "staff"/],
    [{ domains: ["example"] }, /--domains: "example" is not a domain/],
    [{ domains: ["http://example.com"] }, /--domains/],
    [{ orgUnits: ["Sales"] }, /--ou: "Sales" is not a path like \/Sales\/East/],
  ];
  for (const [input, message] of table) assert.throws(() => readNames(input), { code: "INVALID_INPUT", message });
});
