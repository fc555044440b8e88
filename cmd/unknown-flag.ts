import { nearest } from '../src/model/nearest.ts';
import { type Command, UsageError } from './command.ts';

/** yargs offers the nearest name for commands only; for a misspelt flag it is looked for in the command's own help. */
export async function withNearestFlag(error: UsageError, command: Command): Promise<UsageError> {
  const unknown = /^Unknown arguments?: (.+)$/.exec(error.message)?.[1]?.split(', ');
  if (unknown === undefined) return error;
  const { default: yargs } = await import('yargs');
  const help = await command.build(yargs([]).locale('en').exitProcess(false)).getHelp();
  const flags = [...help.matchAll(/^ +(?:-\w, )?--([a-z][a-z-]+)/gm)].map(([, flag = '']) => flag);
  const hints = unknown.flatMap((name) => {
    const meant = flags.includes(name) ? null : nearest(name, flags);
    return meant === null ? [] : [`Did you mean --${meant}?`];
  });
  return hints.length === 0 ? error : new UsageError([`${error.message}.`, ...new Set(hints)].join(' '), { cause: error });
}
