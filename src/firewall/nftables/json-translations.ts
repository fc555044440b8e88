/**
 * Statements of the JSON that rewrite or send elsewhere, in words.
 *
 * Worked example: `{"dnat": {"family": "ip6", "addr": "2001:db8::1", "port": 25}}` is `dnat ip6 to [ 2001:db8::1 ] : 25`; `{"redirect": {"port": 2525}}` is
 * `redirect to : 2525`.
 *
 * @see libnftables-json(5), NETWORK ADDRESS TRANSLATION
 */
import { expression } from './json-expressions.ts';
import type { JsonNode } from './json-syntax.ts';
import { at, numberAt, quoted, sequence, stringAt, stringsAt, type Tokens, words } from './json-tokens.ts';

/** Null where it is none that is understood. */
export function translation(kind: string, value: JsonNode): Tokens | null {
  switch (kind) {
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return translated(kind, value);
    case 'tproxy':
      return sequence(familyWords('tproxy', value), goal(value));
    case 'dup':
      return duplicated(value);
    case 'fwd':
      return forwarded(value);
    case 'synproxy':
      return synproxy(value);
    default:
      return null;
  }
}

const FLAGS: ReadonlySet<string> = new Set(['random', 'fully-random', 'persistent', 'netmap', 'prefix']);

function translated(kind: string, value: JsonNode): Tokens | null {
  const flags = [...stringsAt(value, 'flags'), ...stringsAt(value, 'type_flags')];
  if (!flags.every((flag) => FLAGS.has(flag))) return null;
  const shown = flags.filter((flag) => flag !== 'prefix' && flag !== 'netmap');
  return sequence(familyWords(kind, value), goal(value), shown.length === 0 ? [] : words(shown.join(' , '), value));
}

function familyWords(kind: string, value: JsonNode): Tokens | null {
  const family = stringAt(value, 'family');
  if (family === null) return words(kind, value);
  return family === 'ip' || family === 'ip6' ? words(`${kind} ${family}`, value) : null;
}

/** `to 10.0.0.5:25`; nothing where nothing is given. */
function goal(value: JsonNode): Tokens | null {
  const [address, port] = [at(value, 'addr'), at(value, 'port')];
  if (address === null && port === null) return [];
  const to = address === null ? [] : expression(address);
  const enclosed = to !== null && port !== null && to.some(({ text }) => text.includes(':'));
  return sequence(
    words('to', value),
    enclosed ? [...words('[', value), ...to, ...words(']', value)] : to,
    port === null ? [] : sequence(words(':', value), expression(port)),
  );
}

function duplicated(value: JsonNode): Tokens | null {
  const [address, device] = [at(value, 'addr'), at(value, 'dev')];
  if (address === null) return null;
  return sequence(
    words('dup to', value),
    expression(address),
    device === null ? [] : sequence(words('device', value), expression(device)),
  );
}

function forwarded(value: JsonNode): Tokens | null {
  const device = at(value, 'dev');
  return device === null ? null : sequence(words('fwd to', value), expression(device));
}

function synproxy(value: JsonNode): Tokens | null {
  if (value.kind === 'string') return [...words('synproxy name', value), quoted(value.value, value)];
  const flags = stringsAt(value, 'flags');
  if (!flags.every((flag) => /^[a-z-]+$/.test(flag))) return null;
  const numbers = ['mss', 'wscale'].flatMap((key) => {
    const number = numberAt(value, key);
    return number === null ? [] : [key, String(number)];
  });
  return words(['synproxy', ...numbers, ...flags].join(' '), value);
}
