/**
 * What a rule does beside judging packets, and what it asks of what others did: by its matches and its target as they are read, however they are
 * spelled.
 *
 * Worked example: `-i eth1 --jump MARK --set-mark 1` writes `mark`; `-m recent --name knocked --upd -j LOG` reads and writes `recent knocked`;
 * `-m state --state NEW -j ACCEPT` reads `tracking`, and makes the kernel track connections.
 *
 * @see iptables-extensions(8)
 */
import { SHARED } from '../feeders.ts';
import { protocolNumber } from '../services.ts';
import { MATCHES, TARGET_MODULES } from './modules.ts';
import type { ModuleOption, ModuleUse, ParsedOptions, Target } from './options.ts';
import type { RawTarget } from './raw-table.ts';
import type { Word } from './words.ts';

/** In words that both sides use; with a name behind a blank, where what is written has one. */
export interface Effects {
  /** Without what a target does that is not known here. */
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  /** It makes the kernel track connections. */
  readonly tracks: boolean;
  /** It takes packets of ours out of connection tracking. */
  readonly untracks: boolean;
}

export const NO_EFFECTS: Effects = { writes: [], reads: [], tracks: false, untracks: false };

export function effectsOf(options: ParsedOptions): Effects {
  const { matches, target } = options;
  const writes = [...matches.flatMap(writtenByMatch), ...(target === null ? [] : writtenBy(target))];
  const reads = [...matches.flatMap(readBy), ...(target === null ? [] : readByTarget(target))];
  const tracks =
    matches.some(({ name }) => TRACKING_MATCHES.has(name)) ||
    (target !== null && !target.goto && TRACKING_TARGETS.has(target.name));
  const untracks = takesOut(options);
  return writes.length + reads.length > 0 || tracks || untracks ? { writes, reads, tracks, untracks } : NO_EFFECTS;
}

/** What the text of a question has of a match: its name, and its options with their values. */
export interface Asked {
  readonly name: string;
  readonly options: readonly { readonly name: string; readonly values: readonly { readonly text: string }[] }[];
}

/** Kinds that the match asks for. */
export function readBy({ name, options }: Asked): readonly string[] {
  const first = (option: string): string | undefined => options.find((one) => one.name === option)?.values[0]?.text;
  if (!MATCHES.has(name)) return [`match ${name}`];
  if (name === 'recent') return [`recent ${first('name') ?? 'DEFAULT'}`];
  if (name === 'hashlimit') return [`${SHARED}hashlimit ${first('hashlimit-name') ?? ''}`];
  if (name === 'tcp') return first('tcp-option') === undefined ? NOTHING : TCP_OPTIONS;
  if (name === 'set') {
    const set = first('match-set') ?? '';
    return options.some((one) => COUNTERS.test(one.name)) ? [`set ${set}`, `counters ${set}`] : [`set ${set}`];
  }
  if (name === 'conntrack') return options.some(asksTranslation) ? ['tracking', 'nat'] : TRACKING;
  return READS.get(name) ?? NOTHING;
}

/** A state is meant that begins as written: see match-conntrack.ts. */
function asksTranslation({ name, values }: Asked['options'][number]): boolean {
  if (name === 'ctstate') return /(^|,)[ds]/i.test(values[0]?.text ?? '');
  return name === 'ctstatus' || name.startsWith('ctrepl');
}

const NOTHING: readonly string[] = [];
const TCP_OPTIONS: readonly string[] = ['tcp-options'];
const TRACKING: readonly string[] = ['tracking'];
const COUNTERS = /^(packets|bytes)-/;

const READS: ReadonlyMap<string, readonly string[]> = new Map([
  ['mark', ['mark']],
  ['connmark', ['connmark', 'tracking']],
  ['rpfilter', ['mark']],
  ['bpf', ['mark', 'priority', 'packet']],
  ...['u32', 'string', 'length', 'osf'].map((name): [string, string[]] => [name, ['packet']]),
  ['tcpmss', ['tcp-options']],
  ...['dscp', 'tos', 'ecn'].map((name): [string, string[]] => [name, ['tos']]),
  ...['ttl', 'hl'].map((name): [string, string[]] => [name, ['ttl']]),
  ...['state', 'connbytes', 'connlimit', 'helper', 'cluster'].map((name): [string, string[]] => [name, ['tracking']]),
  ['connlabel', ['label', 'tracking']],
  ...['rateest', 'nfacct'].map((name): [string, string[]] => [name, [name]]),
]);

/** Where no more of a match is known than its name. */
export function readByName(name: string): readonly string[] {
  return READS.get(name) ?? NOTHING;
}

