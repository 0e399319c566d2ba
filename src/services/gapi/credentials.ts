import { TaskerError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";
import { sha256 } from "../../store/sha256.ts";
import { nodeCrypto } from "../../store/node_crypto.ts";
import { apiRoot, GOOGLE_TOKEN_URL, tokenEndpoint } from "./endpoints.ts";

/** Reads a keystore entry (plain text) of a namespace; undefined when there is none. */
export type ReadSecret = (namespace: string, name: string) => string | undefined;

/** What a namespace of the keystore says about one service account. Never leaves the host. */
export interface Credentials {
  readonly namespace: string;
  readonly clientEmail: string;
  /** The number that domain-wide delegation is granted to; empty when the key file has none. */
  readonly clientId: string;
  readonly projectId: string;
  /** Of the key, no secret; empty when the key file has none. */
  readonly keyId: string;
  readonly privateKey: string;
  readonly tokenUrl: URL;
  /** Origin of the API server when it is not Google's. */
  readonly rootUrl: string | undefined;
  readonly admins: Admins;
  /** Changes whenever the account or its key does; gives nothing away. */
  readonly fingerprint: string;
}

/** Which administrator Directory and Reports calls are made as. */
export interface Admins {
  /** The first named; undefined when GAPI_ADMIN_EMAIL is not set. */
  readonly first: string | undefined;
  /** Lower-case domain → address. */
  readonly byDomain: ReadonlyMap<string, string>;
}

/** Strict enough to stand in a path or a header; apostrophes and letters of any script are addresses' own. */
export const ADDRESS = /^[^\s@/?#"<>()[\]{}\\,;:\p{C}]+@[^\s@/?#"<>()[\]{}\\,;:\p{C}]+$/u;

/** Reads and checks the credentials of a namespace, remembering them for as long as their entries stay the same. */
export class CredentialStore {
  readonly #secret: ReadSecret;
  readonly #parsed = new Map<string, { entries: readonly (string | undefined)[]; credentials: Credentials }>();

  constructor(secret: ReadSecret) {
    this.#secret = secret;
  }

  /** As they were when they were last needed: to open their entries costs more than a call's place in the ledger may. */
  last(namespace: string): Credentials {
    return this.#parsed.get(namespace)?.credentials ?? this.get(namespace);
  }

  get(namespace: string): Credentials {
    const entries = ["GAPI_KEY", "GAPI_ADMIN_EMAIL", "GAPI_ROOT_URL"].map((name) => this.#secret(namespace, name));
    const known = this.#parsed.get(namespace);
    if (known !== undefined && known.entries.every((entry, index) => entry === entries[index])) {
      return known.credentials;
    }
    const [key, admin, root] = entries;
    const credentials = parseCredentials({ namespace, key, admin, root });
    this.#parsed.set(namespace, { entries, credentials });
    return credentials;
  }
}

export function parseCredentials(params: {
  namespace: string;
  key: string | undefined;
  admin: string | undefined;
  root: string | undefined;
}): Credentials {
  const { namespace } = params;
  const account = parseKey(params.key, namespace);
  const tokenUri = typeof account.token_uri === "string" ? account.token_uri : undefined;
  const tokenUrl = tokenEndpoint(tokenUri);
  const rootUrl = apiRoot(params.root);
  const admins = parseAdmins(params.admin, namespace);
  refuseMixedServers({ namespace, tokenUrl, rootUrl });
  return {
    namespace,
    clientEmail: account.client_email,
    clientId: typeof account.client_id === "string" ? account.client_id : "",
    projectId: typeof account.project_id === "string" ? account.project_id : account.client_email,
    keyId: typeof account.private_key_id === "string" ? account.private_key_id : "",
    privateKey: account.private_key,
    tokenUrl,
    rootUrl,
    admins,
    fingerprint: sha256(`${account.client_email}\n${tokenUri}\n${account.private_key}`),
  };
}

/** Throws what a call would, when a value is put into an entry of that name and cannot be what is read from there. */
export function checkEntry({ namespace, name, value }: { namespace: string; name: string; value: string }): void {
  if (name === "GAPI_KEY") parseKey(value, namespace);
  if (name === "GAPI_ADMIN_EMAIL") parseAdmins(value, namespace);
  if (name === "GAPI_ROOT_URL") apiRoot(value);
}

/** Whose key a key file's text is; a text says what it lacks of what the Google Cloud console puts into one. */
export function accountIn(text: string): { clientEmail: string; clientId: string } | string {
  const account = serviceAccountIn(text);
  if (typeof account === "string") return account;
  const { type, client_email: clientEmail, client_id: clientId } = account;
  if (type === undefined) return 'it has no "type"';
  return typeof clientId === "string" && /^\d+$/.test(clientId) ? { clientEmail, clientId } : 'it has no "client_id"';
}

/** The value of GAPI_ADMIN_EMAIL for administrators of different domains. Throws USAGE for what is none. */
export function joinAdmins(addresses: readonly string[]): string {
  const byDomain: Record<string, string> = {};
  for (const address of addresses) {
    if (!ADDRESS.test(address)) throw new TaskerError("USAGE", `"${address}" is no address`);
    const domain = domainOf(address);
    if (Object.hasOwn(byDomain, domain)) {
      throw new TaskerError("USAGE", `${domain} has two administrators`, {
        hint: "name one of each domain",
      });
    }
    byDomain[domain] = address;
  }
  return addresses.length === 1 ? addresses[0]! : JSON.stringify(byDomain);
}

/** A token of Google's goes to Google only, and a key of a local Workspace to that Workspace only. */
function refuseMixedServers(of: { namespace: string; tokenUrl: URL; rootUrl: string | undefined }): void {
  const isGoogles = of.tokenUrl.href === GOOGLE_TOKEN_URL;
  if (isGoogles === (of.rootUrl === undefined)) return;
  const flag = namespaceFlag(of.namespace);
  throw isGoogles
    ? new TaskerError("CREDENTIALS", "GAPI_KEY is a key of Google's, but GAPI_ROOT_URL leads to a local Workspace.", {
      hint: `To use Google, run: tasker keystore delete GAPI_ROOT_URL${flag}`,
    })
    : new TaskerError("CREDENTIALS", "GAPI_KEY is a key of a local Workspace, but there is no GAPI_ROOT_URL.", {
      hint: `Put the address that tasker sandbox prints into it: tasker keystore set GAPI_ROOT_URL${flag}`,
    });
}

interface ServiceAccount {
  readonly client_email: string;
  readonly private_key: string;
  readonly [field: string]: unknown;
}

function parseKey(text: string | undefined, namespace: string): ServiceAccount {
  const hint = `Run: tasker keystore set GAPI_KEY${namespaceFlag(namespace)} --file key.json ` +
    "(the service account's JSON key from the Google Cloud console).";
  if (text === undefined || text.trim() === "") {
    throw new TaskerError("CREDENTIALS", `There is no GAPI_KEY in the keystore's namespace ${namespace}.`, { hint });
  }
  const account = serviceAccountIn(text);
  if (typeof account !== "string") return account;
  throw new TaskerError(
    "CREDENTIALS",
    `The GAPI_KEY of namespace ${namespace} is no service-account key: ${account}.`,
    {
      hint,
    },
  );
}

/** The account of a key file's text; a text says why it is none. */
function serviceAccountIn(text: string): ServiceAccount | string {
  let account: unknown;
  try {
    account = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is secret.
    return "it is not JSON";
  }
  if (!isJsonObject(account)) return "it is not a JSON object";
  const { type, client_email, private_key } = account;
  if (type !== undefined && type !== "service_account") return 'its "type" is not "service_account"';
  if (typeof client_email !== "string" || !ADDRESS.test(client_email)) return 'it has no "client_email"';
  if (typeof private_key !== "string") return 'it has no "private_key"';
  if (!isRsaKey(private_key)) return 'its "private_key" is not an RSA key in PEM form';
  return { ...account, client_email, private_key };
}

function isRsaKey(pem: string): boolean {
  try {
    return nodeCrypto().createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

export function parseAdmins(text: string | undefined, namespace: string): Admins {
  const value = text?.trim() ?? "";
  if (value === "") return { first: undefined, byDomain: new Map() };
  const byDomain = new Map(value.startsWith("{") ? adminMap(value, namespace) : [[domainOf(value), value]]);
  for (const address of byDomain.values()) if (!ADDRESS.test(address)) throw badAdmins(namespace);
  return { first: [...byDomain.values()][0], byDomain };
}

function adminMap(text: string, namespace: string): [string, string][] {
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    throw badAdmins(namespace);
  }
  if (!isJsonObject(map)) throw badAdmins(namespace);
  return Object.entries(map).map(([domain, address]) => {
    if (typeof address !== "string") throw badAdmins(namespace);
    return [domain.toLowerCase(), address.trim()];
  });
}

function badAdmins(namespace: string): TaskerError {
  return new TaskerError(
    "CREDENTIALS",
    `The GAPI_ADMIN_EMAIL of namespace ${namespace} is neither an address nor a JSON map of domains to addresses.`,
    { hint: setAdmin(namespace) },
  );
}

function setAdmin(namespace: string): string {
  return `Run: tasker keystore set GAPI_ADMIN_EMAIL${namespaceFlag(namespace)} ` +
    '(an administrator\'s address, or {"example.com":"admin@example.com"}).';
}

/** The administrator for a domain; the first named when none or no domain is asked for. */
export function adminFor(credentials: Credentials, domain: string | undefined): string {
  const { first, byDomain } = credentials.admins;
  const admin = (domain === undefined ? undefined : byDomain.get(domain.toLowerCase())) ?? first;
  if (admin !== undefined) return admin;
  throw new TaskerError(
    "CREDENTIALS",
    `There is no GAPI_ADMIN_EMAIL in the keystore's namespace ${credentials.namespace}: Directory and Reports calls are made as an administrator.`,
    { hint: setAdmin(credentials.namespace) },
  );
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function namespaceFlag(namespace: string): string {
  return namespace === "default" ? "" : ` --namespace ${namespace}`;
}
