import { TaskerError } from "../../core/errors.ts";

/** What is left of the typed bytes, and whether the line has ended. */
interface Typed {
  readonly bytes: readonly number[];
  readonly end?: "entered" | "interrupted";
}

/** Takes one typed byte: Enter and Ctrl-D end the line, Ctrl-C gives it up, Backspace and Ctrl-U take back. */
export function takeByte(bytes: readonly number[], byte: number): Typed {
  switch (byte) {
    case 0x03:
      return { bytes: [], end: "interrupted" };
    case 0x04:
    case 0x0a:
    case 0x0d:
      return { bytes, end: "entered" };
    case 0x15:
      return { bytes: [] };
    case 0x08:
    case 0x7f: {
      const kept = bytes.slice(0, -1);
      // The rest of a character of several bytes goes with its last one.
      if ((bytes.at(-1) ?? 0) >= 0x80) {
        while (kept.length > 0 && (bytes[kept.length]! & 0xc0) === 0x80) kept.pop();
      }
      return { bytes: kept };
    }
    default:
      return { bytes: [...bytes, byte] };
  }
}

/** Asks on the terminal for a line that is not shown. */
export async function hiddenPrompt(question: string, show: (text: string) => void): Promise<string> {
  show(question);
  Deno.stdin.setRaw(true);
  try {
    let bytes: readonly number[] = [];
    const chunk = new Uint8Array(1_024);
    for (;;) {
      const count = await Deno.stdin.read(chunk);
      if (count === null) break;
      for (const byte of chunk.subarray(0, count)) {
        const typed = takeByte(bytes, byte);
        bytes = typed.bytes;
        if (typed.end === "interrupted") {
          throw new TaskerError("CANCELLED", "nothing was stored", { hint: "Ctrl-C was pressed" });
        }
        if (typed.end === "entered") return new TextDecoder().decode(new Uint8Array(bytes));
      }
    }
    return new TextDecoder().decode(new Uint8Array(bytes));
  } finally {
    Deno.stdin.setRaw(false);
    show("\n");
  }
}
