import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { evidenceWriter } from '../../src/model/evidence-codec.ts';
import type { Reconciliation } from '../../src/model/reconciliation.ts';
import {
  asking,
  edgePolicy,
  evidenceWith,
  exchange,
  instant,
  KEY,
  logText,
  nonceOf,
  type Probed,
  probed,
  SENTINEL,
  steadyLog,
} from '../compare/both-ends.ts';
import { folderWith, postern } from '../support/cli.ts';

const CLI = join(import.meta.dirname, '../../dist/postern.js');

const POLICY = `version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public], probes: [{ sentinel: edge }] } }
rules: []
sentinels: { edge: { host: ${SENTINEL}, ports: [25, 465, 587], public-key: "${KEY.publicKey.text}", expected-sources: [198.51.100.20] } }
`;

const ANSWERED: Probed = {
  at: 50,
  port: 587,
  outcome: 'open-smtp',
  dialogue: asking([exchange({ nonce: nonceOf(1), signed: 50.3, port: 587 })]),
};
const DROPPED: Probed = { at: 60, took: 8, outcome: 'dropped' };
const STRANGER: Probed = { at: 60, outcome: 'open-smtp', dialogue: asking([exchange({ nonce: nonceOf(2), signed: null })]) };

/** A folder with a policy, `sentinel.log` and `office.jsonl`. */
function folderOf(...probes: readonly Probed[]): string {
  const folder = folderWith(POLICY);
  writeFileSync(join(folder, 'sentinel.log'), logText(steadyLog({ at: 50.1, port: 587, nonces: [nonceOf(1)] })));
  writeEvidence(join(folder, 'office.jsonl'), 'run-1', probes);
  return folder;
}

function writeEvidence(file: string, run: string, probes: readonly Probed[]): void {
  let text = '';
  const writer = evidenceWriter((line) => {
    text += line;
  });
  const { header, records } = evidenceWith(edgePolicy(), probes.map(probed), run);
  writer.header(header);
  for (const record of records) writer.record(record);
  writer.trailer({ finishedAt: instant(100), interrupted: false });
  writeFileSync(file, text);
}

