import { comparable } from "./names.ts";

/** Throws when the answers for a user come from another mailbox: its mail must not pass for this user's. */
export function requireOwnMailbox(user: string, { emailAddress }: { emailAddress: string }): void {
  if (comparable(emailAddress) === comparable(user)) return;
  throw Object.assign(new Error(`Google answered with the mailbox of ${emailAddress}`), {
    code: "WRONG_MAILBOX",
    hint: "the address may have changed hands since the directory was read: search again",
  });
}
