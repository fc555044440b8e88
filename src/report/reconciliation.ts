/** What both ends say of each probe, for a person or a program: the verdict, what it rests on, a row for each probe, what the readings mean. */
import { familyName } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import {
  OPEN_READINGS,
  READINGS,
  type Reading,
  type ReconciledRow,
  type Reconciliation,
  type Skew,
} from '../model/reconciliation.ts';
import { jsonText } from './json-text.ts';
import { draw, type Line, marksOf, pad, paragraph, type Style, span, widthOf } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';
import { count, duration, moment } from './words.ts';

interface Words {
  readonly word: string;
  /** `3 never arrived`. */
  readonly counted: string;
  readonly style: Style;
  /** What it means, and what to look at. */
  readonly meaning: string;
}

const WORDS: Readonly<Record<Reading, Words>> = {
  stranger: {
    word: 'STRANGER',
    counted: 'answered by somebody else',
    style: 'bad',
    meaning:
      'this host was answered, and nothing arrived at the sentinel. Something on the way answers in its place: a transparent proxy, an inspecting firewall, a redirection. Both ends show it.',
  },
  'answer-lost': {
    word: 'answer lost',
    counted: 'arrived and got no answer back',
    style: 'unsure',
    meaning:
      'it arrived, and what the sentinel said did not come back. The way out is open; look at the way back: state tables, asymmetric routing, a device that inspects SMTP.',
  },
  'arrived-silent': {
    word: 'silent',
    counted: 'arrived without a word',
    style: 'unsure',
    meaning:
      'a TCP connection arrived, and nothing of what was to be said on it. A device lets handshakes through and stops what follows.',
  },
  'never-arrived': {
    word: 'never arrived',
    counted: 'never arrived',
    style: 'strong',
    meaning:
      'the log covers that time, and has no such connection. Something on the way stopped it. (A process that listens sees completed handshakes only: where the answer to the first packet is lost, it looks the same.)',
  },
  ambiguous: {
    word: 'ambiguous',
    counted: 'ambiguous',
    style: 'unsure',
    meaning: 'connections arrived that cannot be told apart, or that do not fit what was seen here.',
  },
  'not-covered': {
    word: 'not covered',
    counted: 'not covered by the log',
    style: 'unsure',
    meaning: 'nobody watched at that time, or the log is not whole: nothing follows from what is not in it.',
  },
  untried: {
    word: 'untried',
    counted: 'not tried',
    style: 'faint',
    meaning: 'the probe did not leave this host, so that there was nothing to arrive.',
  },
  answered: {
    word: 'answered',
    counted: 'answered',
    style: 'good',
    meaning: 'the request for a receipt arrived, and the receipt came back.',
  },
};

/** The whole document, ending in a line feed. */
export function renderReconciliation(format: PlainFormat, document: Reconciliation, options: RenderOptions): string {
  if (format === 'json') return `${jsonText(document)}\n`;
  return draw(
    [
      ...headLines(document, options),
      [],
      ...premiseLines(document, options),
      [],
      ...tableLines(document, options),
      ...meaningLines(document, options),
      ...noteLines(document, options),
    ],
    options,
  );
}

function headLines({ summary, rows, sentinel, unreadable }: Reconciliation, options: RenderOptions): Line[] {
  const { pass, fail, unsure } = marksOf(options);
  const open = unreadable.length > 0 || rows.some(({ reading }) => OPEN_READINGS.has(reading));
  const [mark, word, style]: readonly [string, string, Style] =
    summary.stranger > 0
      ? [fail, 'INTERCEPTED', 'bad']
      : open
        ? [unsure, 'INCONCLUSIVE', 'unsure']
        : [pass, 'ACCOUNTED FOR', 'good'];
  const told = READINGS.filter((reading) => summary[reading] > 0).map(
    (reading) => `${summary[reading]} ${WORDS[reading].counted}`,
  );
  const lacking = unreadable.length === 0 ? '' : ` ${count(unreadable.length, 'evidence file')} could not be read.`;
  const text = `${count(summary.total, 'probe')} of the sentinel ${sentinel.name}: ${listText(told)}.${lacking}`;
  return paragraph({ lead: [span(`${mark} ${word}`, style), span('  ')], text, style: 'strong' }, options);
}

/** What the rows rest on. */
function premiseLines({ policy, sentinel, log, runs, tool }: Reconciliation, options: RenderOptions): Line[] {
  const sources = sentinel.expectedSources.length === 0 ? 'anywhere' : listText(sentinel.expectedSources);
  const rows: [string, string][] = [
    ['policy', `${policy.path}, ${policy.digest.slice(0, 19)}, ${tool.name} ${tool.version}`],
    [
      'at',
      `${sentinel.name} (${sentinel.host}), ${sentinel.key === null ? 'no key' : `key ${sentinel.key}`}, expected from ${sources}`,
    ],
    [
      'log',
      `${log.file}: ${count(log.connections, 'connection')}, ${count(log.receipts, 'receipt')}, ${moment(log.from)} to ${moment(log.to)}`,
    ],
    ['watch', watchText(log)],
    ...runs.map((run): [string, string] => [
      'run',
      `${run.id} on ${run.hostname}, ${moment(run.startedAt)}; ${skewText(run.skew)}`,
    ]),
  ];
  return rows.flatMap(([name, text]) =>
    paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options),
  );
}

