/** What may stand after an option, or in the place of an operand: what the shell offers there. */

import { FINDING_CODES } from '../../src/model/finding.ts';
import { listText } from '../../src/model/list-text.ts';
import { builtInPolicies } from '../../src/policy.ts';
import type { CommandPage, Option, Positional } from './command-tree.ts';

export interface Values {
  readonly words: readonly string[];
  readonly files: boolean;
}

const FILES: Values = { words: [], files: true };
const NOTHING: Values = { words: [], files: false };

/** Options whose value is one of a few words: each of them is named in the option's description. */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  color: ['auto', 'always', 'never'],
  'config-format': ['iptables-save', 'ip6tables-save', 'ipset-save', 'nftables', 'nftables-json'],
  expect: ['none', 'authenticated', 'internal'],
  'fail-on': ['low', 'medium', 'high', 'critical'],
  family: ['ipv4', 'ipv6'],
  hook: ['forward', 'output', 'input', 'prerouting', 'postrouting'],
  'log-level': ['debug', 'info', 'warn', 'error'],
  relay: ['core', 'all', 'none'],
  'require-proof': ['supported', 'proven'],
};

/** Options whose value is neither: a name, a number, an address, a duration, a URL. `--keep` is not here: to the demo it is a folder. */
export const FREE: readonly string[] = [
  ...['address', 'authorised-by', 'clock-skew', 'concurrency', 'deadline', 'destination', 'ehlo', 'firewall', 'from'],
  ...['greeting-timeout', 'hosted-domain', 'in', 'interface', 'jitter', 'keep-last', 'key-fd', 'last', 'listen'],
  ...['max-connections', 'metrics', 'name', 'node-budget', 'operator', 'out', 'pause', 'per-minute', 'per-source'],
  ...['ping', 'policy-from', 'port', 'probe-domain', 'rate', 'reference', 'remind', 'retries', 'sender-domain'],
  ...['sink', 'sink-key', 'source', 'source-port', 'timeout', 'tls-port', 'webhook'],
];

/** Of an option that takes a value. What this page does not know may be a file, as everywhere in a shell. */
export function valuesOf(option: Option): Values {
  if (option.name === 'format') return { words: formatsIn(option.describe), files: false };
  const words = Object.hasOwn(CHOICES, option.name) ? CHOICES[option.name] : undefined;
  if (words !== undefined) return { words, files: false };
  return FREE.includes(option.name) ? NOTHING : FILES;
}

/** Of an operand. */
export function valuesAt(page: CommandPage, positional: Positional): Values {
  if (positional.name === 'action') return { words: page.actions, files: false };
  if (positional.name === 'policy' || positional.name === 'inputs') return { words: builtInPolicies(), files: true };
  if (['a', 'b', 'result'].includes(positional.name)) return { words: ['latest'], files: true };
  if (positional.name === 'code') return { words: FINDING_CODES, files: false };
  return positional.name === 'hosts' ? NOTHING : FILES;
}

/** The formats of a command are in the words of its `--format`: "document of stdout: text, json or sarif; …". */
function formatsIn(describe: string): readonly string[] {
  const list = /^document of stdout: ([^;]+);/.exec(describe)?.[1];
  const formats = list?.split(/, | or /) ?? [];
  if (list === undefined || listText(formats, 'or') !== list) throw new TypeError(`no formats in "${describe}"`);
  return formats;
}
