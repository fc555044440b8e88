import type { SentinelEvent } from '../model/sentinel-log.ts';

/** Counts what the log tells, and writes it as Prometheus's text format. Bytes are those of connections that have ended. */
export class Counters {
  readonly #startedAt: number;
  readonly #connections = new Map<string, number>();
  readonly #turnedAway = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  readonly #once = { receipts: 0, deliveries: 0, received: 0, sent: 0 };

  /** @param startedAt  milliseconds since 1970-01-01 UTC. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  count(event: SentinelEvent): void {
    if (event.event === 'connected') add(this.#connections, `port="${event.port}",family="${event.family}"`);
    else if (event.event === 'turned-away') add(this.#turnedAway, `why="${event.why}"`);
    else if (event.event === 'receipt') this.#once.receipts++;
    else if (event.event === 'delivery') this.#once.deliveries++;
    else if (event.event === 'closed') {
      add(this.#closed, `why="${event.why}"`);
      this.#once.received += event.received;
      this.#once.sent += event.sent;
    }
  }

  text(state: { readonly now: number; readonly connections: number; readonly residentBytes: number }): string {
    const { receipts, deliveries, received, sent } = this.#once;
    return [
      metric('connections', 'gauge', 'Connections open now.', [['', state.connections]]),
      metric('connections_total', 'counter', 'Connections let in.', this.#connections),
      metric('turned_away_total', 'counter', 'Connections closed at once: too many, or too fast.', this.#turnedAway),
      metric('closed_total', 'counter', 'Connections that ended, by why.', this.#closed),
      metric('receipts_total', 'counter', 'Receipts signed.', [['', receipts]]),
      metric('deliveries_total', 'counter', "Messages taken for the sink's domain.", [['', deliveries]]),
      metric('bytes_total', 'counter', 'Bytes of SMTP of connections that ended.', [
        ['direction="received"', received],
        ['direction="sent"', sent],
      ]),
      metric('uptime_seconds', 'gauge', 'Since it began to listen.', [['', (state.now - this.#startedAt) / 1_000]]),
      metric('resident_bytes', 'gauge', 'Memory of the process that lies in RAM.', [['', state.residentBytes]]),
    ].join('');
  }
}

function add(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function metric(name: string, type: 'counter' | 'gauge', help: string, values: Iterable<readonly [string, number]>): string {
  const full = `postern_sentinel_${name}`;
  const lines = [...values].map(([labels, value]) => `${full}${labels === '' ? '' : `{${labels}}`} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}
