/** What every command module exports, and the flags that several share. */
import type { Argv } from 'yargs';
import { UsageError } from '../src/model/problem.ts';
import type { Runtime } from './runtime.ts';

export type Flags = Readonly<Record<string, unknown>>;

export interface Command {
  /** Positional arguments as yargs writes them: `[policy]`, `[inputs..]`; absent where there are none. */
  readonly positionals?: string;
  /** Positionals, flags with group, default and unit, examples, and an epilogue with the exit codes. */
  build(yargs: Argv): Argv;
  /** Flags → options → one call → reporter → exit code. */
  run(flags: Flags, runtime: Runtime): Promise<number>;
}

export { EXIT } from '../src/model/exit.ts';
export { UsageError };

/** The value of a flag that takes one text; null where it is absent. A flag given twice is an error, never "the last wins". */
export function textFlag(flags: Flags, name: string): string | null {
  const value = flags[name];
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) throw new UsageError(`--${name} was given ${value.length} times; give it once.`);
  return String(value);
}

/** The value of a flag that takes a file; a shell makes the empty name of an unset variable. */
export function fileFlag(flags: Flags, name: string): string | null {
  const text = textFlag(flags, name);
  if (text === '') throw new UsageError(`--${name} takes the name of a file.`);
  return text;
}

/** The positional POLICY; yargs makes an empty text of "-". */
export function policyFlag(flags: Flags): string | null {
  const text = textFlag(flags, 'policy');
  if (text !== '') return text;
  throw new UsageError('POLICY is empty: give a file (standard input is /dev/stdin) or the name of a built-in policy.');
}

/** Every value of a flag that may be repeated. */
export function listFlag(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

export function booleanFlag(flags: Flags, name: string): boolean {
  const value = flags[name];
  if (Array.isArray(value)) throw new UsageError(`--${name} was given ${value.length} times; give it once.`);
  return value === true;
}

/** A whole number within bounds, or the default. */
export function numberFlag(
  flags: Flags,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly default: number },
): number {
  const text = textFlag(flags, name);
  if (text === null) return bounds.default;
  if (!/^\d+$/.test(text) || Number(text) < bounds.min || Number(text) > bounds.max) {
    throw new UsageError(`--${name} takes a whole number from ${bounds.min} to ${bounds.max}, not "${text}".`);
  }
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration with its unit (`500ms`, `8s`, `5m`, `24h`, `90d`) in milliseconds; bare numbers are refused. */
export function durationFlag(flags: Flags, name: string): number | null {
  const text = textFlag(flags, name);
  if (text === null) return null;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  if (ms < 1) throw new UsageError(`--${name} takes a duration with its unit, such as 500ms, 8s, 5m or 24h, not "${text}".`);
  return Math.round(ms);
}