/** Seconds tell where minutes say little. */
function watchText({ watched }: Reconciliation['log']): string {
  if (watched.length === 0) return 'at no time that the log tells of';
  const [first, last] = [watched[0], watched.at(-1)];
  const ports = [...new Set(watched.flatMap((one) => one.ports))].sort((a, b) => a - b);
  const times = watched.length === 1 ? 'without a gap' : `with ${count(watched.length - 1, 'gap')}`;
  const span = `${clock(first?.from ?? '')} to ${clock(last?.to ?? '')}`;
  return `${ports.length === 1 ? 'port' : 'ports'} ${listText(ports)}, ${span}, ${times}`;
}

function clock(iso: string): string {
  return `${iso.replace('T', ' ').slice(0, 19)} UTC`;
}

/** `its clock is 4.8 s to 5.1 s ahead`. */
function skewText({ kind, lowestMs, highestMs, probes }: Skew): string {
  if (kind === 'assumed') {
    return `no receipt measures its clock: taken to be within ${duration(highestMs)} of the sentinel's (--clock-skew)`;
  }
  const by = `by ${count(probes, 'probe')}`;
  if (lowestMs <= 0 && highestMs >= 0)
    return `the sentinel's clock agrees with its within ${duration(Math.max(-lowestMs, highestMs))}, ${by}`;
  const [near, far] = lowestMs > 0 ? [lowestMs, highestMs] : [-highestMs, -lowestMs];
  return `the sentinel's clock is ${duration(near)} to ${duration(far)} ${lowestMs > 0 ? 'ahead of' : 'behind'} its, ${by}`;
}

function tableLines(document: Reconciliation, options: RenderOptions): Line[] {
  const cells = document.rows.map((row) => ({ row, columns: columnsOf(row) }));
  const head = ['port', 'family', 'from', 'seen here'];
  const widths = head.map((title, index) =>
    Math.max(widthOf(title), ...cells.map(({ columns }) => widthOf(columns[index] ?? ''))),
  );
  const line = (columns: readonly string[]): string => columns.map((text, index) => pad(text, widths[index] ?? 0)).join('  ');
  return [
    [span(`   ${line(head)}  reading`, 'faint')],
    ...cells.flatMap(({ row, columns }) => [
      [span(`   ${line(columns)}  `), span(WORDS[row.reading].word, WORDS[row.reading].style)],
      ...(row.reading !== 'answered' || options.verbose ? detailLines(row, options) : detourLines(row, document, options)),
    ]),
    [],
  ];
}

function columnsOf(row: ReconciledRow): string[] {
  const { outcome, detail } = row.client;
  const pass = row.pass === 'confirm' ? ' again' : '';
  return [
    String(row.port),
    familyName(row.family),
    `${row.segment} ${row.source}`,
    `${outcome}${detail === null ? '' : ` (${detail})`}${pass}`,
  ];
}

function detailLines(row: ReconciledRow, options: RenderOptions): Line[] {
  const lead = [span('      ')];
  return [
    ...paragraph({ lead, text: `${clock(row.at)} here: ${row.client.reason}`, style: 'faint' }, options),
    ...paragraph({ lead, text: row.reason }, options),
  ];
}

/** An answer that took a detour is worth a line. */
function detourLines({ unexpectedSource }: ReconciledRow, { sentinel }: Reconciliation, options: RenderOptions): Line[] {
  if (unexpectedSource === null) return [];
  const text = `It arrived from ${unexpectedSource}, which is none of the expected sources (${listText(sentinel.expectedSources)}): something on the way connects in this host's place.`;
  return paragraph({ lead: [span('      ')], text, style: 'unsure' }, options);
}

function meaningLines({ rows }: Reconciliation, options: RenderOptions): Line[] {
  const there = READINGS.filter((reading) => rows.some((row) => row.reading === reading));
  return [
    [span('WHAT IT MEANS', 'strong')],
    [],
    ...there.flatMap((reading) => {
      const { word, style, meaning } = WORDS[reading];
      return paragraph({ lead: [span('   '), span(pad(word, 13), style), span('  ')], text: meaning }, options);
    }),
    [],
  ];
}

function noteLines({ rows, unreadable, notes, log }: Reconciliation, options: RenderOptions): Line[] {
  const told: [string, string][] = [
    [
      'judged',
      `${count(groupBy(rows, ({ port, family }) => `${port} ${family}`).size, 'port')} of this one sentinel, each IP family on its own; nothing is said of any other address`,
    ],
    ...unreadable.map(({ file, why }): [string, string] => ['lacks', `${file}: ${why}`]),
    ...notes.map((note): [string, string] => ['note', note]),
    ...(log.foreign + log.repeated === 0
      ? []
      : [
          [
            'note',
            `Of the log ${count(log.foreign, 'line')} of other kinds and ${log.repeated} repeated are passed over.`,
          ] satisfies [string, string],
        ]),
  ];
  return [
    [span('SCOPE', 'strong')],
    [],
    ...told.flatMap(([name, text]) =>
      paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options),
    ),
  ];
}
