/** A number with the direction in which it should go. */
export interface Bar {
  readonly what: string;
  readonly is: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly unit?: string;
}

/** One line of the bench. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same of the engineless loop in the same run, and tasker's share of it. */
  readonly limit?: { readonly value: number; readonly ratio: number };
  /** The same of OpenWorkflow in the same run, and how many times that tasker has. */
  readonly openWorkflow?: { readonly value: number; readonly ratio: number };
  readonly bars?: readonly Bar[];
  readonly note?: string;
}

/** One part of the bench, which can be run by itself. */
export interface Section {
  readonly name: string;
  /** What it measures and how each number is defined, for `--help`. */
  readonly about: string;
  run(options: SectionOptions): AsyncGenerator<Figure>;
}

export interface SectionOptions {
  /** Fewer rounds and smaller counts. */
  readonly quick: boolean;
  /** Says what is being done, for people who wait. */
  progress(text: string): void;
}

export function isMet({ is, atLeast = -Infinity, atMost = Infinity }: Bar): boolean {
  return is >= atLeast && is <= atMost;
}
