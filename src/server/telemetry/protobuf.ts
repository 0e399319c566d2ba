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
  return new Uint8Array([...varintOf(field << 3 | WIRE.varint), ...varintOf(value)]);
}

/** A fixed64 or sfixed64. */
export function fixed64(field: number, value: bigint): Bytes {
  return eight(field, (view) => view.setBigInt64(0, BigInt.asIntN(64, value), true));
}

export function double(field: number, value: number): Bytes {
  return eight(field, (view) => view.setFloat64(0, value, true));
}

/** A string, bytes or a message. */
export function nested(field: number, value: string | Bytes): Bytes {
  const bytes = typeof value === "string" ? new Uint8Array(encoder.encode(value)) : value;
  return message(new Uint8Array([...varintOf(field << 3 | WIRE.length), ...varintOf(bytes.length)]), bytes);
}

export function packedFixed64(field: number, values: readonly number[]): Bytes {
  return packed(field, values, (view, at, value) => view.setBigUint64(at, BigInt(value), true));
}

export function packedDoubles(field: number, values: readonly number[]): Bytes {
  return packed(field, values, (view, at, value) => view.setFloat64(at, value, true));
}

function eight(field: number, write: (view: DataView) => void): Bytes {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return message(new Uint8Array(varintOf(field << 3 | WIRE.fixed64)), bytes);
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

/** Of a whole number from 0 to 2⁵³. */
function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(rest % 128 | 128);
  return [...bytes, rest];
}
