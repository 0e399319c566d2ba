import { canonicalJson, type Json } from "./json.ts";

/**
 * The text whose sha-256 is a call's fingerprint: service, method and canonical arguments. Two calls with one
 * fingerprint are the same call to replay, whatever the order of the keys in their arguments.
 */
export function fingerprintText(call: { service: string; method: string; args: Json }): string {
  return `${call.service}\n${call.method}\n${canonicalJson(call.args)}`;
}
