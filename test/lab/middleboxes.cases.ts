/** What an audit has to say of each device on the way out, with a sentinel and without one. */
import type { Middlebox, Upstream } from '../../src/lab/behaviour.ts';
import type { FindingCode } from '../../src/model/finding.ts';
import type { Asked, Device } from './middlebox-network.ts';
import { certificate } from './postern.ts';

export type View = 'documentation' | 'sentinel' | 'neither';

/** What the policy gives the audit to see by; the sentinel's key comes with the sentinel. */
export const VIEWS: Readonly<Record<View, Asked & { readonly watched: boolean }>> = {
  documentation: { documentation: true, pinned: true, watched: false },
  sentinel: { watched: true },
  neither: { watched: false },
};

/** Findings by flow, for either family the same: `org 25` is allowed, as are `com 25` and `outpost 25`; the others are denied. */
export type Expected = Readonly<
  Partial<Record<'org 25' | 'com 25' | 'others 25' | 'outpost 25' | 'outpost 587', readonly FindingCode[]>>
>;

export interface DeviceCase {
  readonly is: string;
  readonly device: Device | null;
  readonly expect: Readonly<Record<View, Expected>>;
}

const does =
  (what: 'relay' | 'strip' | 'inspect') =>
  (upstream: Upstream): Middlebox => ({ kind: 'middlebox', does: what, upstream });
const acceptsAll = (): Middlebox => ({ kind: 'middlebox', does: 'accept-all', name: 'filter' });
const intercepts = (upstream: Upstream): Middlebox => ({
  kind: 'middlebox',
  does: 'intercept-tls',
  tls: 'starttls',
  upstream,
  certificate: certificate('untrusted'),
});

const OPEN: Expected = { 'others 25': ['egress-open'] };
const OPEN_WATCHED: Expected = { ...OPEN, 'outpost 587': ['egress-open'] };
const TAKEN: Expected = { 'org 25': ['intercepted'], 'com 25': ['intercepted'], 'others 25': ['intercepted'] };

/** The same codes for both exchangers that may be mailed. */
function allowed(codes: readonly FindingCode[], more: Expected): Expected {
  return { 'org 25': codes, 'com 25': codes, ...more };
}

export const DEVICES: readonly DeviceCase[] = [
  { is: 'nothing: the direct path', device: null, expect: { documentation: {}, sentinel: {}, neither: {} } },
  {
    is: 'a relay that passes TCP on, from an address of its own',
    device: { stands: 'proxy', toward: does('relay') },
    expect: {
      documentation: TAKEN,
      sentinel: { ...OPEN_WATCHED, 'outpost 25': ['intercepted'] },
      // Byte for byte the server's own words, at the server's own address: nobody outside was asked.
      neither: OPEN,
    },
  },
  {
    is: 'a relay in the line, which changes nothing that anybody could see',
    device: { stands: 'inline', toward: does('relay') },
    expect: { documentation: OPEN, sentinel: OPEN_WATCHED, neither: OPEN },
  },
  {
    is: 'a stripper of STARTTLS in the line',
    device: { stands: 'inline', toward: does('strip') },
    expect: {
      documentation: allowed(['starttls-stripped'], OPEN),
      sentinel: allowed(['starttls-stripped'], {
        ...OPEN,
        'outpost 25': ['starttls-stripped'],
        'outpost 587': ['egress-open', 'starttls-stripped'],
      }),
      neither: allowed(['starttls-stripped'], OPEN),
    },
  },
  {
    is: 'a stripper of STARTTLS that answers for everybody',
    device: { stands: 'proxy', toward: does('strip') },
    expect: {
      documentation: allowed(['intercepted', 'starttls-stripped'], { 'others 25': ['intercepted'] }),
      sentinel: allowed(['starttls-stripped'], {
        ...OPEN,
        'outpost 25': ['starttls-stripped'],
        'outpost 587': ['egress-open', 'starttls-stripped'],
      }),
      neither: allowed(['starttls-stripped'], OPEN),
    },
  },
  {
    is: 'a firewall that inspects SMTP as a Cisco ASA does',
    device: { stands: 'inline', toward: does('inspect') },
    expect: {
      documentation: allowed(['banner-masked', 'starttls-stripped'], OPEN),
      sentinel: allowed(['banner-masked', 'starttls-stripped'], {
        ...OPEN,
        'outpost 25': ['banner-masked', 'starttls-stripped'],
        'outpost 587': ['banner-masked', 'egress-open', 'starttls-stripped'],
      }),
      neither: allowed(['banner-masked', 'starttls-stripped'], OPEN),
    },
  },
  {
    is: 'a proxy that accepts everything',
    device: { stands: 'proxy', toward: acceptsAll },
    expect: {
      documentation: TAKEN,
      sentinel: { ...TAKEN, 'outpost 25': ['intercepted'], 'outpost 587': ['intercepted'] },
      neither: TAKEN,
    },
  },
  {
    is: 'a man in the middle of STARTTLS, with a certificate of his own',
    device: { stands: 'proxy', toward: intercepts },
    expect: {
      documentation: TAKEN,
      sentinel: { ...TAKEN, 'outpost 25': ['intercepted'], 'outpost 587': ['egress-open', 'intercepted'] },
      neither: OPEN,
    },
  },
  {
    is: 'a man in the middle of STARTTLS who hides behind the usual address',
    device: { stands: 'inline', toward: intercepts },
    expect: {
      documentation: TAKEN,
      sentinel: { ...TAKEN, 'outpost 25': ['intercepted'], 'outpost 587': ['egress-open', 'intercepted'] },
      neither: OPEN,
    },
  },
];
