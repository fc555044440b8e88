/** The way of a finding as a drawing: three stations and two arrows, in a list that is read in its order. */
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/result.ts';
import { glyph } from './html-glyph.ts';
import { type Html, html, NOTHING } from './html-text.ts';
import { type Hop, pathOf, type Station } from './path.ts';

/** What an arrow says to who does not see it. */
const HOP_WORDS: Readonly<Record<Hop, string>> = {
  through: 'goes on',
  leak: 'gets through',
  stop: 'stopped',
  dotted: 'not reached',
  unsure: 'not known',
};

export function pathHtml(finding: Pick<Finding, 'code'>, check: Check | undefined): Html {
  const path = pathOf(finding, check);
  if (path === null) return NOTHING;
  const [from, middle, to] = path.stations;
  const [first, second] = path.hops;
  return html`<figure><figcaption class="unseen">The way of it: ${path.end}</figcaption>
<ol class="path">
<li>${stationHtml(from)}</li>
<li>${hopHtml(first)}${stationHtml(middle)}</li>
<li>${hopHtml(second)}${stationHtml(to, second)}</li>
</ol></figure>`;
}

function hopHtml(hop: Hop): Html {
  return html`<span class="hop ${hop}">${glyph(hop === 'unsure' ? 'unsure' : hop, 'arrow')}<span>${HOP_WORDS[hop]}</span></span>`;
}

function stationHtml({ sign, name, about }: Station, hop: Hop = 'through'): Html {
  const small = about === '' ? null : html`<small>${about}</small>`;
  return html`<span class="station ${hop}">${glyph(sign)}<span><b>${name}</b>${small}</span></span>`;
}
