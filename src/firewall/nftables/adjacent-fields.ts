/**
 * Which comparisons of a rule nft may have made one of: those with != and one value that lie side by side in a header.
 *
 * Worked example: of `ip ttl != 64 counter ip protocol != tcp` nft 1.0.6 loads the two bytes at once, and the rule then holds for TCP with any other TTL.
 * Addresses stay two: four bytes are joined, eight are not. Ranges, prefixes, masks, bits and sets of several are not joined either.
 *
 * @see nftables, src/payload.c, payload_can_merge(); src/rule.c, stmt_reduce(), payload_do_merge(), where other statements between them do not keep
 *   the first two apart
 */
import { withMerged } from '../merged-comparisons.ts';
import type { Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import { type Token, textOf } from './lexer.ts';
import { inside, isSign, listed } from './tree.ts';
import { numberIn } from './words.ts';

/** One statement of a rule, and what it asks. */
export interface Statement {
  readonly words: readonly Token[];
  readonly condition: Condition;
}

/** The bytes of a header that a statement compares. */
interface Compared extends Bytes {
  readonly statement: Statement;
}

interface Bytes {
  readonly layer: string;
  readonly at: number;
  readonly length: number;
}

/** All that is asked, or what nft may have made of it. */
export function asLoaded(conditions: readonly Condition[], statements: readonly Statement[], context: Context): Condition {
  const compared = statements.flatMap((statement) => {
    const bytes = comparedBy(statement.words);
    return bytes === null ? [] : [{ ...bytes, statement }];
  });
  const groups = compared.length < 2 ? [] : groupsOf(compared).map((group) => group.map(({ statement }) => statement));
  const joined = new Set(groups.flat());
  return withMerged(
    conditions,
    groups.map((group) => group.map(({ condition }) => condition)),
    () => {
      const [first, last] = [statements.findIndex((one) => joined.has(one)), statements.findLastIndex((one) => joined.has(one))];
      const words = statements.slice(first, last + 1).flatMap((one) => one.words);
      context.assumptions.add(MERGED);
      return context.functional(`nft has made one comparison of ${textOf(words)}`);
    },
  );
}

const MERGED =
  'Rules with != for fields side by side in a header (source and destination port, ip ttl and ip protocol) may be loaded as one comparison, which fails only where all are as named (nft 1.0.6): what hangs on that is conditional. With each in a rule of its own, which jumps to the next, there is no doubt.';

function comparedBy(words: readonly Token[]): Bytes | null {
  const subject = words[0]?.text === '@' ? 6 : 2;
  const operator = words[subject]?.text;
  if (operator !== '!=' && operator !== 'ne') return null;
  const value = words.slice(subject + 1);
  const lookedUp = value.some(({ kind, text }) => kind === 'sign' && LOOKED_UP.has(text));
  const several = isSign(value[0], '{') && listed(inside(value)).length > 1;
  return lookedUp || several ? null : bytesOf(words.slice(0, subject).map(({ text }) => text));
}

/** Of a set, a range, and a prefix or mask. */
const LOOKED_UP: ReadonlySet<string> = new Set(['@', '-', '/']);

/** Bits that are no whole bytes are compared under a mask. */
function bytesOf([header = '', ...rest]: readonly string[]): Bytes | null {
  if (header !== '@') {
    const [layer, fields] = HEADERS[header] ?? [];
    const [at, length] = fields?.[rest[0] ?? ''] ?? [];
    return layer === undefined || at === undefined || length === undefined ? null : { layer, at, length };
  }
  const [layer = '', , first = '', , count = ''] = rest;
  const [at, length] = [(numberIn(first) ?? Number.NaN) / 8, (numberIn(count) ?? Number.NaN) / 8];
  return Number.isInteger(at) && Number.isInteger(length) ? { layer, at, length } : null;
}

type Fields = Readonly<Record<string, readonly [at: number, length: number]>>;

const PORTS: Fields = { sport: [0, 2], dport: [2, 2] };

/** Those that a TCP packet may have, with their fields of whole bytes. */
const HEADERS: Readonly<Record<string, readonly [layer: string, Fields]>> = {
  ether: ['ll', { daddr: [0, 6], saddr: [6, 6], type: [12, 2] }],
  ip: [
    'nh',
    {
      length: [2, 2],
      id: [4, 2],
      'frag-off': [6, 2],
      ttl: [8, 1],
      protocol: [9, 1],
      checksum: [10, 2],
      saddr: [12, 4],
      daddr: [16, 4],
    },
  ],
  ip6: ['nh', { length: [4, 2], nexthdr: [6, 1], hoplimit: [7, 1], saddr: [8, 16], daddr: [24, 16] }],
  tcp: [
    'th',
    { ...PORTS, sequence: [4, 4], ackseq: [8, 4], flags: [13, 1], window: [14, 2], checksum: [16, 2], urgptr: [18, 2] },
  ],
  th: ['th', PORTS],
};

/** Those that are joined with one another, and with what they are joined with. */
function groupsOf(compared: readonly Compared[]): readonly (readonly Compared[])[] {
  let groups: readonly (readonly Compared[])[] = [];
  for (const one of compared) {
    const near = groups.filter((group) => isJoined(group, one));
    groups = [...groups.filter((group) => !near.includes(group)), [...near.flat(), one]];
  }
  return groups.filter((group) => group.length > 1);
}

/** Up to 4 bytes, and up to 16 in the link layer or where one of them is longer than 4 already. */
function isJoined(group: readonly Compared[], one: Compared): boolean {
  const long = one.layer === 'll' || [...group, one].some(({ length }) => length > 4);
  return group.some(
    (other) =>
      other.layer === one.layer &&
      (other.at + other.length === one.at || one.at + one.length === other.at) &&
      other.length + one.length <= (long ? 16 : 4),
  );
}
