import { describe, expect, it } from 'vitest';
import { parseIpset } from '../../../src/firewall/iptables/ipset.ts';
import { InputError } from '../../../src/model/problem.ts';
import { fileOf, parse, rulesOf } from './file.ts';
import { SET_CASES, SET_COMMANDS, SET_MISTAKES } from './set.cases.ts';

function ruleOf(match: string): string {
  const negated = match.startsWith('! ');
  const option = match.startsWith('--') ? match : `--match-set ${negated ? match.slice(2) : match}`;
  return `-A OUTPUT -m set ${negated ? '! ' : ''}${option}`;
}

describe('a match on a set', () => {
  it.each(SET_CASES)('$title: $match', ({ sets, match, is, family = 'ipv4' }) => {
    expect(rulesOf(ruleOf(match), { sets, family })).toEqual([`${is} → next`]);
  });

  it('is one open question where no content is given, the same in each rule', () => {
    const lines = '-A OUTPUT -m set --match-set s src,dst\n-A OUTPUT -m set ! --match-set s src,dst';
    expect(rulesOf(lines)).toEqual(['"-m set --match-set s src,dst" → next', '!("-m set --match-set s src,dst") → next']);
    expect(parse(fileOf(lines)).assumptions).toContain(
      'The content of the set s is not supplied: what hangs on it is conditional.',
    );
    expect(parse(fileOf(lines)).problems).toEqual([]);
  });

  it('is open where rules change the set, whatever is given', () => {
    const lines = '-A OUTPUT -m set --match-set s src\n-A OUTPUT -j SET --add-set s src';
    const sets = 'create s hash:ip\nadd s 10.0.0.1';
    expect(rulesOf(lines, { sets })[0]).toBe('?"ip filter/OUTPUT: -m set --match-set s src #1" → next');
    expect(parse(fileOf(lines), { sets }).assumptions).toContain(
      'Rules add to the set s or take from it: what hangs on it is conditional.',
    );
  });

  it('is asked anew in each rule where rules change the set, or a list that it is in', () => {
    const match = (flag: string): string => `-A OUTPUT -m set ${flag}--match-set s src -j DROP`;
    const lines = `${match('')}\n-A OUTPUT --jump SET --add-set l src\n${match('! ')}`;
    const is = [
      '?"ip filter/OUTPUT: -m set --match-set s src #1" → drop',
      '!(?"ip filter/OUTPUT: -m set --match-set s src #2") → drop',
    ];
    const drops = (small: Parameters<typeof rulesOf>[1], text = lines) =>
      rulesOf(text, small).filter((rule) => rule.endsWith('drop'));
    expect(drops({ sets: 'create s hash:ip\nadd s 10.0.0.1\ncreate l list:set\nadd l s' })).toEqual(is);
    expect(drops({}, lines.replace('--add-set l', '--add-set s'))).toEqual(is);
  });

  it('warns of a set that the content given has not', () => {
    const { problems } = parse(fileOf('-A OUTPUT -m set --match-set relay src'), { sets: 'create relays hash:ip' });
    expect(problems.map(({ message }) => message)).toEqual([
      'No ipset save that was given has the set relay. Did you mean relays?',
    ]);
  });

  it('says that entries end', () => {
    const { assumptions } = parse(fileOf('-A OUTPUT -m set --match-set s src'), {
      sets: 'create s hash:ip timeout 5\nadd s 10.0.0.1',
    });
    expect(assumptions).toContain('Entries of the set s have a timeout: what hangs on them is conditional.');
  });
});

describe('commands of an ipset save', () => {
  it.each(SET_COMMANDS)('%j', (sets, is) => {
    expect(rulesOf('-A OUTPUT -m set --match-set s src', { sets })).toEqual([`${is} → next`]);
  });

  it.each(SET_MISTAKES)('%j is wrong', (text, says) => {
    expect(mistakes(text)).toEqual(says);
  });

  it('say everything that is wrong at once', () => {
    expect(mistakes('create s hash:ip\nadd s 1.2.3.4.5\nadd t 1.2.3.4')).toHaveLength(2);
  });

  it.each([
    ['create s hash:ipp', 'unknown-set-type'],
    ['create s hash:ip bitmask 255.0.255.0', 'unknown-set-type'],
  ])('%s is a warning', (text, code) => {
    expect(parseIpset(text, 'sets').problems.map((problem) => problem.code)).toEqual([code]);
  });
});

function mistakes(text: string): readonly string[] {
  try {
    parseIpset(text, 'sets');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ code, message, location }) => `${location?.line}:${location?.column} ${code} ${message}`);
  }
}
