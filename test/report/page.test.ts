import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/catalogue/catalogue.ts';
import { explain } from '../../src/explain.ts';
import { FINDING_CODES } from '../../src/model/finding.ts';
import { InputError } from '../../src/model/problem.ts';
import { renderPages } from '../../src/report/page.ts';

const OPTIONS = { color: false, unicode: true, width: 80, verbose: false };

test.each(FINDING_CODES)('%s: the page shows every part, commands as they are, all else wrapped', (code) => {
  const page = CATALOGUE[code];
  const text = renderPages('text', explain(code), OPTIONS);
  const words = text.replace(/\s+/g, ' ');
  for (const part of [page.title, page.severity, page.risk, ...page.meaning.split('\n\n')]) expect(words).toContain(part);
  for (const step of page.fix) {
    const [sentence = '', ...commands] = step.split('\n');
    expect(words).toContain(sentence);
    for (const command of commands) expect(text).toContain(command);
  }
  for (const { label, about } of page.references) expect(words).toContain(`${label} ${about}`);
  const commands = page.fix.flatMap((step) => step.split('\n').slice(1));
  const prose = text.split('\n').filter((line) => !commands.includes(line.trimStart()) && !commands.includes(line.slice(7)));
  for (const line of prose) expect(line.length).toBeLessThanOrEqual(80);
});

test('without a code every code is listed with severity and title', () => {
  const lines = renderPages('text', explain(null), { ...OPTIONS, width: 120 }).split('\n');
  FINDING_CODES.forEach((code, index) => {
    const { severity, title } = CATALOGUE[code];
    expect(lines[index]?.split(/ {2,}/)).toEqual([code, severity, title]);
  });
});

test('as JSON a page is the page', () => {
  expect(JSON.parse(renderPages('json', explain('egress-open'), OPTIONS))).toEqual({
    schema: 'postern.explain/1',
    pages: [CATALOGUE['egress-open']],
  });
});

test('the list of all pages is as its published schema says', () => {
  const schema: Record<string, unknown> = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../policies/explain.schema.json'), 'utf8'),
  );
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
  const document: unknown = JSON.parse(renderPages('json', explain(null), OPTIONS));
  expect(validate(document) ? null : validate.errors).toBeNull();
  expect(validate({ schema: 'postern.explain/1', pages: [{ ...CATALOGUE['egress-open'], more: 1 }] })).toBe(false);
});

test('letter case does not matter', () => {
  expect(explain('Egress-Open')).toEqual([CATALOGUE['egress-open']]);
});

test.each([
  ['egress-oepn', 'there is no finding "egress-oepn"; did you mean egress-open?'],
  ['starttls-striped', 'there is no finding "starttls-striped"; did you mean starttls-stripped?'],
  ['firewall', 'there is no finding "firewall"; "postern explain" lists them all'],
  ['\u001b[2J', 'there is no finding "\\x1b[2J"; "postern explain" lists them all'],
])('a code that does not exist is an error with the nearest one: %j', (code, message) => {
  expect(() => explain(code)).toThrow(InputError);
  expect(() => explain(code)).toThrow(message);
});
