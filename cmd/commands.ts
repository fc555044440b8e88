/** The commands that there are. */
import type { Command } from './command.ts';

export interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** In the order in which help and manual have them; a module is loaded when its command is run. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  audit: { summary: 'probe the network, judge what was seen, report: the main job', load: () => import('./audit.ts') },
  scan: { summary: 'probe and write evidence; judge nothing', load: () => import('./scan.ts') },
  compare: { summary: 'judge saved evidence, from one vantage or many', load: () => import('./compare.ts') },
  reconcile: {
    summary: "join a sentinel's log with evidence: what never arrived, what never came back",
    load: () => import('./reconcile.ts'),
  },
  policy: { summary: 'lint, explain or start a policy', load: () => import('./policy.ts') },
  relay: { summary: 'test mail servers of your own for relaying', load: () => import('./relay.ts') },
  check: {
    summary: 'verify firewall configurations against the policy, without sending a packet',
    load: () => import('./check.ts'),
  },
  review: {
    summary: 'what a firewall change newly allows, blocks or redirects, judged by the policy',
    load: () => import('./review.ts'),
  },
  trace: { summary: 'what one packet, or a stream of them, meets in a configuration', load: () => import('./trace.ts') },
  history: { summary: 'earlier runs, what changed, and what is open since when', load: () => import('./history.ts') },
  diff: { summary: 'what changed between two runs', load: () => import('./diff.ts') },
  report: { summary: 'render a saved result or an earlier run in another format', load: () => import('./report.ts') },
  explain: { summary: 'what a finding means, why it matters, how to fix it', load: () => import('./explain.ts') },
  sentinel: { summary: 'listen outside the firewall, and sign what arrives', load: () => import('./sentinel.ts') },
  demo: { summary: 'build a miniature network with planted faults, and audit it', load: () => import('./demo.ts') },
};
