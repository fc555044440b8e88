import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../src/model/address.ts';
import { BLOCKED_OUTCOMES, MUTE_OUTCOMES, OPEN_OUTCOMES } from '../../src/model/outcome.ts';
import { READINGS, type Reconciliation } from '../../src/model/reconciliation.ts';
import { exitCodeOfReconciliation } from '../../src/reconcile.ts';
import { renderReconciliation } from '../../src/report/reconciliation.ts';
import {
  asking,
  edgePolicy,
  evidenceWith,
  exchange,
  logText,
  MUTE,
  nonceOf,
  probed,
  reconciled,
  steadyLog,
} from '../compare/both-ends.ts';

const OPTIONS = { color: false, unicode: true, width: 100, verbose: false };
const POLICY = { ...edgePolicy(), digest: `sha256:${'ab'.repeat(32)}` };

/** Answered on 587, silent on 465, dropped on 25, answered by a stranger on 25 over IPv6. */
function document(changes: Partial<Reconciliation> = {}): Reconciliation {
  const evidence = evidenceWith(POLICY, [
    probed({
      at: 50,
      port: 587,
      outcome: 'open-smtp',
      dialogue: asking([exchange({ nonce: nonceOf(1), signed: 50.3, port: 587 })]),
    }),
    probed({ at: 55, port: 465, took: 30, outcome: 'open-silent', dialogue: MUTE }),
    probed({ at: 60, took: 8, outcome: 'dropped' }),
    probed({
      at: 60,
      outcome: 'open-smtp',
      source: '2001:db8:20::5',
      dialogue: asking([exchange({ nonce: nonceOf(2), signed: null })]),
    }),
  ]);
  const log = logText(steadyLog({ at: 50.1, port: 587, nonces: [nonceOf(1)] }, { at: 55.1, port: 465, bytes: [0, 44] }));
  const { sentinel, log: summary, ...rest } = reconciled(POLICY, log, [evidence]);
  return {
    schema: 'postern.reconciliation/1',
    tool: { name: 'postern', version: '0.1.0' },
    policy: { name: POLICY.name, path: POLICY.path, digest: POLICY.digest },
    sentinel: { ...sentinel, key: '0123456789abcdef' },
    log: { file: 'sentinel.log', ...summary },
    unreadable: [],
    ...rest,
    ...changes,
  };
}

describe('both ends as text', () => {
  it('has the verdict, what it rests on, a row for each probe, what the readings mean', async () => {
    await expect(renderReconciliation('text', document(), OPTIONS)).toMatchFileSnapshot(
      '../../fixtures/reconciliations/mixed.txt',
    );
  });

  it('keeps to the width, and to ASCII where it must', () => {
    const text = renderReconciliation('text', document(), { ...OPTIONS, unicode: false, width: 60 });
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    // A row of the table is as wide as what stands in it.
    for (const line of text.split('\n').filter((row) => !/^ {3}(port|\d+) /.test(row)))
      expect(line.length).toBeLessThanOrEqual(60);
  });

  it('lets nothing through that a terminal would act on', () => {
    const [row, ...others] = document().rows;
    if (row === undefined) throw new Error('no row');
    const hostile = {
      ...row,
      host: '\u001b[2J',
      segment: 'a\u0000\u202eb',
      client: { ...row.client, reason: '\u001b]0;x\u0007' },
    };
    for (const format of ['text', 'json'] as const) {
      const text = renderReconciliation(format, document({ rows: [hostile, ...others], notes: ['\u009b31m'] }), {
        ...OPTIONS,
        verbose: true,
      });
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }
  });

  it('shows of an answered probe where it came from, if nobody expects that', () => {
    const { rows } = document();
    const shown = (unexpectedSource: Address | null): string =>
      renderReconciliation('text', document({ rows: rows.map((row) => ({ ...row, unexpectedSource })) }), {
        ...OPTIONS,
        width: 200,
      });
    expect(shown(parseAddress('203.0.113.9'))).toContain(
      '      It arrived from 203.0.113.9, which is none of the expected sources (198.51.100.20): something on the way connects in',
    );
    expect(shown(null)).not.toContain('It arrived from');
  });

  it('says in its first line how it ended', () => {
    const first = (changes: Partial<Reconciliation>): string =>
      renderReconciliation('text', document(changes), { ...OPTIONS, width: 200 }).split('\n')[0] ?? '';
    const { rows, summary } = document();
    const only = (reading: (typeof READINGS)[number]): Partial<Reconciliation> => {
      const kept = rows.filter((row) => row.reading === reading);
      const counts = Object.fromEntries(READINGS.map((name) => [name, name === reading ? kept.length : 0]));
      return { rows: kept, summary: { ...summary, ...counts, total: kept.length } };
    };
    expect(first({})).toBe(
      '✗ INTERCEPTED  4 probes of the sentinel edge: 1 answered by somebody else, 1 arrived and got no answer back, 1 never arrived and 1 answered.',
    );
    expect(first(only('never-arrived'))).toBe('✓ ACCOUNTED FOR  1 probe of the sentinel edge: 1 never arrived.');
    const unsure = only('never-arrived');
    const rowsUnsure = (unsure.rows ?? []).map((row) => ({ ...row, reading: 'not-covered' as const }));
    expect(first({ ...unsure, rows: rowsUnsure })).toContain('? INCONCLUSIVE');
    expect(first({ ...only('never-arrived'), unreadable: [{ file: 'x.jsonl', why: 'torn' }] })).toBe(
      '? INCONCLUSIVE  1 probe of the sentinel edge: 1 never arrived. 1 evidence file could not be read.',
    );
  });
});

