import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interfaceCondition, splitCondition } from '../../src/model/interface-condition.ts';

const HIDDEN = 'source port 80 and not -m recent --name DEFAULT --rsource';

test.each([
  [null, null, null],
  ['source port 80', null, 'source port 80'],
  ['incoming interface eth1', 'incoming interface eth1', null],
  ['outgoing interface other than eth0, lo and source port 80', 'outgoing interface other than eth0, lo', 'source port 80'],
  [
    `incoming interface eth1 or eth2 and outgoing interface eth0 and ${HIDDEN}`,
    'incoming interface eth1 or eth2 and outgoing interface eth0',
    HIDDEN,
  ],
  [
    'outgoing interface eth1.* (not eth1.5, eth1.6*) or lo and (user 105 or group 8)',
    'outgoing interface eth1.* (not eth1.5, eth1.6*) or lo',
    '(user 105 or group 8)',
  ],
  ['outgoing interface any and source port 80', 'outgoing interface any', 'source port 80'],
  ['the answers to these let it: incoming interface', null, 'the answers to these let it: incoming interface'],
])('of %j the interfaces are %j', (condition, interfaces, rest) => {
  expect(splitCondition(condition)).toEqual({ interfaces, rest });
});

const name = fc.stringMatching(/^[a-z0-9.,*+_-]{1,15}$/);
const names = fc.oneof(
  fc.array(name, { minLength: 1, maxLength: 4 }).map((list) => list.join(' or ')),
  fc.array(name, { minLength: 1, maxLength: 4 }).map((list) => `other than ${list.join(', ')}`),
);
const side = fc.constantFrom('in' as const, 'out' as const);

test('what is written of interfaces is told apart from whatever stands behind it', () => {
  const sides = fc.array(
    fc.tuple(side, names).map(([one, list]) => interfaceCondition(one, list)),
    { minLength: 1, maxLength: 2 },
  );
  fc.assert(
    fc.property(sides, fc.constantFrom(null, 'source port 80', HIDDEN, '(user 105 or group 8)'), (parts, rest) => {
      const interfaces = parts.join(' and ');
      expect(splitCondition(rest === null ? interfaces : `${interfaces} and ${rest}`)).toEqual({ interfaces, rest });
    }),
  );
});
