import type { RealmKit } from "./kit.ts";

/**
 * `Math.random`, `crypto.randomUUID` and `crypto.getRandomValues`, seeded by the run: sfc32 over a hash of the seed.
 * Good for spreading and naming, not for secrets: whoever knows the run can repeat it.
 */
export function installRandom(kit: RealmKit): void {
  const { imul, floor } = Math;
  const { defineProperty } = Object;
  let state: { a: number; b: number; c: number; d: number } | undefined;

  function seeded() {
    const seed = kit.seed();
    let a = 1779033703, b = 3144134277, c = 1013904242, d = 2773480762;
    for (let i = 0; i < seed.length; i++) {
      const unit = seed.charCodeAt(i);
      a = b ^ imul(a ^ unit, 597399067);
      b = c ^ imul(b ^ unit, 2869860233);
      c = d ^ imul(c ^ unit, 951274213);
      d = a ^ imul(d ^ unit, 2716044179);
    }
    a = imul(c ^ (a >>> 18), 597399067);
    b = imul(d ^ (b >>> 22), 2869860233);
    c = imul(a ^ (c >>> 17), 951274213);
    d = imul(b ^ (d >>> 19), 2716044179);
    state = { a: a ^ b ^ c ^ d, b: b ^ a, c: c ^ a, d: d ^ a };
    for (let i = 0; i < 15; i++) next();
    return state;
  }

  /** 32 random bits. */
  function next(): number {
    const s = state ?? seeded();
    const t = (((s.a + s.b) | 0) + s.d) | 0;
    s.d = (s.d + 1) | 0;
    s.a = s.b ^ (s.b >>> 9);
    s.b = (s.c + (s.c << 3)) | 0;
    s.c = (s.c << 21) | (s.c >>> 11);
    s.c = (s.c + t) | 0;
    return t >>> 0;
  }

  const hidden = { writable: true, configurable: true, enumerable: false };
  const random = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  defineProperty(Math, "random", { value: { random }.random, ...hidden });

  const Bytes = Uint8Array;
  const isView = ArrayBuffer.isView;
  const integers = /^(Big)?(Int|Uint)(8|16|32|64)(Clamped)?Array$/;
  const crypto = {
    getRandomValues(array: Uint8Array): Uint8Array {
      if (!isView(array) || !integers.test(String(array[Symbol.toStringTag]))) {
        throw new TypeError("crypto.getRandomValues() takes an array of integers");
      }
      if (array.byteLength > 65_536) throw new RangeError("crypto.getRandomValues() fills at most 65536 bytes");
      const bytes = new Bytes(array.buffer, array.byteOffset, array.byteLength);
      for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 255;
      return array;
    },
    randomUUID(): string {
      let text = "";
      for (let i = 0; i < 32; i++) {
        const digit = i === 12 ? 4 : i === 16 ? 8 + floor(next() / 2 ** 30) : next() >>> 28;
        text += (i === 8 || i === 12 || i === 16 || i === 20 ? "-" : "") + digit.toString(16);
      }
      return text;
    },
  };
  kit.define("crypto", crypto);
}
