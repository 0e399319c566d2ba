import { TaskerError } from "../../core/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Where data goes: stdout, or a file that appears only when it is whole. */
export interface Sink {
  write(text: string): void;
  /** All was written. */
  commit(): void;
  /** Something failed: a file that was there before stays as it was. Does nothing after `commit`. */
  abort(): void;
}

const BUFFER = 64 * 1024;

/** Gives stdout, or a file (0600) written beside its place and moved there at the end. */
export function openSink(terminal: Terminal, path: string | undefined): Sink {
  if (path === undefined || path === "-") return buffered((text) => terminal.out(text));
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(temporary, { createNew: true, write: true, mode: 0o600 });
  } catch (error) {
    throw unwritable(path, error);
  }
  const encoder = new TextEncoder();
  const sink = buffered((text) => {
    const bytes = encoder.encode(text);
    for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  });
  let open = true;
  return {
    write: sink.write,
    commit() {
      try {
        sink.commit();
        file.syncSync();
        file.close();
        Deno.renameSync(temporary, path);
      } catch (error) {
        throw unwritable(path, error);
      }
      open = false;
    },
    abort() {
      if (!open) return;
      open = false;
      try {
        file.close();
      } catch { /* commit had closed it before it failed */ }
      Deno.removeSync(temporary);
    },
  };
}

/** Writes rows with `produce` and commits; leaves nothing half-written behind. */
export function writeTo(terminal: Terminal, path: string | undefined, produce: (sink: Sink) => void): void {
  const sink = openSink(terminal, path);
  try {
    produce(sink);
    sink.commit();
  } finally {
    sink.abort();
  }
}

function buffered(write: (text: string) => void): Sink {
  let buffer = "";
  return {
    write(text) {
      buffer += text;
      if (buffer.length < BUFFER) return;
      write(buffer);
      buffer = "";
    },
    commit() {
      if (buffer !== "") write(buffer);
      buffer = "";
    },
    abort() {},
  };
}

function unwritable(path: string, error: unknown): TaskerError {
  if (error instanceof TaskerError) return error;
  return new TaskerError(
    "USAGE",
    `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    {
      hint: "name a file in a folder that is there and that you may write to",
      cause: error,
    },
  );
}
