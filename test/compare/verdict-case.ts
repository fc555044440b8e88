/** What the cases of the verdict table are made of: policies, the places that they are about, and a server that answers well. */
import { dialogueOf, type RunSpec } from '../support/evidence.ts';

export interface VerdictCase {
  readonly title: string;
  readonly policy: string;
  readonly runs: readonly RunSpec[];
  readonly requireProof?: 'proven';
  readonly now?: string;
  /** End of the row's id → `verdict/proof`. Every row of the result must be here. */
  readonly rows: Readonly<Record<string, string>>;
  /** `severity code port`, in the result's order, without `not-judged`. */
  readonly findings?: readonly string[];
  /** Part of the reason of the only inconclusive row, or of the first. */
  readonly why?: RegExp;
  readonly exit: number;
}

export const HEAD: string = `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16] }
  relays: { networks: [10.1.0.25] }
`;

/** Workstations may not use 25; the relay may. */
export const EGRESS: string = `${HEAD}
destinations:
  internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] }
rules:
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit:
  ports: [25]
  controls: [{ host: www.example.net, port: 443 }]
`;

/** Workstations submit on 587; `require` is put in. */
export function submission(require: string, port = 587, own = false): string {
  return `${HEAD}
destinations:
  provider: { hosts: [192.0.2.10], listening: [${port}], own: ${own} }
rules:
  - { name: submit, from: workstations, to: provider, ports: [${port}], require: { ${require} } }
audit:
  ports: [${port}]
  controls: [{ host: www.example.net, port: 443 }]
`;
}

export const WWW = 'www.example.net 203.0.113.80:443';
export const ALIVE: readonly string[] = [`${WWW} 0+ 30+ 120+`];
export const WORKSTATION = 'workstations 10.20.0.5';
export const RELAY = 'relays 10.1.0.25';
export const MX = 'internet/198.51.100.7:25';
export const SUBMIT = 'provider/192.0.2.10:587';

/** A submission to a well kept server, but for what is told of the dialogue. */
export function submitted(changes: Parameters<typeof dialogueOf>[0] = {}): RunSpec {
  return { legs: [WORKSTATION], seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf(changes) } } };
}
