import { displayWidth } from "./table.ts";

/**
 * Text in lines of at most `width` columns, broken at blanks. What stands in square brackets stays together when a line
 * has the room; a longer piece is broken after commas and bars, and stands out when it has none.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const { piece, gap } of text.split("\n").flatMap((part) => pieces(part, width))) {
    const longer = line === "" ? piece : line + gap + piece;
    if (line === "" || displayWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, line];
}

/** What is never broken any further, each with what parts it from the piece before. */
function pieces(text: string, width: number): { piece: string; gap: string }[] {
  const words = (text.match(/\[[^\]]*\]\S*|\S+/g) ?? []).flatMap((word) =>
    displayWidth(word) <= width ? [word] : word.split(/\s+/)
  );
  return words.flatMap((word) =>
    displayWidth(word) <= width
      ? [{ piece: word, gap: " " }]
      : (word.match(/[^,|]*[,|]+|[^,|]+/g) ?? []).map((piece, index) => ({ piece, gap: index === 0 ? " " : "" }))
  );
}