describe('both ends as JSON', () => {
  const schema: Record<string, unknown> = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../policies/reconciliation.schema.json'), 'utf8'),
  );
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

  it('is as its published schema says, which knows every field', () => {
    const json: unknown = JSON.parse(
      renderReconciliation('json', document({ unreadable: [{ file: 'x.jsonl', why: 'torn' }] }), OPTIONS),
    );
    expect(validate(json) ? null : validate.errors).toBeNull();
    expect(validate({ ...document(), more: 1 })).toBe(false);
    expect(validate({ ...document(), notes: undefined })).toBe(false);
  });

  it('knows every reading and every outcome', () => {
    const [row] = document().rows;
    if (row === undefined) throw new Error('no row');
    for (const reading of READINGS) expect(validate(document({ rows: [{ ...row, reading }] }))).toBe(true);
    for (const outcome of [...OPEN_OUTCOMES, ...BLOCKED_OUTCOMES, ...MUTE_OUTCOMES])
      expect(validate(document({ rows: [{ ...row, client: { ...row.client, outcome } }] }))).toBe(true);
  });
});

describe('the exit code', () => {
  const { rows, summary } = document();
  const code = (readings: readonly (typeof READINGS)[number][], unreadable = 0, allowInconclusive = false): number => {
    const [row] = rows;
    if (row === undefined) throw new Error('no row');
    const counts = Object.fromEntries(READINGS.map((name) => [name, readings.filter((reading) => reading === name).length]));
    const failures = Array.from({ length: unreadable }, () => ({ file: 'x', why: 'torn' }));
    const told = {
      rows: readings.map((reading) => ({ ...row, reading })),
      summary: { ...summary, ...counts },
      unreadable: failures,
    };
    return exitCodeOfReconciliation(told, { allowInconclusive });
  };

  it('is 1 where a stranger answered, 3 where of some probe nothing is known, 0 else', () => {
    expect(code(['answered', 'answer-lost', 'arrived-silent', 'never-arrived'])).toBe(0);
    expect(code(['stranger', 'not-covered', 'answered'])).toBe(1);
    for (const open of ['ambiguous', 'not-covered', 'untried'] as const) expect(code(['answered', open])).toBe(3);
    expect(code(['answered'], 1)).toBe(3);
  });

  it('is 0 with --allow-inconclusive where anything is known', () => {
    expect(code(['answered', 'ambiguous'], 1, true)).toBe(0);
    expect(code(['ambiguous', 'untried'], 0, true)).toBe(3);
    expect(code(['stranger', 'answered'], 0, true)).toBe(1);
  });
});