/** With a file on its standard input, through a pipe as a shell makes it. */
async function piped(
  folder: string,
  file: string,
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly stdout: string }> {
  const command = ['sh', '-c', 'cat "$0" | "$@"', file, process.execPath, CLI, ...args] as const;
  const child = spawn(command[0], command.slice(1), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  const [status]: unknown[] = await once(child, 'close');
  return { status: typeof status === 'number' ? status : null, stdout };
}

function documentOf(text: string): Reconciliation {
  return JSON.parse(text) as Reconciliation;
}

describe('postern reconcile', () => {
  it('exits 0 where of every probe it is known what became of it', async () => {
    const { status, stdout, stderr } = await postern(folderOf(ANSWERED, DROPPED), 'reconcile', 'sentinel.log', 'office.jsonl');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^✓ ACCOUNTED FOR {2}2 probes of the sentinel edge: 1 never arrived and 1 answered\.\n/);
  });

  it('exits 1 where somebody else answered, and the document says where', async () => {
    const folder = folderOf(ANSWERED, STRANGER);
    const { status, stdout } = await postern(
      folder,
      'reconcile',
      'sentinel.log',
      'office.jsonl',
      '--format',
      'json',
      '--format',
      'text=out.txt',
    );
    const { schema, rows, log } = documentOf(stdout);
    expect([status, schema, log.file]).toEqual([1, 'postern.reconciliation/1', 'sentinel.log']);
    expect(rows.map(({ port, reading }) => [port, reading])).toEqual([
      [25, 'stranger'],
      [587, 'answered'],
    ]);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toContain('STRANGER');
  });

  it('exits 3 where of some probe nothing is known, and 0 with --allow-inconclusive', async () => {
    const folder = folderOf(ANSWERED, { ...DROPPED, at: 9000 });
    const args = ['reconcile', 'sentinel.log', 'office.jsonl'];
    const { status, stdout } = await postern(folder, ...args);
    expect([status, stdout.slice(0, 14)]).toEqual([3, '? INCONCLUSIVE']);
    expect((await postern(folder, ...args, '--allow-inconclusive')).status).toBe(0);
  });

  it('takes several vantages, and a log from a pipe; evidence that it cannot read is told, and makes it 3', async () => {
    const folder = folderOf(ANSWERED);
    writeEvidence(join(folder, 'relay.jsonl'), 'run-2', [DROPPED]);
    writeFileSync(join(folder, 'bad.jsonl'), '{"type":"header"}\n');
    const args = ['reconcile', '/dev/stdin', 'office.jsonl', 'relay.jsonl', '--clock-skew', '2s', '--format', 'json'];
    const { status, stdout } = await piped(folder, 'sentinel.log', ...args);
    expect([status, documentOf(stdout).rows.map(({ run, reading }) => `${run} ${reading}`)]).toEqual([
      0,
      ['run-2 never-arrived', 'run-1 answered'],
    ]);
    const partly = await postern(folder, 'reconcile', 'sentinel.log', 'office.jsonl', 'bad.jsonl', '--format', 'json');
    expect([partly.status, documentOf(partly.stdout).unreadable.map(({ file }) => file)]).toEqual([3, ['bad.jsonl']]);
  });

  it('exits 2 with every problem where the log or the evidence is none', async () => {
    const folder = folderOf(ANSWERED);
    writeFileSync(join(folder, 'no.log'), 'hello\n');
    const { status, stdout, stderr } = await postern(folder, 'reconcile', 'no.log', 'no.jsonl');
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      'no.log:1:1 error log-syntax: this line is not JSON: it was torn or changed, or this is no log of a sentinel.\nerror unreadable-file: no.jsonl cannot be read: there is no such file.\n',
    ]);
    const swapped = await postern(folder, 'reconcile', 'office.jsonl', 'sentinel.log');
    expect([swapped.status, swapped.stderr.split('\n')[0]]).toEqual([
      2,
      "office.jsonl:1:1 error log-foreign: this is evidence of a scan; the sentinel's log comes first: postern reconcile LOG EVIDENCE...",
    ]);
  });

  it.each([
    [[], "Name the sentinel's log, then the evidence: postern reconcile LOG EVIDENCE..."],
    [['sentinel.log'], 'Name the evidence after the log: postern reconcile sentinel.log EVIDENCE...'],
    [
      ['sentinel.log', 'office.jsonl', '--clock-skew', '5'],
      '--clock-skew takes a duration with its unit, such as 500ms, 8s, 5m or 24h, not "5".',
    ],
    [
      ['sentinel.log', 'office.jsonl', '--output', 'sentinel.log'],
      'sentinel.log would be the log and the text document at once; name a file for each.',
    ],
    [['sentinel.log', 'office.jsonl', 'office.jsonl'], null],
  ])('exits 2 for wrong arguments: %j', async (args, message) => {
    const { status, stdout, stderr } = await postern(folderOf(ANSWERED), 'reconcile', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message ?? 'evidence-twice');
  });

  it('goes by another policy where told', async () => {
    const folder = folderOf(ANSWERED);
    writeFileSync(
      join(folder, 'other.yaml'),
      POLICY.replace('sentinels: { edge', 'sentinels: { night').replace('sentinel: edge', 'sentinel: night'),
    );
    const { stdout } = await postern(
      folder,
      'reconcile',
      'sentinel.log',
      'office.jsonl',
      '--policy',
      'other.yaml',
      '--format',
      'json',
    );
    expect([documentOf(stdout).policy.path, documentOf(stdout).sentinel.name]).toEqual(['other.yaml', 'night']);
    const absent = await postern(folder, 'reconcile', 'sentinel.log', 'office.jsonl', '--policy', 'absent.yaml');
    expect(absent.status).toBe(2);
  });
});
