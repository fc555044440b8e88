/**
 * Passes an SMTP dialogue on, command by command and reply by reply, so that either can be changed. It knows just enough of the protocol
 * for that: which reply is whose, where a message begins and ends, and that after STARTTLS and 220 nothing can be read any more.
 */
import type { Socket } from 'node:net';

export interface Ends {
  readonly client: Socket;
  readonly server: Socket;
}

/** Lines go without their line ends. */
export interface Rewriting {
  /** A command on its way to the server. */
  up(line: string): string;
  /** A whole reply on its way to the client: text of each line without code and separator. `verb`: empty for the greeting. */
  down(verb: string, code: string, texts: readonly string[]): readonly string[];
}

export const UNCHANGED: Rewriting = { up: (line) => line, down: (_verb, _code, texts) => texts };

/**
 * @param secured  called when both sides are about to shake hands: nobody reads from either socket then.
 */
export function spliceReplies({ client, server }: Ends, rewriting: Rewriting, secured: () => void): void {
  /** Commands that wait for their reply, in order; the greeting answers no command. */
  const verbs = [''];
  let message = false;
  let reply: string[] = [];
  const upward = lineReader((line) => {
    if (message && line !== '.') return server.write(`${line}\r\n`, 'latin1');
    message = false;
    verbs.push((line.split(' ')[0] ?? '').toUpperCase());
    return server.write(`${rewriting.up(line)}\r\n`, 'latin1');
  });
  const downward = lineReader((line) => {
    reply.push(line);
    if (/^\d{3}-/.test(line)) return;
    const verb = verbs.shift() ?? '';
    const code = line.slice(0, 3);
    const texts = rewriting.down(
      verb,
      code,
      reply.map((each) => each.slice(4)),
    );
    reply = [];
    client.write(texts.map((text, index) => `${code}${index < texts.length - 1 ? '-' : ' '}${text}\r\n`).join(''), 'latin1');
    if (verb === 'DATA' && code === '354') message = true;
    if (verb !== 'STARTTLS' || code !== '220') return;
    client.off('data', upward);
    server.off('data', downward);
    secured();
  });
  client.on('data', upward);
  server.on('data', downward);
}

function lineReader(take: (line: string) => void): (bytes: Buffer) => void {
  let pending = '';
  return (bytes) => {
    pending += bytes.toString('latin1');
    const lines = pending.split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}
