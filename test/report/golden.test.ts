import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import { FORMAT_NAMES, FORMATS, type RenderOptions, render } from '../../src/report/report.ts';
import { RESULTS, SAVED, savedResult } from '../support/results.ts';

/**
 * `fixtures/results/NAME.EXITCODE.json`, with what it looks like: `NAME.txt` (100 columns, Unicode), `NAME.60.txt` (60, ASCII)
 * and `NAME.verbose.txt`, and as every other format but JSON and HTML, `NAME.EXTENSION`. After a wanted change: `npx vitest run --project unit test/report -u`, then read the difference.
 */
const FOLDER = RESULTS;

/** As files of each format are usually named. */
const EXTENSIONS = { markdown: 'md', sarif: 'sarif', junit: 'xml', prometheus: 'prom', github: 'github' } as const;

const WIDE: RenderOptions = { color: false, unicode: true, width: 100, verbose: false };
const NARROW: RenderOptions = { color: false, unicode: false, width: 60, verbose: false };

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../policies/result.schema.json'), 'utf8')),
);

describe.each(SAVED)('$name', ({ name, exitCode, result }) => {
  test('looks as it did at 100 columns in Unicode, at 60 in ASCII, and with every row', async () => {
    await expect(render('text', result, WIDE)).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
    await expect(render('text', result, NARROW)).toMatchFileSnapshot(join(FOLDER, `${name}.60.txt`));
    await expect(render('text', result, { ...WIDE, verbose: true })).toMatchFileSnapshot(join(FOLDER, `${name}.verbose.txt`));
  });

  test.each(Object.entries(EXTENSIONS))('looks as it did as %s', async (format, extension) => {
    await expect(FORMATS[format as keyof typeof EXTENSIONS](result, WIDE)).toMatchFileSnapshot(
      join(FOLDER, `${name}.${extension}`),
    );
  });

  test('its file is named for its exit code', () => {
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(exitCode);
  });

  test('as JSON it is what the published schema describes, and nothing is lost', () => {
    const document: unknown = JSON.parse(render('json', result, WIDE));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document).toEqual(result);
  });

  test.each([60, 72, 80, 100, 120])('no line is longer than %i columns, unless one word is', (width) => {
    const lines = render('text', result, { ...WIDE, width, verbose: true }).split('\n');
    const long = lines.filter((line) => [...line].length > width && !line.split(' ').some((word) => word.length > width - 24));
    expect(long).toEqual([]);
  });

  test('colour adds to the marks and takes none away', () => {
    const colored = render('text', result, { ...WIDE, color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that colour consists of
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(render('text', result, WIDE));
    expect(colored).toContain('\u001b[1m');
  });

  test('lines end without blanks, the document with one line feed', () => {
    expect(render('text', result, WIDE)).toMatch(/^(?:.*[^ ]\n|\n)*.*[^ ]\n$/);
  });
});

test('every format has a golden file but JSON, which is the fixture, text, which has three, and HTML, which has one beside its own tests', () => {
  const others = ['text', 'json', 'html'];
  expect(Object.keys(EXTENSIONS).sort()).toEqual(FORMAT_NAMES.filter((format) => !others.includes(format)).sort());
});

test('every format has a renderer, and there are no others', () => {
  expect(Object.keys(FORMATS)).toEqual([...FORMAT_NAMES]);
});

test('the schema tells relay checks from others', () => {
  const result = savedResult('relay');
  const [network] = result.checks.filter(({ kind }) => kind !== 'relay') ?? [];
  const [relay] = result.checks.filter(({ kind }) => kind === 'relay') ?? [];
  const fits = (check: object): boolean => validate({ ...result, checks: [check] });
  expect(fits({ ...relay }) && fits({ ...network })).toBe(true);
  expect(fits({ ...relay, outcome: 'dropped' }) || fits({ ...network, outcome: 'rejected-all' })).toBe(false);
  expect(fits({ ...relay, attempts: undefined }) || fits({ ...network, attempts: [] })).toBe(false);
});

test('the schema refuses what is not in it', () => {
  const [first] = SAVED;
  expect(validate({ ...first?.result, surprise: true })).toBe(false);
  expect(validate({ ...first?.result, schema: 'postern.result/2' })).toBe(false);
});
