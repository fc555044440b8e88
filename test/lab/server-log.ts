/** Dialogues as the servers logged them, line by line: `S: 220 …`, `C: EHLO …`. */
import type { Software } from './real-servers.cases.ts';

/** One dialogue; what belongs together is told by the process (Postfix, Exim) or the session (OpenSMTPD). */
export function dialoguesOf(software: Software, log: string): readonly (readonly string[])[] {
  switch (software) {
    case 'postfix':
      return collect(log, POSTFIX_BEGIN, POSTFIX_LINE);
    case 'exim':
      return collect(unfoldExim(log), EXIM_BEGIN, EXIM_LINE);
    case 'opensmtpd':
      return collect(log, OPENSMTPD_BEGIN, OPENSMTPD_LINE);
  }
}

/** `… smtpd[317]: > unknown[10.20.0.5]: 220 mx.example.net ESMTP Postfix` */
const POSTFIX_BEGIN = /smtpd\[(\d+)\]: connect from /;
const POSTFIX_LINE = /smtpd\[(\d+)\]: ([<>]) \S+\[[^\]]+\]: (.*)$/;
/** `  328 SMTP<< EHLO audit.example.com` */
const EXIM_BEGIN = /^ *(\d+) Process \d+ is handling incoming connection/;
const EXIM_LINE = /^ *(\d+) SMTP(<<|>>) (.*)$/;
/** `smtp: 0x5634fcddd190: <<< EHLO audit.example.com` */
const OPENSMTPD_BEGIN = /^smtp: (0x[0-9a-f]+): connected to listener/;
const OPENSMTPD_LINE = /^smtp: (0x[0-9a-f]+): (<<<|>>>) (.*)$/;

function collect(log: string, begin: RegExp, line: RegExp): string[][] {
  const dialogues: string[][] = [];
  const current = new Map<string, string[]>();
  for (const text of log.split('\n')) {
    const [, started] = begin.exec(text) ?? [];
    if (started !== undefined) {
      const dialogue: string[] = [];
      dialogues.push(dialogue);
      current.set(started, dialogue);
    }
    const [, who = '', direction = '', said = ''] = line.exec(text) ?? [];
    current.get(who)?.push(`${direction.startsWith('<') ? 'C' : 'S'}: ${said.trimEnd()}`);
  }
  return dialogues;
}

/** Further lines of a reply are indented: `  328        250-SIZE 52428800`. */
function unfoldExim(log: string): string {
  return log.replace(/^( *\d+) {8}(\d{3}[ -])/gm, '$1 SMTP>> $2');
}
