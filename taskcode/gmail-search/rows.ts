import type { CallError, Coverage, DirectoryUser } from "./types.ts";

/** Why a directory user has no mailbox that could be read. */
export function closedMailbox(user: DirectoryUser): string | undefined {
  if (user.suspended) return "suspended";
  if (user.archived) return "archived";
  return user.isMailboxSetup === false ? "no mailbox" : undefined;
}

export function failedLine(email: string | null, domain: string, error: CallError): Coverage {
  const reason = error.code === "NOT_FOUND" ? "not found" : error.code ?? "INTERNAL";
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return { email, domain, status: "failed", reason, message: error.message, ...hint, messages: 0 };
}

/** An error of a call; a cancelled run's is thrown on, so that it ends. */
export function failure(error: unknown): CallError {
  const refusal = error as CallError;
  if (refusal.code === "CANCELLED") throw error;
  return refusal;
}

/** The tenant of a row, in a search of tenants. */
export function ofTenant({ tenant }: { tenant?: string | undefined }): { tenant?: string } {
  return tenant === undefined ? {} : { tenant };
}

/** `1 domain`, `2 domains`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
