import assert from "node:assert/strict";
import { fileName, keyName } from "./file_names.ts";

Deno.test("names of attachments become names of files", () => {
  const names: Record<string, string> = {
    "report.pdf": "report.pdf",
    "Übersicht Q3.xlsx": "Übersicht Q3.xlsx",
    "../../etc/passwd": "_.._etc_passwd",
    "C:\\Users\\x.exe": "C__Users_x.exe",
    "a\u202egpj.exe": "agpj.exe",
    "a\u0000b\nc": "abc",
    "CON": "_CON",
    "nul.tar.gz": "_nul.tar.gz",
    "LPT1.txt": "_LPT1.txt",
    "com¹": "_com¹",
    "console.log": "console.log",
    ".htaccess": "htaccess",
    "trailing. . .": "trailing",
    "...": "part",
    "": "part",
    'a?*<>|"b': "a______b",
    "\ud800x": "x",
  };
  for (const [given, name] of Object.entries(names)) assert.equal(fileName(given, "part"), name, JSON.stringify(given));
  const long = fileName(`${"ü".repeat(300)}.pdf`, "part");
  assert.ok(new TextEncoder().encode(long).length <= 120 && long.endsWith("ü.pdf"), long);
});

Deno.test("addresses and ids become names that differ as they do, capitals or not", () => {
  const digest = (text: string) =>
    Array.from(text, (letter) => letter.charCodeAt(0).toString(16)).join("").padEnd(12, "0");
  const key = (text: string) => keyName(text, digest);
  assert.equal(key("Ann.O+x@Acme.example"), "ann.o+x@acme.example");
  assert.equal(key("18c2f0a1b2c3d4e5"), "18c2f0a1b2c3d4e5");
  assert.notEqual(key("AbC"), key("aBc"));
  assert.notEqual(key("a/b@acme.example"), key("a_b@acme.example"));
  for (
    const text of [
      "../../x@y.example",
      "con",
      "nul.x@acme.example",
      "a@b.",
      "-rf@acme.example",
      "x".repeat(300),
      "ü@b.example",
      "",
    ]
  ) {
    assert.match(key(text), /^[a-z0-9_][a-z0-9@._+-]{0,70}~[0-9a-f]{12}$/, text);
  }
});
