/** Protocol Buffers on the wire (https://protobuf.dev/programming-guides/encoding/), as far as OTLP needs them: writing only. */

const encoder = new TextEncoder();
const WIRE = { varint: 0, fixed64: 1, length: 2 } as const;

/** A message, or a part of one: messages are the parts of their fields in a row. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function message(...fields: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    whole.set(field, at);
    at += field.length;
  }
  return whole;
}

/** An int32, enum or bool. */
export function varint(field: number, value: number): Bytes {
  const tag = field << 3 | WIRE.varint;
  const bytes = new Uint8Array(sizeOf(tag) + sizeOf(value));
  put(bytes, put(bytes, 0, tag), value);
  return bytes;
}

/** A fixed64 or sfixed64. */
export function fixed64(field: number, value: bigint): Bytes {
  return eight(field, (view, at) => view.setBigInt64(at, BigInt.asIntN(64, value), true));
}

export function double(field: number, value: number): Bytes {
  return eight(field, (view, at) => view.setFloat64(at, value, true));
}

/** A string, bytes or a message. */
export function nested(field: number, value: string | Bytes): Bytes {
  const inner = typeof value === "string" ? encoder.encode(value) : value;
  const tag = field << 3 | WIRE.length;
  const bytes = new Uint8Array(sizeOf(tag) + sizeOf(inner.length) + inner.length);
  bytes.set(inner, put(bytes, put(bytes, 0, tag), inner.length));
  return bytes;
}

export function packedFixed64(field: number, values: readonly number[]): Bytes {
  return packed(field, values, (view, at, value) => view.setBigUint64(at, BigInt(value), true));
}

export function packedDoubles(field: number, values: readonly number[]): Bytes {
  return packed(field, values, (view, at, value) => view.setFloat64(at, value, true));
}

function eight(field: number, write: (view: DataView, at: number) => void): Bytes {
  const tag = field << 3 | WIRE.fixed64;
  const bytes = new Uint8Array(sizeOf(tag) + 8);
  write(new DataView(bytes.buffer), put(bytes, 0, tag));
  return bytes;
}

function packed(
  field: number,
  values: readonly number[],
  write: (view: DataView, at: number, value: number) => void,
): Bytes {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => write(view, 8 * index, value));
  return nested(field, bytes);
}

/** Bytes of a varint, of a whole number from 0 to 2⁵³. */
function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a varint; gives the place behind it. */
function put(bytes: Bytes, at: number, value: number): number {
  let place = at;
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[place++] = rest % 128 | 128;
  bytes[place++] = rest;
  return place;
}
