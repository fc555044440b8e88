/**
 * Chains that lines use before one makes them: iptables-restore refuses such a line, and then loads nothing.
 *
 * Worked example: of `-A FORWARD -j mail`, `:mail - [0:0]`, `-A mail -j DROP` the first line is refused, and of `-A log -j DROP` without `:log - [0:0]`
 * this one. Built-in chains are there without a line.
 */
import { listText } from '../../model/list-text.ts';
import type { Problems } from '../problems.ts';
import type { ParsedOptions, Target } from './options.ts';
import type { RawTable } from './raw-table.ts';
import { resolveTarget } from './resolve.ts';
import { BUILT_IN } from './table-names.ts';

export class UndeclaredChains {
  /** Targets that are none yet, by the name of the chain that may be made below: of the table that is open. */
  readonly #awaited = new Map<string, Target>();
  readonly #names = new Set<string>();

  /** Before the line is carried out. */
  note(table: RawTable, { command, target }: ParsedOptions): void {
    const [chain] = command?.values ?? [];
    const adds = command !== null && (command.name === 'A' || command.name === 'I');
    if (adds && chain !== undefined && !table.chains.has(chain.text) && !BUILT_IN[table.name].includes(chain.text))
      this.#names.add(chain.text);
    if (target === null || this.#awaited.has(target.name)) return;
    const { kind } = resolveTarget(target, table);
    if (kind === 'foreign' || kind === 'mistake') this.#awaited.set(target.name, target);
  }

  /** Where the table ends. */
  settle(table: RawTable, problems: Problems): void {
    for (const [name, target] of this.#awaited) {
      const chain = table.chains.get(name);
      if (chain === undefined || chain.builtIn) continue;
      if (!this.#names.has(name)) {
        const message = `The chain ${name} is made below: iptables-restore refuses this line. It is read as if it were made before.`;
        problems.warning(target, 'chain-undeclared', message);
      }
      this.#names.add(name);
    }
    this.#awaited.clear();
  }

  /** Why the file is not loaded as it stands; null where it is. */
  doubt(file: string): string | null {
    const names = [...this.#names];
    if (names.length === 0) return null;
    const one = names.length === 1;
    return `Lines of ${file} use ${one ? 'the chain' : 'the chains'} ${listText(names)} and no line before them makes ${one ? 'it' : 'them'}: iptables-restore refuses that, and then loads nothing. Write :${names[0]} - [0:0] below *TABLE${one ? '' : ', and so of the others'}, or give what iptables-save prints.`;
  }
}
