/**
 * A LIKE pattern (`%` any text, `_` one character, `\` before one of them means itself) as a pattern for SQLite's GLOB, which
 * minds upper and lower case as PostgreSQL's LIKE does and SQLite's own LIKE does not.
 */
export function likeToGlob(pattern: string): string {
  let glob = "";
  let literal = false;
  for (const character of pattern) {
    if (literal || (character !== "\\" && character !== "%" && character !== "_")) {
      // In brackets GLOB's own signs mean themselves.
      glob += character === "*" || character === "?" || character === "[" ? `[${character}]` : character;
      literal = false;
    } else if (character === "\\") {
      literal = true;
    } else {
      glob += character === "%" ? "*" : "?";
    }
  }
  return literal ? `${glob}\\` : glob;
}
