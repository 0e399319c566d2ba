import type { Shape } from "./field_mask.ts";
import type { ApiMethod } from "./methods.ts";

/** The members of each method's answer, so that `fields` can refuse what does not exist. Source: the API references. */

const HEADERS: Shape = { name: true, value: true };

const PART: Shape = {
  partId: true,
  mimeType: true,
  filename: true,
  headers: HEADERS,
  body: { attachmentId: true, size: true, data: true },
  parts: () => PART,
};

const MESSAGE: Shape = {
  id: true,
  threadId: true,
  labelIds: true,
  snippet: true,
  historyId: true,
  internalDate: true,
  payload: PART,
  sizeEstimate: true,
  raw: true,
};

const THREAD: Shape = { id: true, snippet: true, historyId: true, messages: MESSAGE };

const LABEL: Shape = {
  id: true,
  name: true,
  messageListVisibility: true,
  labelListVisibility: true,
  type: true,
  messagesTotal: true,
  messagesUnread: true,
  threadsTotal: true,
  threadsUnread: true,
  color: { textColor: true, backgroundColor: true },
};

const USER: Shape = Object.fromEntries(
  ("kind id etag primaryEmail isAdmin isDelegatedAdmin lastLoginTime creationTime deletionTime agreedToTerms suspended " +
    "suspensionReason archived changePasswordAtNextLogin ipWhitelisted emails externalIds relations aliases " +
    "nonEditableAliases addresses organizations phones languages gender keywords locations posixAccounts sshPublicKeys " +
    "notes websites ims customerId orgUnitPath isMailboxSetup isEnrolledIn2Sv isEnforcedIn2Sv " +
    "includeInGlobalAddressList thumbnailPhotoUrl thumbnailPhotoEtag customSchemas recoveryEmail recoveryPhone hashFunction")
    .split(" ").map((name): [string, true | Shape] => [name, true]).concat([
      ["name", { givenName: true, familyName: true, fullName: true, displayName: true }],
      ["emails", { address: true, primary: true, type: true, customType: true }],
    ]),
);

const DOMAIN_ALIAS: Shape = {
  kind: true,
  etag: true,
  domainAliasName: true,
  parentDomainName: true,
  verified: true,
  creationTime: true,
};

const DOMAIN: Shape = {
  kind: true,
  etag: true,
  domainName: true,
  isPrimary: true,
  verified: true,
  creationTime: true,
  domainAliases: DOMAIN_ALIAS,
};

export const ANSWER_SHAPES: Readonly<Record<ApiMethod, Shape>> = {
  "gmail.users.messages.list": { messages: MESSAGE, nextPageToken: true, resultSizeEstimate: true },
  "gmail.users.messages.get": MESSAGE,
  "gmail.users.messages.trash": MESSAGE,
  "gmail.users.messages.attachments.get": { attachmentId: true, size: true, data: true },
  "gmail.users.threads.list": { threads: THREAD, nextPageToken: true, resultSizeEstimate: true },
  "gmail.users.threads.get": THREAD,
  "gmail.users.labels.list": { labels: LABEL },
  "gmail.users.labels.get": LABEL,
  "gmail.users.getProfile": { emailAddress: true, messagesTotal: true, threadsTotal: true, historyId: true },
  "admin.users.list": { kind: true, etag: true, trigger_event: true, users: USER, nextPageToken: true },
  "admin.users.get": USER,
  "admin.members.list": {
    kind: true,
    etag: true,
    members: { kind: true, etag: true, id: true, email: true, role: true, type: true, status: true },
    nextPageToken: true,
  },
  "admin.domains.list": { kind: true, etag: true, domains: DOMAIN },
};
