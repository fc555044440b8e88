import { nearest } from '../src/model/nearest.ts';
import { type Command, UsageError } from './command.ts';

/** yargs offers the nearest name for commands only; for a misspelt flag it is looked for in the command's own help. */
export async function withNearestFlag(error: UsageError, command: Command): Promise<UsageError> {
  const named = /^Unknown arguments?: (.+)$/.exec(error.message)?.[1]?.split(', ');
  if (named === undefined) return error;
  const unknown = named.filter((name) => !named.some((other) => other.includes('-') && camelCased(other) === name));
  const { default: yargs } = await import('yargs');
  const help = await command.build(yargs([]).locale('en').exitProcess(false)).getHelp();
  const flags = [...help.matchAll(/^ +(?:-\w, )?--([a-z][a-z-]+)/gm)].map(([, flag = '']) => flag);
  const hints = unknown.flatMap((name) => {
    const meant = flags.includes(name) ? null : nearest(name, flags);
    return meant === null ? [] : [`Did you mean --${meant}?`];
  });
  const message = `Unknown argument${unknown.length === 1 ? '' : 's'}: ${unknown.join(', ')}`;
  return new UsageError(hints.length === 0 ? message : [`${message}.`, ...new Set(hints)].join(' '), { cause: error });
}

/** yargs names a flag of several words twice: as it was written, and so. */
function camelCased(flag: string): string {
  return flag.replaceAll(/-+([^-])/g, (_, letter: string) => letter.toUpperCase());
}
