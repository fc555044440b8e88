import fc from 'fast-check';
import { load as loadYaml } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/model/problem.ts';
import { resolvePlain } from '../../src/policy/parse-yaml.ts';
import { load, names, textOf } from './fixtures.ts';

/** Accepted, or refused in words: at least one problem, each with a place, nothing of a stack, nothing a terminal obeys. */
function expectCivil(text: string): void {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(error.problems.every(({ location, code }) => location !== null || code === 'too-many')).toBe(true);
    expect(error.message).not.toMatch(/\n\s+at |node_modules|TypeError|RangeError/);
    expect(error.message).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  }
}

const valid = names('valid').map((name) => textOf('valid', `${name}.yaml`));
const words = [...new Set(valid.flatMap((text) => text.split(/[\s,[\]{}]+/)))].filter((word) => word !== '');
const marks = [
  '[',
  ']',
  '{',
  '}',
  ': ',
  ', ',
  '\n',
  '\n  ',
  '\n    ',
  '- ',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '!t ',
  '<<: ',
  '|\n',
  '>\n',
  '---\n',
  '\t',
  '? ',
  '%',
  '@',
  '0x',
  '\\',
];

// What would hang the loader (quadratic work on these sizes, a nested regular expression) runs into the timeout.
describe('no text crashes the loader, hangs it, or gets a stack out of it', { timeout: 60_000 }, () => {
  it('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => expectCivil(new TextDecoder().decode(bytes))),
      { numRuns: 200 },
    );
  });

  it('random text, with surrogates and controls', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), expectCivil), { numRuns: 200 });
  });

  it('random pieces of policies and YAML marks', () => {
    const piece = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...marks), fc.constantFrom(...marks));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => expectCivil(pieces.join(''))),
      { numRuns: 500 },
    );
  });

  it.each(['hosts:#\t[\n<<: '])('%j, which once did', (text) => {
    expectCivil(text);
  });

  it('random values in the place of any section', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const keys = [
      'version',
      'name',
      'segments',
      'destinations',
      'rules',
      'servers',
      'audit',
      'sentinels',
      'firewalls',
      'waivers',
      'x',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (document) => expectCivil(JSON.stringify(document))),
      { numRuns: 200 },
    );
  });

  it('random values deep inside a policy', () => {
    const base: unknown = loadYaml(textOf('valid', 'complete.yaml'));
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(...words),
      fc.constantFrom('__proto__', 'constructor', 'any', '::', '/', '-1'),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), odd, (path, replacement) =>
        expectCivil(JSON.stringify(replaceAt(base, path, replacement))),
      ),
      { numRuns: 250 },
    );
  });

  it('valid policies with lines deleted, repeated, swapped or cut', () => {
    const line = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('delete', 'repeat', 'swap', 'cut', 'indent', 'junk'),
      by: fc.nat({ max: 60 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(line, { minLength: 1, maxLength: 4 }), (text, edits) =>
        expectCivil(edits.reduce(edited, text)),
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['100,000 open brackets', '['.repeat(100_000)],
    ['100,000 dashes', '- '.repeat(100_000)],
    ['100,000 nested keys', 'a: '.repeat(100_000)],
    ['a key of 1 MB', `${'k'.repeat(1_000_000)}: 1`],
    ['30,000 keys', Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['8,000 unknown segments', `rules:\n${'- { from: nobody, to: nowhere, ports: [25] }\n'.repeat(8_000)}`],
    ['a name of 1 MB', `name: ${'n'.repeat(1_000_000)}`],
    ['a million line feeds', '\n'.repeat(1_000_000)],
    ['a million carriage returns', '\r'.repeat(1_000_000)],
    [
      'laughing aliases',
      Array.from({ length: 20 }, (_, index) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(9)}]`).join('\n'),
    ],
  ])('%s', (_, text) => expectCivil(text));
});

describe('an unquoted text', () => {
  it('means what js-yaml takes it for by the core schema', () => {
    const plain = fc.oneof(
      fc.stringMatching(/^[-+]?[0-9][0-9_.xo]{0,5}[eE]?[-+]?[0-9a-fA-F]{0,4}$/),
      fc.constantFrom(
        '~',
        'null',
        'NULL',
        'nULL',
        'true',
        'True',
        'yes',
        'on',
        '.inf',
        '-.INF',
        '.nan',
        '.5',
        '5.',
        '1e3',
        '0o17',
        '0x1F',
        '012',
        '+1',
        '1_0',
        '2027-01-31',
      ),
    );
    fc.assert(
      fc.property(plain, (text) => {
        expect(resolvePlain(text)).toEqual(loadYaml(text));
      }),
      { examples: [['01E310'], ['-.5e400'], ['9'.repeat(400)]] },
    );
  });
});

function edited(text: string, edit: { readonly at: number; readonly how: string; readonly by: number }): string {
  const lines = text.split('\n');
  const at = edit.at % lines.length;
  const line = lines[at] ?? '';
  const replaced: Readonly<Record<string, string[]>> = {
    delete: [],
    repeat: [line, line],
    swap: [lines[(at + 1) % lines.length] ?? '', line],
    cut: [line.slice(0, edit.by)],
    indent: [' '.repeat(edit.by % 5) + line],
    junk: [line.slice(0, edit.by) + (marks[edit.by % marks.length] ?? '') + line.slice(edit.by)],
  };
  return [...lines.slice(0, at), ...(replaced[edit.how] ?? []), ...lines.slice(at + 1)].join('\n');
}

/** A copy with the value at a path (taken modulo what is there) replaced. */
function replaceAt(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const entries = Object.entries(value);
  if (entries.length === 0) return replacement;
  const changed = entries.map(
    ([key, inner], index) => [key, index === step % entries.length ? replaceAt(inner, rest, replacement) : inner] as const,
  );
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}
