/** The steps of a composite action of GitHub's, as far as one needs them: those that run a shell, with inputs, outputs and conditions. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export interface ActionRun {
  readonly status: number | null;
  /** Of all steps. */
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Actions that steps would have used. */
  readonly used: readonly string[];
  readonly summary: string;
}

export interface ActionSetup {
  readonly file: string;
  readonly cwd: string;
  /** For what GitHub keeps beside the workspace. */
  readonly scratch: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export function runAction({ file, cwd, scratch, inputs, env }: ActionSetup): ActionRun {
  const action = load(readFileSync(file, 'utf8')) as Action;
  const given = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, inputs[name] ?? input.default]));
  const [outputFile, summaryFile] = [join(scratch, 'output'), join(scratch, 'summary')];
  const outputs: Record<string, string> = {};
  const value = (name: string): string => {
    const [kind, first = '', , last = ''] = name.split('.');
    return kind === 'inputs' ? (given[first] ?? '') : kind === 'steps' ? (outputs[last] ?? '') : 'a-token';
  };
  const filled = (text: string): string => text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => value(name));
  const used: string[] = [];
  let [stdout, stderr, status] = ['', '', 0 as number | null];
  writeFileSync(summaryFile, '');
  for (const step of action.runs.steps) {
    if (status !== 0) break;
    if (step.if !== undefined && !holds(step.if, value)) continue;
    if (step.uses !== undefined) used.push(step.uses);
    if (step.run === undefined) continue;
    writeFileSync(outputFile, '');
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]));
    const github = {
      GITHUB_ACTION_PATH: dirname(file),
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      RUNNER_TEMP: scratch,
    };
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', filled(step.run)], {
      cwd,
      encoding: 'utf8',
      env: { ...env, ...github, ...own },
    });
    stdout += ran.stdout;
    stderr += ran.stderr;
    status = ran.status;
    for (const [, name = '', text = ''] of readFileSync(outputFile, 'utf8').matchAll(/^([\w-]+)=(.*)$/gm)) outputs[name] = text;
  }
  return { status, stdout, stderr, outputs, used, summary: readFileSync(summaryFile, 'utf8') };
}

/** `a == 'b' && c != ''`. */
function holds(condition: string, value: (name: string) => string): boolean {
  return condition.split(' && ').every((part) => {
    const [, name = '', operator, wanted = ''] = /^([\w.-]+) (==|!=) '(.*)'$/.exec(part) ?? [];
    if (operator === undefined) throw new Error(`no condition that is known here: ${part}`);
    return (value(name) === wanted) === (operator === '==');
  });
}
