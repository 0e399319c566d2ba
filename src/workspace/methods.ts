/** The methods that the local Workspace answers, by the dotted names of Google's Node clients. */

const GMAIL = "https://www.googleapis.com/auth/gmail";
const DIRECTORY = "https://www.googleapis.com/auth/admin.directory";

export const FULL_MAIL_SCOPE = "https://mail.google.com/";
export const METADATA_SCOPE = `${GMAIL}.metadata`;
export const READONLY_SCOPE = `${GMAIL}.readonly`;
export const MODIFY_SCOPE = `${GMAIL}.modify`;

/** The three read-only scopes that an administrator grants for a search. */
export const SEARCH_SCOPES: readonly string[] = [
  READONLY_SCOPE,
  `${DIRECTORY}.user.readonly`,
  `${DIRECTORY}.domain.readonly`,
];

const MAIL_READERS = [FULL_MAIL_SCOPE, MODIFY_SCOPE, READONLY_SCOPE];

/** What a search of the members of a group needs besides. */
export const GROUP_SCOPE = `${DIRECTORY}.group.readonly`;

export type ApiMethod =
  | "admin.domains.list"
  | "admin.members.list"
  | "admin.users.get"
  | "admin.users.list"
  | "gmail.users.getProfile"
  | "gmail.users.labels.get"
  | "gmail.users.labels.list"
  | "gmail.users.messages.attachments.get"
  | "gmail.users.messages.get"
  | "gmail.users.messages.list"
  | "gmail.users.messages.trash"
  | "gmail.users.threads.get"
  | "gmail.users.threads.list";

export interface MethodEntry {
  readonly http: "GET" | "POST";
  /** In Hono's syntax. */
  readonly path: string;
  /** Any one of these in the token is enough. Source: each method's reference page. */
  readonly scopes: readonly string[];
  /** What Google's scope refusal calls the method. */
  readonly rpc: string;
}

const USER = "/gmail/v1/users/:userId";

export const METHODS: Readonly<Record<ApiMethod, MethodEntry>> = {
  "gmail.users.messages.get": {
    http: "GET",
    path: `${USER}/messages/:id`,
    scopes: [...MAIL_READERS, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.GetMessage",
  },
  "gmail.users.messages.list": {
    http: "GET",
    path: `${USER}/messages`,
    scopes: [...MAIL_READERS, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.ListMessages",
  },
  "gmail.users.messages.trash": {
    http: "POST",
    path: `${USER}/messages/:id/trash`,
    scopes: [FULL_MAIL_SCOPE, MODIFY_SCOPE],
    rpc: "caribou.api.proto.MailboxService.TrashMessage",
  },
  "gmail.users.messages.attachments.get": {
    http: "GET",
    path: `${USER}/messages/:messageId/attachments/:id`,
    scopes: MAIL_READERS,
    rpc: "caribou.api.proto.MailboxService.GetAttachment",
  },
  "gmail.users.threads.list": {
    http: "GET",
    path: `${USER}/threads`,
    scopes: [...MAIL_READERS, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.ListThreads",
  },
  "gmail.users.threads.get": {
    http: "GET",
    path: `${USER}/threads/:id`,
    scopes: [...MAIL_READERS, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.GetThread",
  },
  "gmail.users.labels.list": {
    http: "GET",
    path: `${USER}/labels`,
    scopes: [...MAIL_READERS, `${GMAIL}.labels`, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.ListLabels",
  },
  "gmail.users.labels.get": {
    http: "GET",
    path: `${USER}/labels/:id`,
    scopes: [...MAIL_READERS, `${GMAIL}.labels`, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.GetLabel",
  },
  "gmail.users.getProfile": {
    http: "GET",
    path: `${USER}/profile`,
    scopes: [...MAIL_READERS, METADATA_SCOPE],
    rpc: "caribou.api.proto.MailboxService.GetProfile",
  },
  "admin.users.list": {
    http: "GET",
    path: "/admin/directory/v1/users",
    scopes: [`${DIRECTORY}.user`, `${DIRECTORY}.user.readonly`],
    rpc: "ccc.hosted.frontend.directory.v1.DirectoryUsers.List",
  },
  "admin.users.get": {
    http: "GET",
    path: "/admin/directory/v1/users/:userKey",
    scopes: [`${DIRECTORY}.user`, `${DIRECTORY}.user.readonly`],
    rpc: "ccc.hosted.frontend.directory.v1.DirectoryUsers.Get",
  },
  "admin.members.list": {
    http: "GET",
    path: "/admin/directory/v1/groups/:groupKey/members",
    scopes: [`${DIRECTORY}.group`, `${DIRECTORY}.group.member`, `${DIRECTORY}.group.member.readonly`, GROUP_SCOPE],
    rpc: "ccc.hosted.frontend.directory.v1.DirectoryMembers.List",
  },
  "admin.domains.list": {
    http: "GET",
    path: "/admin/directory/v1/customer/:customer/domains",
    scopes: [`${DIRECTORY}.domain`, `${DIRECTORY}.domain.readonly`],
    rpc: "ccc.hosted.frontend.directory.v1.DirectoryDomains.List",
  },
};

/** The methods in the order of their table. */
export const API_METHODS = Object.keys(METHODS) as ApiMethod[];

/** The Google service behind a method, as scope refusals name it. */
export function serviceOf(method: ApiMethod): string {
  return method.startsWith("gmail.") ? "gmail.googleapis.com" : "admin.googleapis.com";
}
