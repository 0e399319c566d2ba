import { main } from "../../src/cli/app.ts";

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process and gives what it printed. One at a time: the streams are those of the process. */
export async function commandLine(...args: string[]): Promise<Printed> {
  const out = tap(Deno.stdout);
  const err = tap(Deno.stderr);
  try {
    const code = await main(args);
    return { code, stdout: out.text(), stderr: err.text() };
  } finally {
    out.close();
    err.close();
  }
}

function tap(stream: { writeSync(bytes: Uint8Array): number }) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const write = stream.writeSync;
  stream.writeSync = (bytes) => chunks.push(new Uint8Array(bytes)) && bytes.length;
  return {
    text: () => new TextDecoder().decode(new Uint8Array(chunks.flatMap((chunk) => [...chunk]))),
    close: () => void (stream.writeSync = write),
  };
}
