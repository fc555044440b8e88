/** One traced packet, for a person or a program: what becomes of it, by what line, and every rule that it met. */

import { endpointText } from '../model/address.ts';
import type { ConfigurationLine } from '../model/configuration.ts';
import type { TraceDocument, TraceTarget, TraceVerdict } from '../model/trace.ts';
import { jsonText } from './json-text.ts';
import { draw, type Line, marksOf, paragraph, type Style, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';

const WORDS: Readonly<Record<TraceVerdict, { readonly word: string; readonly style: Style }>> = {
  accept: { word: 'ACCEPTED', style: 'strong' },
  drop: { word: 'DROPPED', style: 'strong' },
  reject: { word: 'REJECTED', style: 'strong' },
  redirect: { word: 'REDIRECTED', style: 'unsure' },
  conditional: { word: 'CONDITIONAL', style: 'unsure' },
};

const WAYS: Readonly<Record<TraceDocument['hook'], string>> = {
  forward: 'through the firewall',
  output: 'sent by this host',
  input: 'to this host',
  prerouting: 'in prerouting alone',
  postrouting: 'in postrouting alone',
};

/** The whole document, ending in a line feed. */
export function renderTrace(format: 'text' | 'json', document: TraceDocument, options: RenderOptions): string {
  if (format === 'json') return `${jsonText(inOrder(document))}\n`;
  return draw([...headLines(document, options), [], ...bodyLines(document, options)], options);
}

function inOrder({
  schema,
  tool,
  hook,
  packet,
  verdict,
  condition,
  decided,
  sentTo,
  rules,
  files,
  assumptions,
}: TraceDocument): TraceDocument {
  const sent = sentTo === undefined ? {} : { sentTo };
  return { schema, tool, hook, packet, verdict, condition, decided, ...sent, rules, files, assumptions };
}

function headLines({ verdict, condition, packet, hook, sentTo = [] }: TraceDocument, options: RenderOptions): Line[] {
  const { word, style } = WORDS[verdict];
  const { source, sourcePort, destination, port } = packet;
  const from = sourcePort === null ? source : endpointText(source, sourcePort);
  const sides = [packet.in === null ? '' : `in by ${packet.in}`, packet.out === null ? '' : `out by ${packet.out}`];
  const way = [WAYS[hook], ...sides].filter((part) => part !== '').join(', ');
  const flow = `${from} ${marksOf(options).arrow} ${endpointText(destination, port)}, ${way}`;
  return [
    ...paragraph({ lead: [span(word, style), span('  ')], text: flow, style: 'strong' }, options),
    ...(condition === null ? [] : paragraph({ lead: [span('   ')], text: conditionText(condition) }, options)),
    ...sentTexts(sentTo).flatMap((text) => paragraph({ lead: [span('   ')], text }, options)),
  ];
}

/** Places that are still read one after the other. */
const SHOWN_TARGETS = 8;

function sentTexts(targets: readonly TraceTarget[]): readonly string[] {
  const more = targets.length - SHOWN_TARGETS;
  const shown = targets.slice(0, more > 0 ? SHOWN_TARGETS : targets.length).map(sentText);
  return more > 0 ? [...shown, `and to ${more} more: --format json has them all`] : shown;
}

/** `sent to 10.9.0.9:465 (edge.v4:9), and dropped there (edge.v4:3)`. */
function sentText({ target, line, condition, there }: TraceTarget): string {
  const where = target === 'anywhere' ? 'sent nobody knows where' : `sent to ${target}`;
  const when = condition === null ? '' : ` ${whenText(condition)}`;
  return `${where}${placesText(line === null ? [] : [line])}${when}, and ${thereText(there)}`;
}

function thereText({ verdict, condition, stoppedBy }: TraceTarget['there']): string {
  const places = placesText(stoppedBy);
  if (verdict !== 'conditional') return `${{ accept: 'accepted', drop: 'dropped', reject: 'rejected' }[verdict]} there${places}`;
  return `${conditionText(condition ?? '', ' there')}${places === '' ? '' : `, else stopped${places}`}`;
}

/** Lines that are still read in brackets. */
const SHOWN_LINES = 3;

function placesText(lines: readonly ConfigurationLine[]): string {
  const more = lines.length - SHOWN_LINES;
  const shown = lines.slice(0, SHOWN_LINES).map(placeText);
  return lines.length === 0 ? '' : ` (${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ')})`;
}

/** The words begin with `if`, or with the verdict that the condition is about. */
function conditionText(condition: string, where = ''): string {
  const about = /^(redirect|reject|drop) (?=if|depending)/.exec(condition);
  const rest = about === null ? condition : condition.slice(about[0].length);
  const verb = { redirect: 'redirected', reject: 'rejected', drop: 'dropped' }[about?.[1] ?? ''] ?? 'accepted';
  return `${verb}${where} ${whenText(rest)}`;
}

function whenText(condition: string): string {
  return /^(if|depending) /.test(condition) ? condition : `under ${condition}`;
}

function bodyLines({ rules, decided, files, assumptions }: TraceDocument, options: RenderOptions): Line[] {
  const places = rules.map(placeText);
  const width = Math.max(0, ...places.map((place) => place.length));
  const met = rules.map((rule, index) => `${(places[index] ?? '').padEnd(width)}  ${rule.text}`);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['met', met.length === 0 ? ['no rule'] : met],
    ['decided', [decided === null ? '' : `${placeText(decided)}  ${decided.text}`]],
    ['read', [files.map(({ file, format }) => `${file} (${format})`).join(', ')]],
    ['assumed', assumptions],
  ];
  return sections.flatMap(([name, texts]) =>
    section(
      name,
      texts.filter((text) => text !== ''),
      options,
    ),
  );
}

function section(name: string, texts: readonly string[], options: RenderOptions): Line[] {
  return texts.flatMap((text, index) => {
    const lead = [span('   '), span((index === 0 ? name : '').padEnd(7), 'faint'), span('  ')];
    // A rule is shown as it stands, however long it is.
    return name === 'met' || name === 'decided' ? [[...lead, span(text)]] : paragraph({ lead, text }, options);
  });
}

function placeText({ file, line }: ConfigurationLine): string {
  return `${file}:${line}`;
}