/** The same of a target; null of one that is not known here. */
export function writtenByName(name: string): readonly string[] | null {
  if (name === 'CONNMARK' || name === 'TPROXY') return ['mark'];
  return TARGET_MODULES.has(name) ? (WRITES.get(name) ?? NOTHING) : null;
}

/** A match that is not known here may count, or keep lists. */
function writtenByMatch({ name, options }: ModuleUse): readonly string[] {
  const has = (...wanted: readonly string[]): boolean => options.some((option) => wanted.includes(option.name));
  const first = (option: string): string | undefined => options.find((one) => one.name === option)?.values[0]?.text;
  if (!MATCHES.has(name)) return [`match ${name}`];
  if (name === 'recent') return has('set', 'update', 'remove', 'reap') ? [`recent ${first('name') ?? 'DEFAULT'}`] : NOTHING;
  if (name === 'set') return [`counters ${first('match-set') ?? ''}`];
  if (name === 'hashlimit') return [`${SHARED}hashlimit ${first('hashlimit-name') ?? ''}`];
  if (name === 'nfacct') return ['nfacct'];
  if (name === 'connlabel') return has('set') ? ['label'] : NOTHING;
  return name === 'socket' && has('restore-skmark') ? ['mark'] : NOTHING;
}

function writtenBy(target: Target): readonly string[] {
  if (target.goto) return NOTHING;
  const option = (wanted: string): ModuleOption | undefined => target.options.find(({ name }) => name === wanted);
  switch (target.name) {
    case 'CONNMARK':
      return option('restore-mark') === undefined ? ['connmark'] : ['mark'];
    case 'TPROXY':
      return option('tproxy-mark') === undefined || isNoMark(option('tproxy-mark')?.values[0]) ? NOTHING : ['mark'];
    case 'SET':
      return [
        ...['add-set', 'del-set'].flatMap((name) => option(name)?.values[0]?.text ?? []).map((name) => `set ${name}`),
        ...(option('map-mark') === undefined ? [] : ['mark']),
        ...(option('map-prio') === undefined ? [] : ['priority']),
      ];
    default:
      return WRITES.get(target.name) ?? NOTHING;
  }
}

const WRITES: ReadonlyMap<string, readonly string[]> = new Map([
  ...['MARK', 'HMARK'].map((name): [string, string[]] => [name, ['mark']]),
  ...['CT', 'NOTRACK'].map((name): [string, string[]] => [name, ['tracking']]),
  ...['DNAT', 'REDIRECT', 'NETMAP', 'SNAT', 'MASQUERADE', 'DNPT', 'SNPT'].map((name): [string, string[]] => [name, ['nat']]),
  ...['DSCP', 'TOS', 'ECN'].map((name): [string, string[]] => [name, ['tos', 'packet']]),
  ...['TTL', 'HL'].map((name): [string, string[]] => [name, ['ttl', 'packet']]),
  ...['TCPMSS', 'TCPOPTSTRIP'].map((name): [string, string[]] => [name, ['tcp-options', 'packet']]),
  ['CHECKSUM', ['packet']],
  ['CLASSIFY', ['priority']],
  ['RATEEST', ['rateest']],
]);

/** What a target takes from elsewhere: `--save-mark`, `--zone mark`, `--map-set`. */
function readByTarget({ name, options, goto }: Target): readonly string[] {
  if (goto) return NOTHING;
  if (name === 'CONNMARK') return ['mark', 'connmark'];
  if (name === 'CT') return ['mark'];
  return name === 'SET'
    ? options.flatMap((one) => (one.name === 'map-set' ? [`set ${one.values[0]?.text ?? ''}`] : []))
    : NOTHING;
}

/** iptables-save prints `--tproxy-mark 0x0/0x0` where a rule has none. */
function isNoMark(word: Word | undefined): boolean {
  return word !== undefined && /^0x0\/0x0$/.test(word.text);
}

/** @see Linux, net/netfilter/xt_conntrack.c, xt_connmark.c, xt_nat.c: nf_ct_netns_get() */
const TRACKING_MATCHES: ReadonlySet<string> = new Set(['conntrack', 'state', 'connmark']);
const TRACKING_TARGETS: ReadonlySet<string> = new Set(['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'CONNMARK']);

/** A rule about another protocol than TCP takes no packet of ours out. */
function takesOut({ core, target }: ParsedOptions): boolean {
  if (target === null || !isUntracking(target)) return false;
  const protocol = core.p;
  const number = protocolNumber(protocol?.values[0]?.text ?? '');
  return protocol === undefined || number === null || number === 0 || (number === 6) !== protocol.inverted;
}

function isUntracking({ name, options, goto }: RawTarget): boolean {
  return !goto && (name === 'NOTRACK' || (name === 'CT' && options.some((option) => option.name === 'notrack')));
}
