import assert from "node:assert/strict";
import { requireOwnMailbox } from "./own_mailbox.ts";

Deno.test("a mailbox is a user's own however a server spells its address", () => {
  requireOwnMailbox("ann@bücher.example", { emailAddress: "Ann@xn--bcher-kva.example" });
  requireOwnMailbox("ann@xn--bcher-kva.example", { emailAddress: "ann@BÜCHER.example" });
});

Deno.test("another mailbox is an error that says whose it is", () => {
  assert.throws(() => requireOwnMailbox("ann@acme.example", { emailAddress: "bob@acme.example" }), {
    code: "WRONG_MAILBOX",
    message: /the mailbox of bob@acme\.example$/,
  });
});
