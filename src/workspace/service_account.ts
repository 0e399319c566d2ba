import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { TaskerError } from "../core/errors.ts";
import { certificateOf } from "./certificate.ts";

/** The service account whose key the local Workspace gives out and checks signatures against. */

/** A service-account key file, as the Google Cloud console gives it. Holds a secret. */
export interface ServiceAccountKey {
  type: "service_account";
  project_id: string;
  private_key_id: string;
  private_key: string;
  client_email: string;
  client_id: string;
  auth_uri: string;
  token_uri: string;
  auth_provider_x509_cert_url: string;
  client_x509_cert_url: string;
  universe_domain: string;
}

export interface ServiceAccountOptions {
  /** PKCS #8 PEM of an RSA key; a new one of 2048 bits is made when left out (50 to 500 ms). */
  privateKey?: string;
  clientEmail?: string;
  clientId?: string;
  /** ms: when the key was made. Default: now. */
  keyMade?: number;
}

export interface ServiceAccount {
  readonly clientEmail: string;
  readonly clientId: string;
  readonly privateKey: string;
  readonly publicKey: CryptoKey;
  readonly keyMade: number;
}

const KEY_ID = "0000000000000000000000000000000000000001";

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** A new RSA key of 2048 bits as PKCS #8 PEM. */
export async function generatePrivateKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  return pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
}

/** The public half of a private key, ready to verify RS256. */
async function publicKeyOf(privateKey: string): Promise<CryptoKey> {
  try {
    const spki = createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "der" });
    return await crypto.subtle.importKey("spki", new Uint8Array(spki), RS256, false, ["verify"]);
  } catch (cause) {
    throw new TaskerError("INVALID_INPUT", "The service account's private key is not an RSA key in PKCS #8 PEM.", {
      hint: "Leave the key out to have one made, or give the private_key of a service-account file.",
      cause,
    });
  }
}

export async function makeServiceAccount(options: ServiceAccountOptions = {}): Promise<ServiceAccount> {
  const privateKey = options.privateKey ?? await generatePrivateKey();
  return {
    clientEmail: options.clientEmail ?? "mail-search@local-workspace.iam.gserviceaccount.com",
    clientId: options.clientId ?? "104857600000000000001",
    privateKey,
    publicKey: await publicKeyOf(privateKey),
    keyMade: options.keyMade ?? Date.now(),
  };
}

/** The key file of an account, its `token_uri` pointing at the local Workspace. */
export function keyFileOf(account: ServiceAccount, rootUrl: string): ServiceAccountKey {
  return {
    type: "service_account",
    project_id: "local-workspace",
    private_key_id: KEY_ID,
    private_key: account.privateKey,
    client_email: account.clientEmail,
    client_id: account.clientId,
    auth_uri: `${rootUrl}/o/oauth2/auth`,
    token_uri: `${rootUrl}/token`,
    auth_provider_x509_cert_url: `${rootUrl}/oauth2/v1/certs`,
    client_x509_cert_url: `${rootUrl}/robot/v1/metadata/x509/${encodeURIComponent(account.clientEmail)}`,
    universe_domain: "googleapis.com",
  };
}

/** What Google tells everybody of an account: the certificate of each of its keys, by the key's id. */
export function publishedKeys({ privateKey, clientId, keyMade }: ServiceAccount): Record<string, string> {
  return { [KEY_ID]: certificateOf({ privateKey, name: clientId, made: keyMade }) };
}

/** Whether `signature` is the account's RS256 signature over `signed`. */
export async function signatureHolds(account: ServiceAccount, signed: string, signature: Uint8Array): Promise<boolean> {
  return await crypto.subtle.verify(
    RS256.name,
    account.publicKey,
    new Uint8Array(signature),
    new TextEncoder().encode(signed),
  );
}
