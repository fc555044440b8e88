/** Saved results of fixtures/results, and the same with any text in every place that a foreign text may come to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Result } from '../../src/model/result.ts';
import type { RenderOptions } from '../../src/report/report.ts';

export const RESULTS: string = join(import.meta.dirname, '../../fixtures/results');

export const PLAIN: RenderOptions = { color: false, unicode: true, width: 100, verbose: false };

export interface SavedResult {
  readonly name: string;
  readonly exitCode: number;
  readonly json: string;
  readonly result: Result;
}

/** Each `NAME.EXITCODE.json`. */
export const SAVED: readonly SavedResult[] = readdirSync(RESULTS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const [name = '', exitCode = ''] = file.split('.');
    const json = readFileSync(join(RESULTS, file), 'utf8');
    return { name, exitCode: Number(exitCode), json, result: JSON.parse(json) };
  });

export function savedResult(name: string): Result {
  const found = SAVED.find((saved) => saved.name === name);
  if (found === undefined) throw new TypeError(`no result ${name}`);
  return JSON.parse(found.json);
}

/** Fields whose texts are words of a closed set, or numbers of a kind; all others may hold anything. */
const CLOSED: ReadonlySet<string> = new Set([
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

/** Closed as well where a result has to be one that `report` reads. */
const TYPED: ReadonlySet<string> = new Set([
  ...CLOSED,
  'fingerprint',
  'startedAt',
  'finishedAt',
  'digest',
  'until',
  'source',
  'address',
  'destinations',
  'sources',
  'ports',
  'sourcePorts',
  'findings',
  'witness',
]);

const NASTY = [
  '\u001b',
  '\u009b',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u007f',
  '\u0085',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ud800',
  '\udc00',
  '\ufeff',
  '\uffff',
];

/** What one reader or another takes for more than text. */
const MARKUP = [
  ']]>',
  '<script>alert(1)</script>',
  '</failure>',
  '</details>',
  '<!--',
  '-->',
  '&amp;',
  '&#64;',
  '"',
  "'",
  '`',
  '```',
  '|',
  '\\|',
  '\\',
  '**b**',
  '_i_',
  '[x](https://example.org)',
  '![x](x)',
  '@team',
  '#12',
  '!3',
  ':100:',
  '2001:db8:cd::1',
  'https://example.org',
  'www.example.org',
  'a@example.org',
  '\n::error::x',
  '\r\n##[error]x',
  '::stop-commands::x',
  '%0A',
  ',title=x::',
  '{0}',
  '} 1\n# TYPE x counter',
  '- ',
  '1. ',
  '> ',
  '# ',
  '---',
  '\n/close\n',
  '    x',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...NASTY, 'a', ' ', '[', ']', ';', 'm', 'é', '漢', '😀'), maxLength: 40 }),
  fc.array(fc.constantFrom(...MARKUP, 'a', ' '), { maxLength: 8 }).map((parts) => parts.join('')),
  fc.constantFrom('x', '漢', '| ', '\\', '`').map((part) => part.repeat(1_000)),
);

/** A result with the given texts in the place of all open ones, in turn. */
export function poisoned(result: Result, texts: readonly string[], closed: ReadonlySet<string> = CLOSED): Result {
  let next = 0;
  const walk = (value: unknown, key: string): unknown => {
    if (key === 'witness' && closed.has(key)) return value;
    if (typeof value === 'string') return closed.has(key) ? value : texts[next++ % texts.length];
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
  };
  return walk(result, '') as Result;
}

/** Few of the checks of each, with their findings: small enough to be many. */
const SMALL: readonly Result[] = SAVED.map(({ result }) => {
  const checks = result.checks.slice(0, 6);
  const ids = new Set(checks.map(({ id }) => id));
  return { ...result, checks, findings: result.findings.filter(({ check }) => check === null || ids.has(check)) };
});

const taken = fc.record({
  result: fc.constantFrom(...SMALL),
  texts: fc.array(text, { minLength: 1, maxLength: 30 }),
});

/** Any text in every open place. */
export const hostileResults: fc.Arbitrary<Result> = taken.map(({ result, texts }) => poisoned(result, texts));

/** The same with the tool, times, addresses and fingerprints left as they are. */
export const typedHostileResults: fc.Arbitrary<Result> = taken.map(({ result, texts }) => ({
  ...poisoned(result, texts, TYPED),
  tool: result.tool,
}));
