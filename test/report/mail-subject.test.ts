import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { News, TroubleKind } from '../../src/model/notice.ts';
import { mailSubject } from '../../src/report/mail-subject.ts';

const manual = readFileSync(join(import.meta.dirname, '../../docs/operator.md'), 'utf8');
const since = '2026-11-01T00:00:00.000Z';

function subjectOf(...kinds: readonly TroubleKind[]): string {
  const news = kinds.map((what): News => ({ kind: 'trouble', what, since, words: 'Words.' }));
  const scene = { host: 'probe-1', subject: 'audit head-office', at: since, folder: 'state', exitCode: 0, run: null };
  return mailSubject({ news, open: [], unseen: [], unconfirmed: 0 }, scene);
}

it.each<readonly [string, TroubleKind]>([
  ['a kept run is LOST or damaged', 'lost-run'],
  ['its state folder has trouble', 'state'],
  ['its notices have trouble', 'ping'],
  ['its notices have trouble', 'webhook'],
  ['its notices have trouble', 'lost-event'],
  ['its baseline is of another kind of run', 'baseline'],
  ['NO NEW EVIDENCE', 'evidence'],
])('"%s" is what a mail begins with that tells of %s alone, and stands in the manual', (told, what) => {
  expect(subjectOf(what)).toBe(`postern: ${told} - audit head-office on probe-1`);
  expect(manual).toContain(`| \`${told}\` |`);
});

it('says once what several have in common', () => {
  expect(subjectOf('lost-run', 'lost-run', 'webhook', 'ping')).toBe(
    'postern: a kept run is LOST or damaged, its notices have trouble - audit head-office on probe-1',
  );
});
