/** What `postern demo` says below its report: what was planted, whether it was found, and what to do next. */
import type { DemoOutcome } from './demo.ts';
import type { RenderOptions } from './report/renderer.ts';

/**
 * @param command  how the reader runs Postern here: `postern`, or `node dist/postern.js`.
 * @returns lines, the last one ended.
 */
export function demoEpilogue(outcome: DemoOutcome, command: string, options: Pick<RenderOptions, 'unicode'>): string {
  return [...confinement(outcome), ...planted(outcome, options.unicode), ...next(outcome, command), ''].join('\n');
}

function confinement({ confined }: DemoOutcome): string[] {
  if (confined === null) return [];
  return [
    '',
    'This was the small demonstration',
    `  Network namespaces were not used: ${confined}.`,
    '  So there was no firewall, one vantage, IPv4 only, and high ports stood for 25, 587 and 2525. Faults that need a firewall or a',
    '  second family were not planted: the forgotten IPv6 rule, and the relay that is kept from port 25.',
  ];
}

function planted({ hunt }: DemoOutcome, unicode: boolean): string[] {
  const [yes, no] = unicode ? ['✓', '✗'] : ['+', 'x'];
  const lines = hunt.faults.flatMap(({ fault, missing }) => [
    `  ${missing.length === 0 ? `${yes} found  ` : `${no} MISSED `} ${fault.what}`,
    ...missing.map(
      ({ code, segment, destination, port, family }) =>
        `              no ${code} for ${segment} to ${destination}:${port}${family === null ? '' : ` (${family})`}`,
    ),
  ]);
  const extra = hunt.extra.map(({ code, title }) => `  ${no} EXTRA   ${code}: ${title}`);
  const verdict = hunt.exact
    ? 'Found exactly what was planted. A fault may show in more than one check, and a check in two findings.'
    : 'This is not what was planted: please report it, with the folder below.';
  return ['', 'What was planted', ...lines, ...extra, `  ${verdict}`];
}

function next({ folder, policyFile, evidenceFiles }: DemoOutcome, command: string): string[] {
  return [
    '',
    'Next',
    `  Read the policy                ${policyFile}`,
    `  Everything it left             ${folder}`,
    `  Judge the evidence again       ${command} compare ${policyFile} ${evidenceFiles.join(' ')}`,
    `  What a finding means           ${command} explain egress-open`,
    `  Start a policy of your own     ${command} policy init`,
    `  Audit your network with it     ${command} audit postern.yaml`,
    `  Check saved firewall rules     ${command} check postern.yaml --config FILE   (iptables-save, nft list ruleset; sends nothing)`,
  ];
}
