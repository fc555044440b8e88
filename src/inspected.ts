/** Which firewalls `postern check` and `postern review` look at: those of the policy, or one whose files are named on the command line. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Here, here } from './host/here.ts';
import { GIVEN } from './model/firewall-text.ts';
import { listText } from './model/list-text.ts';
import { nearest } from './model/nearest.ts';
import type { ConfigurationFormat, Firewall, Policy } from './model/policy.ts';
import { InputError, inputError, locationText, type Problem } from './model/problem.ts';

export { type Here, here };

/** What the command line says of a firewall, where the policy says nothing. */
export interface GivenFirewall {
  /** One for each file; null: to be detected. */
  readonly formats: readonly (ConfigurationFormat | null)[];
  readonly hook: Firewall['hook'] | null;
  /** Interfaces of segments and destinations. */
  readonly interfaces: ReadonlyMap<string, readonly string[]>;
  /** Of the policy's firewalls this one; null: all. */
  readonly firewall: string | null;
}

/** Nodes of the diagrams of one family: some 320 MB where all are used. */
export const NODE_BUDGET = 16_000_000;

/** The policy's firewalls, or the one that is named. @throws {InputError} `unknown-firewall` */
export function chosenFirewalls({ firewalls }: Policy, name: string | null): readonly Firewall[] {
  if (name === null) return firewalls;
  const found = firewalls.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const names = firewalls.map((one) => one.name);
  const meant = nearest(name, names);
  const hint = meant !== null ? `Did you mean ${meant}?` : names.length === 0 ? 'It names none.' : `It has ${listText(names)}.`;
  throw inputError('unknown-firewall', `The policy has no firewall ${name}. ${hint}`);
}

/**
 * The firewall that files on the command line are of: the only one of the policy, or the one that is named; `given` where the policy has none.
 *
 * @throws {InputError} `which-firewall`, `given-twice`, or `unknown-interface` for a name that is neither segment nor destination.
 */
export function firewallOfFiles(policy: Policy, given: GivenFirewall): Firewall {
  const [only, ...others] = chosenFirewalls(policy, given.firewall);
  if (only === undefined) return givenFirewall(policy, given);
  if (others.length > 0) {
    const names = listText([only, ...others].map(({ name }) => name));
    throw inputError('which-firewall', `The policy has the firewalls ${names}: say with --firewall whose files these are.`);
  }
  if (given.hook !== null || given.interfaces.size > 0) throw givenTwice(only, given);
  return only;
}

function givenTwice({ name, files }: Firewall, { hook }: Pick<GivenFirewall, 'hook'>): InputError {
  const paths = files.map(({ path }) => path).join(', ');
  const instead =
    hook === null
      ? `Write interfaces under ${name}, in the policy.`
      : `To have another hook checked as well, give the policy a second firewall with the same files: ${name}-${hook}: { files: [${paths}], hook: ${hook} }.`;
  return inputError(
    'given-twice',
    `The policy says at which hook ${name} is looked at, and its interfaces: leave out --hook and --interface. ${instead}`,
  );
}

/** @throws {InputError} where flags say what the policy says. */
export function refuseGiven({ firewalls: [first] }: Policy, { hook, interfaces, formats }: GivenFirewall): void {
  if (first === undefined) return;
  if (hook !== null || interfaces.size > 0) throw givenTwice(first, { hook });
  if (formats.some((format) => format !== null))
    throw inputError(
      'given-twice',
      'Files of firewalls of the policy have the format that it gives them; where it gives none, that is found in the file. Leave out --config-format, or write format: beside the files.',
    );
}

function givenFirewall(policy: Policy, { hook, interfaces }: GivenFirewall): Firewall {
  const known = [...policy.segments, ...policy.destinations].map(({ name }) => name);
  const problems = [...interfaces.keys()]
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const meant = nearest(name, known);
      const message = `--interface ${name}: the policy has no segment or destination of that name.${meant === null ? '' : ` Did you mean ${meant}?`}`;
      return { severity: 'error', code: 'unknown-interface', message, location: null, frame: null };
    });
  if (problems.length > 0) throw new InputError(problems);
  return {
    name: GIVEN,
    format: null,
    files: [],
    hook: hook ?? 'forward',
    interfaces,
    location: { file: policy.path, line: 1, column: 1 },
  };
}

/** Of several firewalls: what went wrong with one is told in the result; with all of them it is an error. */
export type Attempt<T> = { readonly firewall: Firewall } & (
  | { readonly value: T; readonly error: null }
  | { readonly value: null; readonly error: InputError }
);

/** @throws {InputError} with every problem where none could be read. */
export function attempts<T>(firewalls: readonly Firewall[], read: (firewall: Firewall) => T): readonly Attempt<T>[] {
  const all = firewalls.map((firewall): Attempt<T> => {
    try {
      return { firewall, value: read(firewall), error: null };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { firewall, value: null, error };
    }
  });
  if (all.some(({ error }) => error === null)) return all;
  throw new InputError(all.flatMap(({ error }) => error?.problems ?? []));
}

/** The sentences of a refused input, each with its place. */
export function whyOf({ problems }: InputError): string {
  return problems
    .map(({ location, message }) => (location === null ? message : `${locationText(location)}: ${message}`))
    .join(' ');
}

/** Where a policy's file lies, absolute, as git names the folders above it: without links. */
export function policyPlace(file: string, cwd: string): string {
  return resolve(realpathSync(cwd), file);
}
