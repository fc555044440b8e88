/** Reads Prometheus text 0.0.4, strictly. @see Prometheus documentation, Exposition formats */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Name and labels, in one order. */
  readonly series: string;
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** @throws where a line is against the grammar, has a timestamp, or belongs to a metric that was not announced right before. */
export function samplesIn(document: string): readonly Sample[] {
  if (!document.endsWith('\n')) throw new TypeError('no line feed at the end');
  let announced = '';
  let typed = '';
  const seen = new Set<string>();
  return document
    .slice(0, -1)
    .split('\n')
    .flatMap((line) => {
      const help = /^# HELP ([a-z_]+) \S.*$/.exec(line)?.[1];
      const type = /^# TYPE ([a-z_]+) gauge$/.exec(line)?.[1];
      if (help !== undefined) {
        if (seen.has(help)) throw new TypeError(`${help} is announced twice`);
        seen.add(help);
        announced = help;
        return [];
      }
      if (type !== undefined) {
        typed = type;
        return [];
      }
      const sample = sampleOf(line);
      if (sample.name !== announced || sample.name !== typed) throw new TypeError(`${sample.name} is not announced`);
      return [sample];
    });
}

function sampleOf(line: string): Sample {
  const match = /^([a-z_]+)\{(.*)\} (-?\d+(?:\.\d+)?|NaN)$/s.exec(line);
  if (match === null) throw new TypeError(`no sample: ${line.slice(0, 200)}`);
  const [, name = '', inside = '', value = ''] = match;
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < inside.length; ) {
    const label = LABEL.exec(inside);
    if (label === null) throw new TypeError(`no labels: ${inside.slice(0, 200)}`);
    const [, key = '', text = ''] = label;
    if (key in labels) throw new TypeError(`label ${key} twice`);
    labels[key] = text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return { name, labels, value: Number(value), series: JSON.stringify([name, Object.entries(labels).sort()]) };
}
