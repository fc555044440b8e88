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

/** `--require-proof` of commands that send nothing: the flag is one of all that judge, and both values say the same. */
export const WORKED_OUT =
  'supported, or proven; no difference here: what a configuration does is worked out, and proven where it is judged';

/** @param proof  what `--require-proof` does. */
export function judgeFlags(yargs: Argv, proof = 'supported, or proven: then what is only supported is inconclusive'): Argv {
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
      describe: proof,
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
