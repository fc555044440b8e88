/** The flags that decide what counts as a failure: shared by every command that judges. */
import type { Argv } from 'yargs';
import type { ExitOptions } from '../src/compare.ts';
import { booleanFlag, type Flags, textFlag, UsageError } from './command.ts';

const FAIL_ON = ['low', 'medium', 'high', 'critical'] as const;
const PROOFS = ['supported', 'proven'] as const;

export interface JudgeOptions {
  readonly requireProof: (typeof PROOFS)[number];
  readonly exit: ExitOptions;
}

export function judgeFlags(yargs: Argv): Argv {
  const group = 'Judgement:';
  return yargs
    .option('fail-on', {
      group,
      string: true,
      requiresArg: true,
      describe: `least severity that fails: ${FAIL_ON.join(', ')}`,
      defaultDescription: 'low',
    })
    .option('require-proof', {
      group,
      string: true,
      requiresArg: true,
      describe: 'supported, or proven: then what is only supported is inconclusive',
      defaultDescription: 'supported',
    })
    .option('allow-inconclusive', {
      group,
      boolean: true,
      describe: 'exit 0, not 3, where something was judged and the rest is inconclusive',
    });
}

/** @throws {UsageError} for a choice that there is not. */
export function judgeOptions(flags: Flags): JudgeOptions {
  return {
    requireProof: choice(flags, 'require-proof', PROOFS),
    exit: { failOn: choice(flags, 'fail-on', FAIL_ON), allowInconclusive: booleanFlag(flags, 'allow-inconclusive') },
  };
}

function choice<Value extends string>(flags: Flags, name: string, values: readonly [Value, ...Value[]]): Value {
  const text = textFlag(flags, name) ?? values[0];
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${name} takes ${values.join(', ')}, not "${text}".`);
  return found;
}
