/** Values that have the right shape and still cannot be: dates, codes, fingerprints, keys, combinations. */
import { FINDING_CODES } from '../model/finding.ts';
import { nearest } from '../model/nearest.ts';
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { problemAt, type Source } from '../model/source.ts';
import { child, entriesOf, itemsOf, type Node, type Text, textOf, textsOf } from './node.ts';
import type { Reading } from './reading.ts';

/** All of them errors but `never-applies`, which is a warning. */
export function checkValues({ source, root }: Reading): Problem[] {
  const destinations = entriesOf(child(root, 'destinations')).map(({ value }) => value);
  return [
    ...itemsOf(child(root, 'waivers')).flatMap((waiver) => waiverProblems(source, waiver)),
    ...itemsOf(child(root, 'rules')).flatMap((rule) => ruleProblems(source, rule)),
    ...destinations.flatMap((destination) => textsOf(child(destination, 'pins')).flatMap((pin) => pinProblem(source, pin))),
    ...destinations.flatMap((destination) => repeatedProbes(source, destination)),
    ...entriesOf(child(root, 'sentinels')).flatMap(({ value }) => publicKeyProblem(source, textOf(child(value, 'public-key')))),
    ...controlCharacters(source, root),
  ];
}

function waiverProblems(source: Source, waiver: Node): Problem[] {
  const [code, until, fingerprint] = [
    textOf(child(waiver, 'code')),
    textOf(child(waiver, 'until')),
    textOf(child(waiver, 'fingerprint')),
  ];
  const problems: Problem[] = [];
  if (code !== null && !FINDING_CODES.some((known) => known === code.text)) {
    const near = nearest(code.text, FINDING_CODES);
    const advice = near === null ? '`postern explain` lists them.' : `Did you mean "${near}"?`;
    problems.push(problemAt(source, code, 'unknown-code', `There is no finding "${printable(code.text)}". ${advice}`));
  }
  if (until !== null && /^\d{4}-\d{2}-\d{2}$/.test(until.text) && !isDate(until.text)) {
    problems.push(problemAt(source, until, 'impossible-date', `There is no day ${until.text} in the calendar.`));
  }
  if (fingerprint !== null && !/^[0-9a-f]{16}$/.test(fingerprint.text)) {
    const message = 'A fingerprint has 16 hex digits in lower case, as results show it: "0123456789abcdef".';
    problems.push(problemAt(source, fingerprint, 'bad-fingerprint', message));
  }
  return problems;
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function ruleProblems(source: Source, rule: Node): Problem[] {
  const problems = ['from', 'to'].flatMap((key) => {
    const texts = textsOf(child(rule, key));
    const any = texts.find(({ text }) => text === 'any');
    if (any === undefined || texts.length < 2) return [];
    return [
      problemAt(source, any, 'redundant-any', '"any" already holds every other name of this list; write one or the other.'),
    ];
  });
  const beforeTls = textOf(child(rule, 'require', 'auth-before-tls'));
  if (beforeTls !== null && textOf(child(rule, 'require', 'tls'))?.text === 'implicit') {
    const message = 'With implicit TLS nothing is ever said before TLS, so "auth-before-tls" asks nothing here.';
    problems.push(problemAt(source, beforeTls, 'never-applies', message, 'warning'));
  }
  return problems;
}

/** @see RFC 7469 section 2.4 */
function pinProblem(source: Source, pin: Text): Problem[] {
  if (pin.text.startsWith('sha256/') && isKey(pin.text.slice('sha256/'.length))) return [];
  const message = `"${printable(pin.text.slice(0, 60))}" is no pin: "sha256/" and the base64 of 32 bytes (44 characters, the last one "=").`;
  return [problemAt(source, pin, 'bad-pin', message)];
}

/** @see RFC 8032 section 5.1.5 (a public key has 32 bytes) */
function publicKeyProblem(source: Source, key: Text | null): Problem[] {
  if (key === null || (key.text.startsWith('ed25519:') && isKey(key.text.slice('ed25519:'.length)))) return [];
  const base64 = key.text.replace(/^[a-z0-9]+:/, '');
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? `; this one has ${Buffer.from(base64, 'base64').length} bytes` : '';
  const message = `A public key is "ed25519:" and the base64 of 32 bytes${bytes}.`;
  return [problemAt(source, key, 'bad-public-key', message)];
}

/** Standard base64 of exactly 32 bytes, written the one canonical way. */
function isKey(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === base64;
}

function repeatedProbes(source: Source, destination: Node): Problem[] {
  const seen = new Set<string>();
  return itemsOf(child(destination, 'probes')).flatMap((probe) => {
    const text = textOf(child(probe, 'host')) ?? textOf(child(probe, 'sentinel'));
    if (text === null) return [];
    const key = text.text.toLowerCase();
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [problemAt(source, text, 'duplicate-item', `"${printable(text.text)}" stands in these probes twice.`)];
  });
}

/** Escapes in quoted texts can make what a terminal would obey, or show in another order; a description may have line breaks. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

function controlCharacters(source: Source, node: Node): Problem[] {
  if (node.kind === 'list') return node.items.flatMap((item) => controlCharacters(source, item));
  if (node.kind === 'map') return [...node.entries.values()].flatMap(({ value }) => controlCharacters(source, value));
  const bad = typeof node.value === 'string' ? UNSEEN.exec(node.value) : null;
  if (bad === null) return [];
  const message = `This text holds the invisible character ${printable(bad[0])}; remove it.`;
  return [problemAt(source, node, 'invisible-character', message)];
}
