/** What a kernel was seen to do (test/lab/kernel), and once was read otherwise: `# kernel HOOK SOURCE DESTINATION PORT VERDICT [own ADDRESS]`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { traceOf } from '../../src/firewall/interpret.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { familyOf, numberOf, parseAddress } from '../../src/model/address.ts';

const folder = join(import.meta.dirname, '../../fixtures/configurations/kernel');
const LINE = /^# (kernel|unknown) (forward|input|output) (\S+) (\S+) (\d+) (\w+)(?: own (\S+))?$/gm;

it.each(readdirSync(folder))('%s is read as the kernel takes it', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const ruleset = readConfiguration([{ file, text, format: file.endsWith('.nft') ? 'nftables' : 'iptables-save' }]);
  const lines = [...text.matchAll(LINE)];
  expect(lines.length).toBeGreaterThan(1);
  for (const [line, , hook, source, destination, port, verdict, own] of lines)
    expect(`${line}: ${verdictOf(ruleset, hook, [source, destination, port], own)}`).toBe(`${line}: ${verdict}`);
});

function verdictOf(
  ruleset: Ruleset,
  hook: string | undefined,
  [source, destination, port]: readonly (string | undefined)[],
  own: string | undefined,
): string {
  const to = parseAddress(destination ?? '');
  if (to === null) throw new Error(`${destination} is no address`);
  const packet = { family: familyOf(to), source: number(source), destination: numberOf(to), port: Number(port) };
  const hooks: readonly Hook[] = ['forward', 'input', 'output'];
  const way = hooks.find((one) => one === hook) ?? 'forward';
  const surroundings = own === undefined ? {} : { own: [{ first: number(own), last: number(own) }] };
  return traceOf(ruleset, packet, way, surroundings).verdict;
}

function number(text: string | undefined): bigint {
  const address = parseAddress(text ?? '');
  if (address === null) throw new Error(`${text} is no address`);
  return numberOf(address);
}
