/** Dialogues as the servers logged them, line by line: `S: 220 …`, `C: EHLO …`. What belongs together is told by the process or the session. */
import type { RelaySoftware } from './relay-real-servers.cases.ts';

/** `name` tells servers apart that share a log: Postfix's syslog_name, OpenSMTPD's tag; null: all of it. */
export interface Logging {
  readonly software: RelaySoftware;
  readonly name: string | null;
}

export interface LoggedSession {
  readonly said: readonly string[];
  /** Numbers of lines in the log; `ended` is null where it has not. */
  readonly begun: number;
  readonly ended: number | null;
}

interface Grammar {
  /** Lines about one server, where every line says which. */
  readonly about?: (name: string) => RegExp;
  /** Who: a process, a connection. */
  readonly begin: (name: string | null) => RegExp;
  /** Who, direction, text. */
  readonly line: RegExp;
  readonly end: RegExp;
}

const GRAMMARS: Readonly<Record<RelaySoftware, Grammar>> = {
  // `… postfix/strict/smtpd[317]: > unknown[198.51.100.9]: 220 mx.postfix.internal ESMTP Postfix`
  postfix: {
    about: (name) => new RegExp(` postfix/${name}/smtpd\\[`),
    begin: () => /smtpd\[(\d+)\]: connect from /,
    line: /smtpd\[(\d+)\]: ([<>]) \S+\[[^\]]+\]: (.*)$/,
    end: /smtpd\[(\d+)\]: disconnect from /,
  },
  // `  328 SMTP<< EHLO audit.example.com`
  exim: {
    begin: () => /^ *(\d+) Process \d+ is handling incoming connection/,
    line: /^ *(\d+) SMTP(<<|>>) (.*)$/,
    end: /^ *(\d+) >+ Exim pid=\d+ \(daemon-accept\) terminating/,
  },
  // `smtp: 0x5634fcddd190: <<< EHLO audit.example.com`
  opensmtpd: {
    begin: (name) =>
      new RegExp(`^smtp: (0x[0-9a-f]+): connected to listener .*${name === null ? '' : ` tag=${name.toUpperCase()}\\]`}`),
    line: /^smtp: (0x[0-9a-f]+): (<<<|>>>) (.*)$/,
    end: /^smtp: (0x[0-9a-f]+): STATE_\w+ -> STATE_QUIT/,
  },
  // `… [PROTOCOL] [629A95E3-BF4A-46C6-823D-8BAC7FFA385D.1] [core] C: RSET state=1`
  haraka: {
    begin: () => /\[([0-9A-F-]{36})\] \[core\] connect ip=/,
    line: /\[PROTOCOL\] \[([0-9A-F-]{36})[.\d]*\] \[core\] ([CS]): (.*?)(?: state=\d+)?$/,
    end: /\[([0-9A-F-]{36})[.\d]*\] \[core\] disconnect ip=/,
  },
  // `debug ooradi8ch0d4nsp7 command C: RSET`
  'smtp-server': {
    begin: () => /^info (\w+) connection Connection from/,
    line: /^debug (\w+) (?:send|command) ([CS]): (.*)$/,
    end: /^info (\w+) close Connection closed/,
  },
};

export function dialoguesOf(software: RelaySoftware, log: string): readonly (readonly string[])[] {
  const all = { software, name: null };
  return sessionsOf(all, linesAbout(all, log)).map(({ said }) => said);
}

/** @param lines  as `linesAbout` gives them. */
export function sessionsOf({ software, name }: Logging, lines: readonly string[]): readonly LoggedSession[] {
  const { begin, line, end } = GRAMMARS[software];
  const begins = begin(name);
  const sessions: { said: string[]; begun: number; ended: number | null }[] = [];
  const current = new Map<string, (typeof sessions)[number]>();
  for (const [index, text] of lines.entries()) {
    const started = begins.exec(text)?.[1];
    if (started !== undefined) {
      const session = { said: [], begun: index, ended: null };
      sessions.push(session);
      current.set(started, session);
    }
    const [, who = '', direction = '', said = ''] = line.exec(text) ?? [];
    current.get(who)?.said.push(`${/^[<C]/.test(direction) ? 'C' : 'S'}: ${said.trimEnd()}`);
    const over = end.exec(text)?.[1] ?? '';
    const ended = current.get(over);
    if (ended !== undefined) ended.ended = index;
    current.delete(over);
  }
  return sessions;
}

/** What the log says of one server: of those that share a log with others only what is surely about it. */
export function linesAbout({ software, name }: Logging, log: string): readonly string[] {
  const { about } = GRAMMARS[software];
  const lines = (software === 'exim' ? unfoldExim(log) : log).split('\n');
  return about === undefined || name === null ? lines : lines.filter((line) => about(name).test(line));
}

/** Further lines of a reply are indented: `  328        250-SIZE 52428800`. */
function unfoldExim(log: string): string {
  return log.replace(/^( *\d+) {8}(\d{3}[ -])/gm, '$1 SMTP>> $2');
}
