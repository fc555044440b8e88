/** The blocks of the manual that no test runs, by page and first command, each with the reason. What they name is checked all the same. */
export const UNRUN: Readonly<Record<string, string>> = {
  'README.md: npm start': 'installs packages; test/lab/demo.test.ts runs what it starts',
  'README.md: npm run build                              # makes dist/postern.js, the command below':
    'installs packages; the tests run what it makes',
  'README.md: iptables-save > edge.v4; ip6tables-save > edge.v6; ipset save > edge.sets      # or: nft list ruleset > edge.nft':
    'root on a firewall of the reader, and an editor; docs/tutorial.md runs the same steps',
  'README.md: postern policy init                        # writes a commented ./postern.yaml; put your networks and servers into it':
    'a network of the reader; docs/auditor.md does the same with that of the demonstration',
  'README.md: postern scan postern.yaml --output office.jsonl': 'on three hosts; test/lab runs it in namespaces',
  'README.md: postern relay mail.example.com:25,587 --authorised-by "own server" --probe-domain relaytest.example.net --hosted-domain example.com':
    'servers of the reader; docs/auditor.md runs it on one of its own',
  'README.md: postern sentinel keygen --output /etc/postern/sentinel-key.pem':
    'root, on another host; docs/auditor.md runs a sentinel, test/deploy its unit',
  'docs/auditor.md: postern sentinel --key edge.pem --name edge.example.com --log-file sentinel.log':
    'two hosts, and ports below 1024; test/lab/both-ends.test.ts',
  'README.md: postern review --before origin/main --policy-from origin/main --format github':
    'the remote of the reader; docs/reviewer.md runs it on a revision',
  'README.md: postern compare postern.yaml office.jsonl relay.jsonl --format html=report.html':
    'evidence of the reader; docs/auditor.md runs it',
  'README.md: postern audit --cron --state /var/lib/postern-audit --remind 24h':
    'a network that changed; docs/operator.md runs it on configurations, test/kept-run.test.ts on audits',
  'README.md: cp deploy/postern-audit.{service,timer} /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now postern-audit.timer':
    'root; test/deploy',
  'docs/tutorial.md: npm run release -- --without-deb': 'installs for every user; npm run release:check does it',
  'docs/operator.md: mkdir /opt/postern && tar -xzf postern-0.1.0.tgz -C /opt/postern --strip-components=1':
    'root; npm run release:check installs what it unpacks',
  'docs/operator.md: cp /opt/postern/deploy/postern-audit.{service,timer} /etc/systemd/system/': 'root; test/deploy',
  'docs/auditor.md: postern scan postern.yaml --output office.jsonl --reference AUD-2026-11':
    'on two hosts; the demonstration below makes such evidence',
  'docs/reviewer.md: postern review --before origin/main --policy-from origin/main --format github': 'the remote of the reader',
  'docs/reviewer.md: postern review --before origin/main --policy-from origin/main --format junit=postern.xml':
    'the remote of the reader',
};
