/** The flags that name a firewall's configuration: shared by the commands that read one. */
import type { Argv } from 'yargs';
import type { GivenFirewall } from '../src/inspected.ts';
import { notInterfaceName } from '../src/model/interface-name.ts';
import { listText } from '../src/model/list-text.ts';
import { nearest } from '../src/model/nearest.ts';
import type { ConfigurationFormat, Firewall } from '../src/model/policy.ts';
import { type Flags, listFlag, numberFlag, textFlag, UsageError } from './command.ts';

const FORMATS = [
  'iptables-save',
  'ip6tables-save',
  'ipset-save',
  'nftables',
  'nftables-json',
] as const satisfies ConfigurationFormat[];
const HOOKS = ['forward', 'output', 'input', 'prerouting', 'postrouting'] as const satisfies Firewall['hook'][];

export type Hook = Firewall['hook'];

/** `--config-format` and `--hook`; the files themselves have names of their own in each command. */
export function configFlags(yargs: Argv, of: readonly string[] = ['--config']): Argv {
  const group = 'Configuration:';
  return yargs
    .option('config-format', {
      group,
      string: true,
      requiresArg: true,
      describe: `of ${listText(of)}: ${FORMATS.join(', ')}; ${onceFor(of)}`,
      defaultDescription: 'detected',
    })
    .option('hook', {
      group,
      string: true,
      requiresArg: true,
      describe: 'forward (through the firewall), output (from it), input (to it), prerouting or postrouting (that hook alone)',
      defaultDescription: 'forward',
    });
}

/** `--firewall`, `--interface`, `--node-budget`: of commands that go by a policy. */
export function firewallFlags(yargs: Argv): Argv {
  const group = 'Configuration:';
  return yargs
    .option('interface', {
      group,
      string: true,
      requiresArg: true,
      describe: 'SEGMENT=IF or DESTINATION=IF, where the policy names no firewall (repeatable; unmapped: any interface)',
    })
    .option('firewall', { group, string: true, requiresArg: true, describe: "of the policy's firewalls only this one" })
    .option('node-budget', {
      group,
      string: true,
      requiresArg: true,
      describe: 'nodes of packet sets that one IP family may take, 20 bytes each; beyond them the answer is inconclusive',
      defaultDescription: '16000000',
    });
}

/** How many files each flag names, such as `{ '--before': 2, '--after': 1 }`: in the order in which formats are for them. */
export type FileCounts = Readonly<Record<string, number>>;

/** @param files  that the formats are for. @throws {UsageError} */
export function givenFlags(flags: Flags, files: FileCounts): GivenFirewall {
  return {
    formats: formatsFlag(flags, files),
    hook: hookFlag(flags),
    interfaces: interfacesFlag(flags),
    firewall: textFlag(flags, 'firewall'),
  };
}

/** @param fallback  nodes where the flag is absent. */
export function budgetFlag(flags: Flags, fallback: number): number {
  return numberFlag(flags, 'node-budget', { min: 1_000, max: 500_000_000, default: fallback });
}

function interfacesFlag(flags: Flags): ReadonlyMap<string, readonly string[]> {
  const interfaces = new Map<string, readonly string[]>();
  for (const text of listFlag(flags, 'interface')) {
    const [, name = '', list = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const names = list.split(',');
    if (name === '' || names.includes(''))
      throw new UsageError(`--interface takes SEGMENT=IF, such as workstations=eth1, not "${text}".`);
    const wrong = names.map(notInterfaceName).find((problem) => problem !== null);
    if (wrong !== undefined) throw new UsageError(`--interface ${text}: ${wrong}`);
    interfaces.set(name, [...new Set([...(interfaces.get(name) ?? []), ...names])]);
  }
  return interfaces;
}

/** The formats of so many files; null: to be detected. @throws {UsageError} */
export function formatsFlag(flags: Flags, files: FileCounts): readonly (ConfigurationFormat | null)[] {
  const given = listFlag(flags, 'config-format').map((text) => chosen('config-format', text, FORMATS));
  const of = Object.keys(files);
  const count = Object.values(files).reduce((sum, one) => sum + one, 0);
  if (count === 0 && given.length > 0)
    throw new UsageError(`--config-format says what the files of ${listText(of)} are, and none was given.`);
  if (given.length <= 1) return Array<ConfigurationFormat | null>(count).fill(given[0] ?? null);
  if (given.length === count) return given;
  const counts = listText(Object.entries(files).map(([name, one]) => `${one} of ${name}`));
  throw new UsageError(`--config-format was given ${given.length} times, and the files are ${counts}: give it ${onceFor(of)}.`);
}

function onceFor([first, ...others]: readonly string[]): string {
  return `once for all, or once for each, ${others.length === 0 ? 'in their order' : `those of ${first} first`}`;
}

/** Null where it is absent. */
export function hookFlag(flags: Flags): Hook | null {
  const text = textFlag(flags, 'hook');
  return text === null ? null : chosen('hook', text, HOOKS);
}

function chosen<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === text);
  if (found === undefined) {
    const meant = nearest(text, values);
    throw new UsageError(
      `--${name} takes ${values.join(', ')}, not "${text}".${meant === null ? '' : ` Did you mean ${meant}?`}`,
    );
  }
  return found;
}

/** Files of a flag that may be repeated; a shell makes the empty name of an unset variable. */
export function filesFlag(flags: Flags, name: string): readonly string[] {
  const files = listFlag(flags, name);
  if (files.includes('')) throw new UsageError(`--${name} takes the name of a file.`);
  return files;
}
