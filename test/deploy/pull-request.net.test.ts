import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ActionRun, runAction } from '../support/action.ts';
import { git, repositoryIn, write } from '../support/repository.ts';

const ROOT = join(import.meta.dirname, '../..');
const REVIEW = join(ROOT, 'fixtures/review');
const [POLICY, BEFORE, AFTER] = ['postern.yaml', 'before.nft', 'after.nft'].map((name) =>
  readFileSync(join(REVIEW, name), 'utf8'),
) as [string, string, string];
const EDGE = `${POLICY}\nfirewalls: { edge: { files: [firewall/edge.nft] } }\n`;
const COMMAND = `${process.execPath} ${join(ROOT, 'dist/postern.js')}`;
const MARKER = '<!-- postern-action:review -->';

function scratch(): string {
  const made = mkdtempSync(join(tmpdir(), 'postern-action-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A clone of depth 1 of the commit that merges a change into a base that went on meanwhile: what checkout makes of a pull request. */
function pullRequest(change: Readonly<Record<string, string>>, base: Readonly<Record<string, string>> = {}) {
  const origin = join(scratch(), 'origin');
  mkdirSync(origin);
  repositoryIn(origin, { 'postern.yaml': EDGE, 'firewall/edge.nft': BEFORE, ...base });
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const opened = git(origin, 'rev-parse', 'HEAD').trim();
  git(origin, 'checkout', '-qb', 'change');
  write(origin, change);
  git(origin, 'add', '.');
  git(origin, 'commit', '--allow-empty', '-qm', 'change\n\nparent of nothing');
  git(origin, 'checkout', '-q', 'main');
  write(origin, { 'unrelated.txt': 'since then\n' });
  git(origin, 'add', '.');
  git(origin, 'commit', '-qm', 'since then');
  git(origin, 'merge', '-q', '--no-ff', '-m', 'merge', 'change');
  const clone = join(scratch(), 'clone');
  git(origin, 'clone', '-q', '--depth', '1', `file://${origin}`, clone);
  return { clone, opened };
}

/** Comments as GitHub lists them; what is written is kept beside. */
const GH = `#!/usr/bin/env bash
set -eu
printf '%s\\n' "$*" >>"$GH_STAND_IN/calls"
if [ -e "$GH_STAND_IN/refuses" ]; then echo "HTTP 403: Resource not accessible by integration" >&2; exit 1; fi
case " $* " in
  *" --jq "*) while [ "$1" != --jq ]; do shift; done; jq -r "$2" <"$GH_STAND_IN/comments.json" ;;
  *) for word in "$@"; do case $word in body=@*) cp "\${word#body=@}" "$GH_STAND_IN/body" ;; esac; done; echo '{}' ;;
esac
`;

interface Acted extends ActionRun {
  readonly calls: readonly string[];
  readonly body: string;
}

function act(
  { clone, opened }: { readonly clone: string; readonly opened: string },
  inputs: Readonly<Record<string, string>> = {},
  { comments = [] as unknown[], refuses = false, event = true } = {},
): Acted {
  const place = scratch();
  const bin = join(place, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'gh'), GH);
  chmodSync(join(bin, 'gh'), 0o755);
  writeFileSync(join(place, 'comments.json'), JSON.stringify(comments));
  writeFileSync(join(place, 'calls'), '');
  if (refuses) writeFileSync(join(place, 'refuses'), '');
  const pull = { pull_request: { number: 7, base: { sha: opened } } };
  writeFileSync(join(place, 'event.json'), JSON.stringify(event ? pull : { ref: 'refs/heads/main' }));
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    GITHUB_EVENT_PATH: join(place, 'event.json'),
    GITHUB_REPOSITORY: 'acme/network',
    GH_STAND_IN: place,
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const file = join(ROOT, 'deploy/github/action.yml');
  const ran = runAction({ file, cwd: clone, scratch: place, inputs: { command: COMMAND, ...inputs }, env });
  const body = existsSync(join(place, 'body')) ? readFileSync(join(place, 'body'), 'utf8') : '';
  return { ...ran, calls: readFileSync(join(place, 'calls'), 'utf8').trim().split('\n'), body };
}

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq && process.env.CI === 'true') it('needs jq', () => expect.fail('jq is missing'));

describe.skipIf(!hasJq)('the action in a pull request', () => {
  it('fails for a change that violates the policy of the base, and says so in a comment', () => {
    const { status, outputs, calls, body, summary, stdout } = act(pullRequest({ 'firewall/edge.nft': AFTER }));
    expect([status, outputs['exit-code']]).toEqual([1, '1']);
    expect(body.split('\n').slice(0, 2)).toEqual([MARKER, '<!-- postern:small-office:review -->']);
    expect(summary).toContain('## Postern review');
    expect(stdout).toMatch(/^::error /m);
    expect(calls.map((call) => call.replace(/ --jq .*| --field .*/, ''))).toEqual([
      'api --paginate repos/acme/network/issues/7/comments?per_page=100',
      'api --method POST repos/acme/network/issues/7/comments',
    ]);
  });

  it('passes a change that has no effect', () => {
    const { status, body } = act(pullRequest({ 'firewall/edge.nft': `# a comment\n${BEFORE}` }));
    expect([status, body.startsWith(MARKER)]).toEqual([0, true]);
  });

  it("replaces its own comment, and nobody else's that begins alike", () => {
    const comments = [
      { id: 1, user: { type: 'User' }, body: `${MARKER}\nfooled` },
      { id: 2, user: { type: 'Bot' }, body: 'of another bot' },
      { id: 3, user: { type: 'Bot' }, body: `${MARKER}\nold` },
    ];
    const { calls } = act(pullRequest({ 'firewall/edge.nft': AFTER }), {}, { comments });
    expect(calls[1]).toMatch(/^api --method PATCH repos\/acme\/network\/issues\/comments\/3 --field body=@/);
  });

  it('lets the review stand where it may not comment', () => {
    const { status, stdout } = act(pullRequest({ 'firewall/edge.nft': AFTER }), {}, { refuses: true });
    expect(status).toBe(1);
    expect(stdout).toContain('::warning title=Postern::The comment could not be written');
  });

  it('does not let a change loosen the policy that judges it, unless it is told to', () => {
    const loose = EDGE.replace(/^rules:\n/m, 'rules:\n  - { name: all, from: any, to: any, ports: [25, 465, 587, 2525] }\n');
    expect(loose).not.toBe(EDGE);
    const change = pullRequest({ 'firewall/edge.nft': AFTER, 'postern.yaml': loose });
    const strict = act(change);
    const own = act(change, { 'policy-from': 'head' });
    expect([strict.status, strict.outputs['exit-code']]).toEqual([1, '1']);
    expect(JSON.parse(readFileSync(own.outputs.result ?? '', 'utf8')).policy.digest).not.toBe(
      JSON.parse(readFileSync(strict.outputs.result ?? '', 'utf8')).policy.digest,
    );
  });

  it('of a configuration that cannot be read says so in the place of the last verdict', () => {
    const { status, body, outputs } = act(pullRequest({ 'firewall/edge.nft': 'table inet filter {\n```\n::error::x\n' }));
    expect([status, outputs['exit-code'], outputs.sarif]).toEqual([2, '2', undefined]);
    expect(body).toContain('## Postern review: not judged');
    expect(body).toMatch(/^ {4}\S*firewall\/edge\.nft/m);
    expect(body).not.toMatch(/^```/m);
  });

  it('uploads SARIF where it is told to', () => {
    const change = pullRequest({ 'firewall/edge.nft': AFTER });
    expect(act(change).used).toEqual(['actions/setup-node@v4']);
    expect(act(change, { sarif: 'true', 'node-version': '' }).used).toEqual(['github/codeql-action/upload-sarif@v3']);
  });

  it('compares a folder that no policy names', () => {
    const change = pullRequest({ 'rules/edge.nft': AFTER }, { 'rules/edge.nft': BEFORE, 'postern.yaml': POLICY });
    expect(act(change, { configuration: 'rules/' }).status).toBe(1);
  });

  it('outside of a pull request says what it needs', () => {
    const { clone } = pullRequest({});
    git(clone, 'checkout', '-q', '--orphan', 'alone');
    git(clone, 'commit', '-qm', 'alone');
    const { status, stdout } = act({ clone, opened: '' }, {}, { event: false });
    expect([status, stdout]).toEqual([2, expect.stringContaining('run the action on pull_request')]);
  });
});

describe('the job in a merge request', () => {
  interface Job {
    readonly before_script: readonly string[];
    readonly script: readonly string[];
    readonly artifacts: { readonly paths: readonly string[] };
  }

  function run(clone: string, variables: Readonly<Record<string, string>>) {
    const file = load(readFileSync(join(ROOT, 'deploy/gitlab/postern.yml'), 'utf8')) as {
      readonly variables: Readonly<Record<string, string>>;
      readonly 'postern-review': Job;
    };
    const job = file['postern-review'];
    const script = ['set -eo pipefail', ...job.before_script, ...job.script].join('\n');
    const env = { PATH: process.env.PATH ?? '', GIT_CONFIG_GLOBAL: '/dev/null', ...file.variables, ...variables };
    const ran = spawnSync('bash', ['-c', script], { cwd: clone, env, encoding: 'utf8' });
    return { ...ran, artifacts: job.artifacts.paths.filter((path) => existsSync(join(clone, path))) };
  }

  it('fails for a change that violates the policy of the target branch, and leaves its documents', () => {
    const { clone, opened } = pullRequest({ 'firewall/edge.nft': AFTER });
    const { status, stdout, artifacts } = run(clone, { POSTERN_COMMAND: COMMAND, CI_MERGE_REQUEST_DIFF_BASE_SHA: opened });
    expect([status, artifacts]).toEqual([1, ['postern.xml', 'postern.sarif', 'postern.md']]);
    expect(stdout).toContain('VIOLATION');
  });

  it('passes a change without effect', () => {
    const { clone, opened } = pullRequest({ 'firewall/edge.nft': `# a comment\n${BEFORE}` });
    expect(run(clone, { POSTERN_COMMAND: COMMAND, CI_MERGE_REQUEST_DIFF_BASE_SHA: opened }).status).toBe(0);
  });

  it('without Postern says what is to be set', () => {
    const { clone, opened } = pullRequest({});
    const { status, stdout } = run(clone, { CI_MERGE_REQUEST_DIFF_BASE_SHA: opened });
    expect([status, stdout]).toEqual([2, 'Set POSTERN_COMMAND, or POSTERN_SOURCE to a repository of Postern.\n']);
  });
});

describe('hooks for pre-commit', () => {
  it.each([
    ['postern-policy-lint', EDGE, 0],
    ['postern-policy-lint', 'version: 1\nnmae: x\n', 2],
    ['postern-check', EDGE, 1],
    ['postern-review', EDGE, 1],
  ])('%s runs as it is written', (id, policy, expected) => {
    const place = join(scratch(), 'work');
    mkdirSync(place);
    repositoryIn(place, { 'postern.yaml': EDGE, 'firewall/edge.nft': BEFORE });
    write(place, { 'postern.yaml': policy, 'firewall/edge.nft': AFTER });
    const hooks = load(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8')) as readonly {
      readonly id: string;
      readonly entry: string;
      readonly args: readonly string[];
    }[];
    const hook = hooks.find((one) => one.id === id);
    const [program = '', ...words] = hook?.entry.split(' ') ?? [];
    const ran = spawnSync(join(ROOT, program), [...words, ...(hook?.args ?? [])], { cwd: place, encoding: 'utf8' });
    expect(ran.status).toBe(expected);
  });
});
