import { nodeCrypto } from "../../store/node_crypto.ts";
import { send } from "../outgoing.ts";

/** What Google tells of a service account's key. */
export type KeyAge =
  /** ms */
  | { readonly type: "made"; readonly at: number }
  /** Google lists the account's keys, and this one is not among them. */
  | { readonly type: "gone" }
  | { readonly type: "unknown"; readonly why: string };

/**
 * When a key was made: its certificate, which Google publishes for everybody, is good from then on. `server`: the origin
 * of Google's API, or of a local Workspace.
 */
export async function keyAge(
  params: { server: URL; clientEmail: string; keyId: string; signal: AbortSignal },
): Promise<KeyAge> {
  const { server, clientEmail, keyId, signal } = params;
  const url = new URL(`/robot/v1/metadata/x509/${encodeURIComponent(clientEmail)}`, server);
  if (keyId === "") return { type: "unknown", why: "the key file does not say which key it is" };
  try {
    const response = await send(url, { redirect: "manual", signal });
    if (!response.ok) {
      await response.body?.cancel();
      return { type: "unknown", why: `${url.host} answered ${response.status}` };
    }
    const certificates = await response.json() as Readonly<Record<string, unknown>>;
    if (!Object.hasOwn(certificates, keyId)) return { type: "gone" };
    const at = Date.parse(new (nodeCrypto().X509Certificate)(String(certificates[keyId])).validFrom);
    return Number.isNaN(at) ? { type: "unknown", why: "its certificate has no date" } : { type: "made", at };
  } catch {
    return { type: "unknown", why: `${url.host} did not give its certificate` };
  }
}
