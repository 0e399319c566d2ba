import assert from "node:assert/strict";
import { htmlToText } from "./html_text.ts";

Deno.test("markup goes, words stay whole, blocks start lines", () => {
  const table: [html: string, text: string][] = [
    ["plain", "plain"],
    ["<p>one</p><p>t<b>w</b>o</p>", "one\ntwo"],
    ["a<br>b<div>c</div>", "a\nb\nc"],
    ["<table><tr><td>1</td><td>2</td></tr></table>", "1\n2"],
    ["<head><title>no</title></head><body>yes", "yes"],
    ["<head><title>no</title><body>yes", "yes"],
    ["<head>never closed", "never closed"],
    ["<style>p{}</style>a<script>x < y</script>b", "a\nb"],
    ["a<!-- <b>hidden</b> -->b", "ab"],
    ["a<!-- never closed", "a"],
    ["1 < 2 & 3 > 2", "1 < 2 & 3 > 2"],
    ["<p title='x' broken", ""],
    ["<!DOCTYPE html><o:p>x</o:p>", "x"],
    ["Gr&uuml;&szlig;e &amp; &lt;b&gt; &#8364; &#x20AC; &hellip; &nosuch; &amp;lt;", "Grüße & <b> € € … &nosuch; &lt;"],
    ["&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"],
    ["a  \n  b\t c", "a\nb c"],
  ];
  for (const [html, text] of table) assert.equal(htmlToText(html), text, html);
});
