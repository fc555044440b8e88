import { expect, it } from 'vitest';
import { jsonText } from '../../src/report/json-text.ts';

const FOREIGN = 'a\u009b31m \u202eb \u200bc \u2028d \u{e0041}e\n';

it('escapes what a terminal acts on, or a reader does not see', () => {
  expect(jsonText({ text: FOREIGN }, 0)).toBe('{"text":"a\\u009b31m \\u202eb \\u200bc \\u2028d \\udb40\\udc41e\\n"}');
});

it.each([0, 2])('says the same to a parser, indented by %i', (indent) => {
  expect(JSON.parse(jsonText({ text: FOREIGN, list: [1, null, 'Büro'] }, indent))).toEqual({
    text: FOREIGN,
    list: [1, null, 'Büro'],
  });
});
