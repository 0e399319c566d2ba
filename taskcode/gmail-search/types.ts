/** What the search calls, and what it keeps. */

export interface DirectoryUser {
  id: string;
  primaryEmail: string;
  name?: { fullName?: string };
  suspended?: boolean;
  archived?: boolean;
  isMailboxSetup?: boolean;
  isAdmin?: boolean;
  isDelegatedAdmin?: boolean;
  orgUnitPath?: string;
  aliases?: string[];
  nonEditableAliases?: string[];
}

export interface DirectoryDomain {
  domainName: string;
  domainAliases?: { domainAliasName: string }[];
}

/** Of a group. The kind CUSTOMER is everybody. */
export interface Member {
  id?: string;
  email?: string;
  type?: "USER" | "GROUP" | "CUSTOMER" | "EXTERNAL";
}

export interface GmailMessage {
  id: string;
  threadId?: string;
  labelIds?: string[];
  snippet?: string;
  sizeEstimate?: number;
  internalDate?: string;
  payload?: MessagePart;
  /** Which row of the kind `body` has its text. */
  body?: { seq: number; sha256: string; characters: number };
}

export interface MessagePart {
  headers?: { name: string; value: string }[];
  mimeType?: string;
  /** Empty, or absent, for a part that is no file. */
  filename?: string;
  body?: { size?: number; attachmentId?: string };
  parts?: MessagePart[];
}

/** What a call threw, as task code sees it. */
export interface CallError {
  code?: string;
  message: string;
  hint?: string;
  details?: { reason?: string; status?: number };
}

export type ManyResult = { id: string; ok: true; message: GmailMessage } | { id: string; ok: false; error: CallError };

export interface Tools {
  gapi: {
    admin: {
      domains: { list(params: object, options?: object): Promise<{ domains?: DirectoryDomain[] }> };
      members: { list(params: object, options?: object): Promise<{ members?: Member[]; nextPageToken?: string }> };
      users: { list(params: object, options?: object): Promise<{ users?: DirectoryUser[]; nextPageToken?: string }> };
    };
    getQuota(params: { methods: readonly string[] }): Promise<QuotaFacts>;
    gmail: {
      users: {
        getProfile(params: object, options?: object): Promise<{ emailAddress: string }>;
        labels: { list(params: object, options?: object): Promise<{ labels?: { id: string; name: string }[] }> };
        messages: {
          list(params: object, options?: object): Promise<{ messages?: { id: string }[]; nextPageToken?: string }>;
          getMany(params: object, options?: object): Promise<{ messages: ManyResult[] }>;
        };
      };
    };
  };
  records: {
    append(kind: string, rows: readonly object[]): Promise<unknown>;
    earlier(kind: string, options: object): Promise<{ rows: object[]; next: number | null }>;
  };
  run: {
    progress(done: number, total: number | null, words: { unit: string; note: string }): Promise<unknown>;
    timeZone(): Promise<string>;
    earlier(path: readonly string[]): Promise<unknown>;
  };
}

/** Units; a limit that there is not is null. */
export interface QuotaFacts {
  profile: string;
  perMinute: { user: number | null; project: number | null };
  costs: Record<string, number>;
}

/** A message as it is kept; what else is said of it depends on the columns that are asked for. */
export interface MessageRow {
  tenant?: string;
  mailbox: string;
  domain: string;
  id: string;
}

export type Status = "complete" | "truncated" | "skipped" | "failed";

/** One line of the coverage ledger: of a user, or with `email` null of what could not be listed and is named by `domain`. */
export interface Coverage {
  tenant?: string;
  email: string | null;
  domain: string;
  /** What it is about when it is no user; a domain when absent. */
  about?: "tenant" | "organisational unit";
  status: Status;
  reason: string | null;
  message?: string;
  /** What an administrator can do about it. */
  hint?: string;
  messages: number;
  /** How many messages the question matches; absent when the search of the user ended before it was known. */
  matched?: number;
  /** Of a mailbox that was searched for what has come since an earlier run: from when on, ISO. */
  since?: string;
}

export interface SelectedUser {
  /** The keystore namespace whose credentials reach it; absent for that of a search without tenants. */
  tenant?: string;
  user: DirectoryUser;
  domain: string;
  name: string;
  messageCount: number;
  messages: MessageRow[];
  /** How many messages the question finds, once it has been counted. */
  hits?: number;
  coverage?: Coverage;
}
