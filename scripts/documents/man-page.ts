/** postern(1), from what the commands tell yargs. */
import { EXIT } from '../../src/model/exit.ts';
import type { CommandPage, Option } from './command-tree.ts';
import { bold, entry, escapeRoff, italic, paragraph, prose, quoted, section, subsection, verbatim } from './roff.ts';
import { CHOICES } from './values.ts';

export interface Edition {
  readonly version: string;
  /** `2026-11-21`. */
  readonly date: string;
}

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  compliant: 'Everything was judged, and it all complies.',
  violation: 'At least one violation at or above --fail-on.',
  unusable: 'Nothing could be judged: wrong arguments, a policy that is wrong, configurations or evidence that cannot be read.',
  inconclusive: 'No violation, but something could not be judged; --allow-inconclusive makes it 0 where anything was.',
  bug: 'A bug in Postern: it says so, and what to report.',
  locked: 'Another run holds the lock.',
  interrupted: 'Interrupted before anything could be judged.',
};

/** Every variable that a command reads by its name. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  NO_COLOR: 'No colours, where it is not empty. A flag outranks it.',
  FORCE_COLOR: 'Colours also where no terminal is, but with 0 or false.',
  TERM: 'Of a terminal that is dumb nothing but lines of text is expected.',
  CI: 'Where it is not empty, no progress is shown.',
  'LC_ALL, LC_CTYPE, LANG': 'Whether characters beyond ASCII may be written: the first that is not empty names UTF-8.',
  PATH: 'Where ip(8) is looked for, which tells the route of every source.',
  HOME: 'Runs are kept in .local/state/postern below it, where nothing of the next two says otherwise.',
  XDG_STATE_HOME: 'Runs are kept in postern below it, where it is an absolute path.',
  STATE_DIRECTORY: 'Set by systemd: runs are kept in it. --state outranks all three.',
  JOURNAL_STREAM: 'Set by systemd: lines that go to its journal begin with their priority.',
  CREDENTIALS_DIRECTORY: 'Set by systemd: the sentinel may read keys in this folder whatever their mode.',
};

/** Words that a description may begin with and that are typed as they stand. */
const LITERAL: ReadonlySet<string> = new Set([...Object.values(CHOICES).flat(), 'keygen']);

const FILES: Readonly<Record<string, string>> = {
  './postern.yaml': 'The policy, where none is named.',
  '~/.local/state/postern/': 'Runs that are kept, where neither --state nor the environment names another folder.',
  '/var/lib/postern-audit/': 'Runs of the audit that systemd or cron starts.',
  '/etc/postern/': 'Policy of that audit; key and certificate of a sentinel that systemd runs.',
  '/var/log/postern/sentinel.log': 'Its log.',
};

/** The page as man(7) source. */
export function manPage(pages: readonly CommandPage[], { version, date }: Edition): string {
  return `${[
    '.\\" Generated from the commands of postern: do not edit.',
    `.TH POSTERN 1 ${date} ${quoted(`Postern ${version}`)} ${quoted('User Commands')}`,
    section('Name', 'postern \\- tells whether mail can leave a network only the way its policy says'),
    section('Synopsis', ...synopsis()),
    section('Description', ...description()),
    section('Commands', ...pages.map(({ name, summary }) => entry(bold(name), sentence(summary)))),
    ...pages.map(commandSection),
    section('Exit status', ...Object.entries(EXIT_WORDS).map(exitEntry), ...exitNotes()),
    section('Environment', ...Object.entries(ENVIRONMENT).map(([name, words]) => entry(bold(name), words))),
    section('Files', ...Object.entries(FILES).map(([name, words]) => entry(italic(name), words))),
    section('See also', '.BR ip (8),\n.BR nft (8),\n.BR iptables\\-save (8),\n.BR systemd.exec (5)'),
  ].join('\n')}\n`;
}

function synopsis(): readonly string[] {
  return [
    `.B postern\n${italic('COMMAND')} [${italic('OPTION')}...] [${italic('ARGUMENT')}...]`,
    `.br\n.B postern\n${italic('COMMAND')} ${bold('--help')}`,
    `.br\n.B postern\n${bold('--version')}`,
  ];
}

function description(): readonly string[] {
  return [
    prose(
      'A policy says who may send mail where: workstations submit on 587, relays deliver on 25, nothing else leaves. Postern probes from the host it runs on, speaks SMTP with what answers, and judges every flow: allowed, blocked, or not known. It reads the configurations of firewalls as well, and holds both against each other. It never takes silence for proof.',
    ),
    paragraph(
      'Durations carry their unit: 500ms, 8s, 5m, 24h. Standard output carries exactly one document; progress and logs go to standard error.',
    ),
  ];
}

function commandSection(page: CommandPage): string {
  const [calls, text] = splitUsage(page.usage);
  return section(
    `postern ${page.name}`,
    verbatim(calls),
    ...text.map(paragraph),
    ...page.positionals.map(({ name, describe, default: value }) =>
      entry(italic(name.toUpperCase()), withDefault(describe, value)),
    ),
    ...groupsOf(page.options).map(([group, options]) => subsection(`${group} (${page.name})`, ...options.map(optionEntry))),
    ...(page.examples.length === 0 ? [] : [subsection(`Examples (${page.name})`, ...page.examples.map(exampleEntry))]),
    ...notes(page),
  );
}

/** The lines that show how it is called, and the paragraphs below. */
function splitUsage(usage: string): [calls: readonly string[], text: readonly string[]] {
  const [calls = '', ...text] = usage.split('\n\n');
  return [calls.split('\n'), text];
}

function groupsOf(options: readonly Option[]): readonly [string, readonly Option[]][] {
  return [...new Set(options.map(({ group }) => group))].map((group) => [
    group,
    options.filter((option) => option.group === group),
  ]);
}

function optionEntry({ name, alias, describe, default: value, takesValue }: Option): string {
  const short = alias === null ? '' : `${bold(`-${alias}`)}, `;
  return entry(`${short}${bold(`--${name}`)}${takesValue ? ` ${italic('VALUE')}` : ''}`, withDefault(describe, value));
}

function exampleEntry({ call, describe }: CommandPage['examples'][number]): string {
  return `.PP\n${prose(`${sentence(describe).slice(0, -1)}:`)}\n.PP\n.RS 4\n${verbatim([call])}\n.RE`;
}

function notes({ name, epilogue }: CommandPage): readonly string[] {
  const lines = epilogue.split('\n').filter((line) => line !== '');
  return [
    subsection(
      `Notes (${name})`,
      ...lines.map((line) => (line.startsWith('  ') ? `.PP\n.RS 4\n${verbatim([line.trim()])}\n.RE` : paragraph(line))),
    ),
  ];
}

function exitEntry([name, words]: [string, string]): string {
  return entry(bold(String(EXIT[name as keyof typeof EXIT])), words);
}

function exitNotes(): readonly string[] {
  return [paragraph('Each command tells in its notes what it makes of them.')];
}

function withDefault(describe: string, value: string | null): string {
  const words = sentence(describe);
  return value === null ? words : `${words} Default: ${value}.`;
}

/** Help begins its lines small and ends them without a dot. A word that is to be typed stays as it is. */
function sentence(words: string): string {
  const [first = ''] = /^[a-z]+(?=[ ,;:]|$)/.exec(words) ?? [];
  const whole = LITERAL.has(first) ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** For tests: as the page has an option. */
export function inPage(option: Pick<Option, 'name'>): string {
  return escapeRoff(`--${option.name}`);
}
