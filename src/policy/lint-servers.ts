/** What keeps the relay tests of own servers from telling as much as they could. */
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import type { Problem } from '../model/problem.ts';

export function serverProblems({ servers, audit }: Policy): Problem[] {
  const [first] = servers;
  if (first === undefined) return [];
  const problems: Problem[] = [];
  if (audit.probeDomain === null) {
    const names = listText(servers.map(({ name }) => `"${name}"`));
    const message = `${names} ${servers.length === 1 ? 'is' : 'are'} tested for relaying with a reserved domain, since audit.probe-domain names none of yours: some servers refuse such a one before they think of relaying, and then nothing is judged.`;
    problems.push({ severity: 'hint', code: 'no-probe-domain', message, location: first.location, frame: null });
  }
  for (const { name, hostedDomain, location } of servers) {
    if (hostedDomain === null) {
      const message = `The server "${name}" has no hosted-domain: whether it takes mail from this client at all cannot be seen, so that a refusal to relay tells less; and senders of its own domain are not tried.`;
      problems.push({ severity: 'hint', code: 'no-hosted-domain', message, location, frame: null });
    } else if (audit.probeDomain !== null && `.${audit.probeDomain}`.endsWith(`.${hostedDomain}`)) {
      const message = `audit.probe-domain ${audit.probeDomain} lies in ${hostedDomain}, for which "${name}" takes mail: that it accepts recipients there need not be relaying. Name a domain that it does not host.`;
      problems.push({ severity: 'warning', code: 'probe-domain-hosted', message, location, frame: null });
    }
  }
  return problems;
}
