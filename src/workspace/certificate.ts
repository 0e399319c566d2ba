import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";

/** The certificate that Google publishes for a service account's key: signed by the key itself, good from when it was made. */

const SHA256_WITH_RSA = "2a864886f70d01010b";
const COMMON_NAME = "550403";
/** As of user-managed keys: they end when they are deleted. */
const NEVER = "99991231235959Z";

/** PEM. `made`: ms. */
export function certificateOf(params: { privateKey: string; name: string; made: number }): string {
  const key = createPrivateKey(params.privateKey);
  const algorithm = sequence(tagged(0x06, Buffer.from(SHA256_WITH_RSA, "hex")), tagged(0x05));
  const commonName = sequence(tagged(0x06, Buffer.from(COMMON_NAME, "hex")), tagged(0x0c, Buffer.from(params.name)));
  const name = sequence(tagged(0x31, commonName));
  const body = sequence(
    tagged(0x02, Buffer.of(1)),
    algorithm,
    name,
    sequence(time(new Date(params.made).toISOString().replace(/\.\d+|[-:T]/g, "")), time(NEVER)),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
  );
  const signature = tagged(0x03, Buffer.of(0), sign("sha256", body, key));
  const lines = sequence(body, algorithm, signature).toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** GeneralizedTime. */
function time(text: string): Buffer {
  return tagged(0x18, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** One element of DER. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
