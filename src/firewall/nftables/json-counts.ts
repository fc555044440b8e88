/**
 * What holds as often as it counts, in words: of a rule, of a set and of its elements.
 *
 * Worked example: `{"limit": {"rate": 5, "per": "second", "inv": true}}` is `limit rate over 5 / second`.
 *
 * @see libnftables-json(5), LIMIT, QUOTA, CT COUNT
 */
import type { JsonNode } from './json-syntax.ts';
import { isTrue, numberAt, quoted, stringAt, type Tokens, words } from './json-tokens.ts';

export const UNIT: RegExp = /^[a-z]+$/;

export const COUNTS: ReadonlyMap<string, (value: JsonNode) => Tokens | null> = new Map([
  ['limit', limit],
  ['quota', quota],
  ['ct count', count],
]);

function limit(value: JsonNode): Tokens | null {
  if (value.kind === 'string') return [...words('limit name', value), quoted(value.value, value)];
  const [rate, per, burst] = [numberAt(value, 'rate'), stringAt(value, 'per'), numberAt(value, 'burst')];
  const [unit, burstUnit] = [stringAt(value, 'rate_unit'), stringAt(value, 'burst_unit') ?? 'bytes'];
  if (rate === null || per === null || ![unit ?? 'packets', burstUnit, per].every((word) => UNIT.test(word))) return null;
  const packets = unit === null || unit === 'packets';
  const amount = packets ? `${rate}` : `${rate} ${unit}`;
  const bursts = burst === null ? '' : ` burst ${burst} ${packets ? 'packets' : burstUnit}`;
  return words(`limit rate ${isTrue(value, 'inv') ? 'over ' : ''}${amount} / ${per}${bursts}`, value);
}

function quota(value: JsonNode): Tokens | null {
  if (value.kind === 'string') return [...words('quota name', value), quoted(value.value, value)];
  const [amount, unit] = [numberAt(value, 'val'), stringAt(value, 'val_unit') ?? 'bytes'];
  return amount === null || !UNIT.test(unit)
    ? null
    : words(`quota ${isTrue(value, 'inv') ? 'over ' : ''}${amount} ${unit}`, value);
}

function count(value: JsonNode): Tokens | null {
  const number = numberAt(value, 'val');
  return number === null ? null : words(`ct count ${isTrue(value, 'inv') ? 'over ' : ''}${number}`, value);
}
