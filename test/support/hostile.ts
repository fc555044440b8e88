/** Texts that a network, a file or a person may put where a report shows them. */
import type { Result } from '../../src/model/result.ts';

/** Fields whose texts are words of a closed set; all others may hold anything. */
const CLOSED = new Set([
  'code',
  'severity',
  'verdict',
  'kind',
  'outcome',
  'expect',
  'proof',
  'family',
  'schema',
  'class',
  'command',
  'stage',
]);

/** A result with the given texts in the place of all open ones, in turn. */
export function poisoned(json: string, texts: readonly string[]): Result {
  let next = 0;
  return JSON.parse(json, function (this: unknown, key: string, value: unknown) {
    if (typeof value !== 'string' || CLOSED.has(key)) return value;
    return texts[next++ % texts.length];
  });
}

/** Those that end what stands around them, run something or load something in a document of HTML, or that hide. */
export const HOSTILE_TEXTS: readonly string[] = [
  '</style><script>globalThis.pwned = 1</script>',
  '</title></head><body onload="globalThis.pwned = 1">',
  '"><img src="http://127.0.0.1:9/x" onerror="globalThis.pwned = 1">',
  '\'"`--><svg onload=globalThis.pwned=1><!--',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<a href="javascript:globalThis.pwned = 1">x</a>',
  '<base href="http://127.0.0.1:9/"><link rel=stylesheet href=x>',
  '</td></tr></table></main></body></html><p>outside',
  '</svg></details></article><h1>Compliant</h1>',
  '<![CDATA[<script>globalThis.pwned = 1</script>]]>',
  '<?php ?><!DOCTYPE x><plaintext>',
  '&lt;script&gt;&#60;script&#62;&amp;&nbsp;&',
  '\u202eetarepo\u202c \u2066hidden\u2069 \u200b\ufeff',
  'a\0b\u0001\u001b[31m\u007f\u0085\u2028\u2029\r\n\t',
  '\ud800 lone \udc00 surrogates \ud83d',
  '+ADw-script+AD4-globalThis.pwned=1+ADw-/script+AD4-',
  '{{constructor.constructor("globalThis.pwned=1")()}}',
];
