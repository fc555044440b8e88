/** What is expected of every test of a real server, and of what the server itself logged of it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RelayAttempt, RelayOutcome } from '../../src/model/relay.ts';
import type { Verdict } from '../../src/model/result.ts';
import { describeServers } from './debian-servers.ts';
import { conduct, conductAll, type Tested } from './relay-conduct.ts';
import {
  endpointOf,
  PROBE_DOMAINS,
  type RelayCase,
  type RelayServer,
  type RelaySoftware,
  serversOf,
  VANTAGES,
} from './relay-real-servers.cases.ts';
import { logOf, openRelayServers, type RelayField } from './relay-real-servers.ts';
import { type LoggedSession, linesAbout, sessionsOf } from './server-log.ts';

/** Rejections that one connection bears, as the server counts them. */
const MAX_REJECTIONS = 3;

/** What a server logs of a client that it has to complain about. */
const COMPLAINTS: Readonly<Record<RelaySoftware, RegExp>> = {
  // C4 is an illegal address, and meant to be.
  postfix: /\]: (?:too many|lost connection|timeout|improper|warning(?!: Illegal address syntax .* <@@>$)|error|fatal|panic)/,
  exim: /too many|dropped|synchronization error|unexpected disconnection|connection lost|timed out|closed by (?!QUIT)/i,
  opensmtpd: /too many|limit|disconnected reason=(?!quit)|warn:/,
  // It has no TLS here, and looks up the domains of senders, address literals too.
  haraka:
    /\[(?:CRIT|ALERT|EMERG)\]|\[ERROR\](?! \[-\] \[core\] tls (?:key|cert))(?!.* queryMx )|too many|disconnect ip=.* errors=(?![0-3] )/,
  // It looks the client up first, and finds no name.
  'smtp-server': /too many|^(?:warn|error|fatal) (?!\S+ connection Reverse resolve)|^ERROR/,
};
/** What it logs of mail. */
const MAIL: Readonly<Record<RelaySoftware, RegExp>> = {
  postfix: /cleanup\[|queued as|message-id=|qmgr\[\d+\]: [0-9A-F]+|: DATA/,
  exim: / <= | => |Message-ID|\bDATA\b/i,
  opensmtpd: /smtp message|mda delivery|mta delivery|envelope/,
  haraka: /msgs=(?!0\/0\/0 )|C: DATA|\[queue\/|outbound\] /,
  'smtp-server': /^MESSAGE|C: DATA/,
};
/** Says what is queued: nothing. */
const QUEUES: Readonly<Record<RelaySoftware, string>> = {
  postfix: 'chroot /run/lab/relay/postfix/root postqueue -p | grep -v "^Mail queue is empty$" || true',
  exim: 'find /run/lab/relay/exim/root/var/spool/exim4/*/input -type f 2>/dev/null || true',
  opensmtpd: 'chroot /run/lab/relay/opensmtpd/root smtpctl show queue; ls -A /run/lab/relay/opensmtpd/root/tmp',
  haraka: 'find /run/lab/haraka/*/queue -type f',
  'smtp-server': 'grep ^MESSAGE /run/lab/logs/smtp-server-*.log || true',
};
const VERDICTS: Readonly<Partial<Record<RelayOutcome, Verdict>>> = {
  'relay-accepted': 'violation',
  rejected: 'compliant',
  'auth-required': 'compliant',
};

/** In CI it has to be there. */
const noSwaks = process.env['CI'] !== 'true' && spawnSync('swaks', ['--version']).status !== 0;
if (noSwaks) process.stderr.write('SKIPPED what swaks says of the same servers: swaks is not installed (package swaks)\n');

export function describeRelayServers(title: string, missing: string | null, cases: readonly RelayCase[]): void {
  const servers = serversOf(cases);
  const software = [...new Set(servers.map((server) => server.software))];
  const files = new Map(servers.map((server) => [logOf(server), server]));

  describeServers(missing, title, () => {
    let field: RelayField;
    let tested: ReadonlyMap<RelayCase, Tested>;
    /** By file. */
    const logs = new Map<string, string>();

    beforeAll(async () => {
      field = await openRelayServers(servers);
      tested = await conductAll(field, cases);
      for (const [file, { software: by }] of files) logs.set(file, await settledLog(field, by, file));
    }, 150_000);
    afterAll(() => field?.lab.close());

    const of = (each: RelayCase): Tested => {
      const one = tested.get(each);
      if (one === undefined) throw new Error(`${titleOf(each)} was not tested`);
      return one;
    };

    describe('are what they are configured to be', () => {
      it.each(cases.map((each) => [titleOf(each), each] as const))('%s', (_, each) => {
        const { check, record } = of(each);
        expect(check.outcome, check.reason).toBe(each.outcome);
        expect(check.verdict).toBe(VERDICTS[each.outcome] ?? 'inconclusive');
        if (each.accepted !== null) expect(record.attempts.filter(isAccepted).map(({ id }) => id)).toEqual(each.accepted);
        if (each.insideTls === true) expect(record.attempts.filter(({ stage }) => stage === 'rcpt')).not.toEqual([]);
        if (each.insideTls === true)
          expect(record.attempts.filter(({ stage, secure }) => stage === 'rcpt' && !secure)).toEqual([]);
      });
    });

    describe('logged', () => {
      const logged = [...new Map(servers.map((server) => [keyOf(server), server])).values()];
      const about = (server: RelayServer): readonly RelayCase[] => cases.filter((each) => keyOf(each.server) === keyOf(server));
      const lines = remembered((server) => linesAbout(server, logs.get(logOf(server)) ?? ''));
      const sessions = remembered((server) => sessionsOf(server, lines(server)));
      const rows = logged.map((server) => [keyOf(server), server] as const);

      it.each(rows)(
        '%s: the dialogues of the evidence, each with its end, QUIT, three rejections at most, and no mail',
        (_, server) => {
          const said = about(server).flatMap((each) => dialoguesIn(of(each).record.transcript));
          const heard = sessions(server).map((session) => session.said);
          expect(said.length).toBeGreaterThan(0);
          if (about(server).some(({ sendsAway }) => sendsAway !== undefined)) expect(heard.length).toBe(said.length);
          else expect(ordered(heard)).toEqual(ordered(said));
          expect(heard.filter((all) => !all.includes('C: QUIT') && !sendsAway(all))).toEqual([]);
          expect(Math.max(...heard.map(rejectionsIn))).toBeLessThanOrEqual(MAX_REJECTIONS);
          expect(heard.flat().filter((line) => /^C: (?!EHLO |STARTTLS|XPSTRN|MAIL |RCPT |RSET|QUIT)/.test(line))).toEqual([]);
        },
      );

      it.each(rows)('%s: nothing to complain about', (_, server) => {
        const told = about(server).flatMap(({ sendsAway }) => sendsAway ?? []);
        const complaints = lines(server).filter((line) => COMPLAINTS[server.software].test(line));
        expect(complaints.filter((line) => !told.some((one) => one.test(line)))).toEqual([]);
      });

      it.each([...files])('%s: nothing of mail', (file, server) => {
        const all = logs.get(file)?.split('\n') ?? [];
        expect(all.length).toBeGreaterThan(10);
        expect(all.filter((line) => MAIL[server.software].test(line))).toEqual([]);
      });

      it.each(rows)('%s: never two connections of one client to one address at once', (_, server) => {
        const addresses = new Set(servers.filter((each) => keyOf(each) === keyOf(server)).map(({ address }) => address));
        expect(mostAtOnce(sessions(server))).toBeLessThanOrEqual(addresses.size);
      });
    });

    it.each(software)('%s has nothing in its queue', async (each) => {
      expect(await field.sandbox.script(null, QUEUES[each])).toBe('');
    });

    it.skipIf(noSwaks)('swaks is answered the same as the plain shape', async () => {
      const plain = cases
        .filter(({ server, probeDomain, exhaustive }) => server.port === 25 && probeDomain === 'own' && !exhaustive)
        .map((each) => ({ each, b02: of(each).record.attempts.find(({ id }) => id === 'B02') }))
        .flatMap(({ each, b02 }) => (b02 === undefined || b02.code === null ? [] : [{ each, b02 }]));
      expect(plain.length).toBeGreaterThan(5);
      const answers = await Promise.all(plain.map(async ({ each, b02 }) => [titleOf(each), await askSwaks(field, each, b02)]));
      expect(answers).toEqual(plain.map(({ each, b02 }) => [titleOf(each), b02.code]));
    });

    it('what is broken off at DATA leaves nothing behind', async () => {
      const open = software.flatMap((each) => cases.find((one) => one.server.software === each && one.exhaustive) ?? []);
      const runs = open.map((each) => conduct(field, [{ ...each, exhaustive: false }], ['--relay-data-abort']));
      const aborted = (await Promise.all(runs)).flatMap((run) => [...run.values()]);
      expect(aborted).toHaveLength(software.length);
      for (const { record, check } of aborted) {
        expect(check.outcome, check.reason).toBe('relay-accepted');
        const data = record.attempts.filter(({ stage }) => stage === 'data');
        expect(data.map(({ id, code }) => [id, code])).toEqual([
          ['B01', 354],
          ['B02', 354],
          ['B03', 354],
        ]);
      }
      for (const each of software) expect(await field.sandbox.script(null, QUEUES[each])).toBe('');
    });
  });
}

function titleOf({ server, vantage, probeDomain, exhaustive, outcome }: RelayCase): string {
  const by = `${vantage === 'stranger' ? '' : `, for a ${vantage}`}${probeDomain === 'own' ? '' : `, by a ${probeDomain} domain`}`;
  return `${server.software}: ${server.is}, ${endpointOf(server)}${by}${exhaustive ? ', every shape' : ''}: ${outcome}`;
}

/** Servers that share a log, and cannot be told apart in it, have one key. */
function keyOf({ software, name }: RelayServer): string {
  return `${software} ${name}`;
}

function isAccepted({ id, class: kind }: RelayAttempt): boolean {
  return id.startsWith('B') && kind === 'accepted';
}

/** Servers log a little later than they speak. */
async function settledLog(field: RelayField, software: RelaySoftware, file: string): Promise<string> {
  const all = { software, name: null };
  for (let tries = 0; tries < 50; tries++) {
    const log = await field.log(file);
    const sessions = sessionsOf(all, linesAbout(all, log));
    if (sessions.length > 0 && sessions.every(({ ended }) => ended !== null)) return log;
    await field.sandbox.run(null, ['sleep', '0.1']);
  }
  throw new Error(`${file} has more dialogues that began than that ended`);
}

function remembered<T>(make: (server: RelayServer) => T): (server: RelayServer) => T {
  const made = new Map<string, T>();
  return (server) => {
    const value = made.get(keyOf(server)) ?? make(server);
    made.set(keyOf(server), value);
    return value;
  };
}

function dialoguesIn(transcript: readonly string[]): readonly (readonly string[])[] {
  const dialogues: string[][] = [];
  for (const line of transcript) {
    if (line.startsWith('-- connection ')) dialogues.push([]);
    else if (/^[CS]: /.test(line)) dialogues.at(-1)?.push(line);
  }
  return dialogues;
}

/** It greets with an error, or says that it has had enough: QUIT comes too late to be heard. */
function sendsAway(lines: readonly string[]): boolean {
  return lines[0]?.startsWith('S: 220') !== true || lines.some((line) => line.startsWith('S: 421'));
}

function rejectionsIn(lines: readonly string[]): number {
  return lines.filter((line) => /^S: [45]\d\d /.test(line) && !line.startsWith('S: 421')).length;
}

function mostAtOnce(sessions: readonly LoggedSession[]): number {
  const events = sessions.flatMap(({ begun, ended }) => [[begun, 1] as const, [ended ?? Number.POSITIVE_INFINITY, -1] as const]);
  let [now, most] = [0, 0];
  for (const [, step] of events.sort(([a], [b]) => a - b)) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}

function ordered(dialogues: readonly (readonly string[])[]): readonly string[] {
  return dialogues.map((lines) => lines.join('\n')).sort();
}

/** Another client, by other people: the code of its last reply before the farewell. */
async function askSwaks(field: RelayField, { server, vantage }: RelayCase, { secure }: RelayAttempt): Promise<number | null> {
  const ran = await field.sandbox.run(vantage, [
    ...['swaks', '--server', server.address, '--port', String(server.port), '--ehlo', 'audit.example.com', '--timeout', '10s'],
    ...['--from', `swaks@${PROBE_DOMAINS.own}`, '--to', `swaks@${PROBE_DOMAINS.own}`, '--quit-after', 'RCPT', '--suppress-data'],
    ...(server.address.includes(':') ? ['--local-interface', VANTAGES.stranger[1]] : []),
    ...(secure ? ['--tls'] : []),
  ]);
  const replies = [...ran.stdout.matchAll(/^<[-~*]{1,2} *(?:\S* +)?(\d{3}) /gm)].map(([, code]) => Number(code));
  return replies.filter((code) => code !== 221 && code !== 421).at(-1) ?? null;
}
