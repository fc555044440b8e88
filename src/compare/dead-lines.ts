/** `rule-shadowed`: lines about mail that no packet of mail can ever meet. */
import type { DeadLine } from '../model/configuration.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { lineText } from './configuration-words.ts';
import { type Draft, NO_SUBJECT } from './row.ts';

/** Blockers that one still reads in a sentence. */
const SHOWN = 3;

/** One finding for each line of a chain: one that stands there twice is told once, with both places. */
export function deadLineDrafts(firewall: string, dead: readonly DeadLine[], files = ''): Draft[] {
  const alike = groupBy(dead, (line) => deadLineRow(line, files));
  return [...alike.values()].flatMap((lines) => draftOf(firewall, lines, files));
}

/** @param files  where several firewalls have one name. Fingerprints hang on what a line says, not on where it stands. */
export function deadLineRow({ chain, line }: DeadLine, files = ''): string {
  return JSON.stringify(files === '' ? [chain, line.text] : [files, chain, line.text]);
}

function draftOf(firewall: string, alike: readonly DeadLine[], files: string): Draft[] {
  const [first, ...others] = alike;
  if (first === undefined) return [];
  const { line, column, chain, why, by, conflict, ports = [] } = first;
  const to = ports.length === 0 ? '' : ` to ${ports.length === 1 ? 'port' : 'ports'} ${listText(ports)}`;
  const remediation = remedyOf(first);
  const also =
    others.length === 0 ? '' : ` The same stands at ${listText(others.map((one) => `${one.line.file}:${one.line.line}`))}.`;
  return [
    {
      subject: { ...NO_SUBJECT, code: 'rule-shadowed', firewall, row: deadLineRow(first, files) },
      severity: null,
      detail: `${lineText(line)} in ${chain} never meets a packet of mail${to}: ${reasonOf(first)}.${also}`,
      ...(remediation === null ? {} : { remediation }),
      location: { file: line.file, line: line.line, column },
      evidence: { chain, why, by, conflict, ports, lines: alike.map((one) => one.line) },
    },
  ];
}

/** Null where it is not known what else it does: then the catalogue's. */
function remedyOf({ why, by, furtherBy = 0, ports = [], beyond }: DeadLine): string | null {
  if (ports.length === 0 || beyond === undefined) return null;
  const places = by.map(({ file, line }) => `${file}:${line}`);
  const few = places.length > 0 && furtherBy === 0 && places.length <= SHOWN;
  const before = `move it before ${few ? listText(places) : 'the lines that take its packets'}`;
  const revive = why === 'unreached' ? 'lead its packets to it' : before;
  return beyond
    ? `Take ${listText(ports)} out of the line (what else it matches is not judged here), or ${revive}.`
    : `Remove the line, unless later packets of a connection or other protocols need it (these are not judged here), or ${revive}.`;
}

function reasonOf({ why, by, furtherBy = 0, conflict }: DeadLine): string {
  if (why === 'unreached') return 'no packet that it could match is led to it';
  // Which ones was not looked for, or no packet fulfils it.
  if (by.length === 0) return 'the lines before it leave nothing that it could match';
  const shown = by.slice(0, SHOWN).map(lineText);
  const rest = by.length - shown.length + furtherBy;
  const lines = listText(rest === 0 ? shown : [...shown, `${rest} more ${rest === 1 ? 'line' : 'lines'}`]);
  const [take, opposite] =
    by.length + furtherBy === 1 ? ['takes', 'and does the opposite'] : ['take', 'and not all of them do the same'];
  return `${lines} ${take} all that it could match${conflict ? `, ${opposite}` : ''}`;
}
