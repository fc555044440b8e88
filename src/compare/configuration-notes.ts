/** What a reader must know of the configurations that were read: which files, at which hook, what was taken for granted. */
import { familyName } from '../model/address.ts';
import { firewallText, GIVEN } from '../model/firewall-text.ts';
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import { upperFirst } from '../model/upper-first.ts';
import type { FirewallView } from './configuration-views.ts';

export function configurationNotes(policy: Policy, views: readonly FirewallView[]): string[] {
  if (views.length === 0) return [];
  const read = new Set(views.map(({ record }) => record.firewall));
  const unread = policy.firewalls.map(({ name }) => name).filter((name) => !read.has(name));
  return [
    ...views.flatMap(notesOf),
    ...(unread.length === 0
      ? []
      : [`No evidence tells what ${listText(unread)} ${unread.length === 1 ? 'lets' : 'let'} through.`]),
  ];
}

function notesOf({ record, run, files: distinct }: FirewallView): string[] {
  const { firewall, files, hook, families, assumptions, warnings } = record;
  const name = `${firewallText(firewall)}${distinct === '' ? '' : ` (${distinct})`}`;
  const read = firewall === GIVEN ? upperFirst(name) : `Firewall ${name}`;
  const texts = files.map(({ file, format, lines }) => `${file} (${format}, ${lines} lines)`);
  const spoken = families.length === 0 ? 'neither IPv4 nor IPv6' : listText(families.map(familyName));
  return [
    `${read} was read on ${run.header.vantage.hostname} from ${listText(texts)}, for packets at hook ${hook}; it speaks of ${spoken}.`,
    ...assumptions.map((assumption) => `Of ${name} was taken for granted: ${assumption}`),
    ...warnings.map((warning) => `Of ${name}: ${warning}`),
  ];
}
