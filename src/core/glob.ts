/** Whether a text is what a pattern says, in which `*` stands for anything; small and capital letters are the same. */
export function matchesGlob(text: string, pattern: string): boolean {
  const given = text.toLowerCase();
  const [first, ...pieces] = pattern.toLowerCase().split("*") as [string, ...string[]];
  const last = pieces.pop();
  if (last === undefined) return given === first;
  if (!given.startsWith(first)) return false;
  // Each piece at its earliest place: no pattern takes longer than the text is long for it.
  let at = first.length;
  for (const piece of pieces) {
    const found = given.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return given.length - last.length >= at && given.endsWith(last);
}
