import type { Policy } from '../../src/model/policy.ts';
import { loadPolicy } from '../../src/policy/load.ts';

/** A policy from its text; what is wrong with it throws. */
export function policyOf(text: string): Policy {
  return loadPolicy({ text, path: 'postern.yaml', readFile: (file) => ({ error: `${file} is not there` }) }).policy;
}
