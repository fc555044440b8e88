import { printable } from './printable.ts';

/**
 * Why a text cannot be the name of an interface, as a sentence; null where it can.
 *
 * A kernel would take a name with `*` or with `+` at its end; whoever writes one means a pattern, and as a name it would match no interface.
 *
 * @see Linux net/core/dev.c, dev_valid_name(); iptables(8), --in-interface
 */
export function notInterfaceName(name: string): string | null {
  const shown = printable(name.slice(0, 64));
  if (name.includes('*') || name.endsWith('+')) return `"${shown}" is a pattern, which is not supported: list the names.`;
  if (/^[^\s/:\p{C}]{1,15}$/u.test(name)) return null;
  return `"${shown}" is no name of an interface: 1 to 15 characters without blanks, slashes and colons.`;
}
