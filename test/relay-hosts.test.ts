import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../src/model/problem.ts';
import { linesOfTargets, parseRelayHost, parseRelayHosts } from '../src/relay-hosts.ts';

describe('a server of the command line', () => {
  it.each([
    ['mail.example.com', 'mail.example.com', [25]],
    ['MAIL.example.com.', 'mail.example.com', [25]],
    ['mail.example.com:587', 'mail.example.com', [587]],
    ['mail.example.com:25,587', 'mail.example.com', [25, 587]],
    ['198.51.100.7', '198.51.100.7', [25]],
    ['198.51.100.7:2525', '198.51.100.7', [2525]],
    ['2001:db8::1', '2001:db8::1', [25]],
    ['[2001:DB8:0::1]', '2001:db8::1', [25]],
    ['[2001:db8::1]:25,465', '2001:db8::1', [25, 465]],
    ['::1', '::1', [25]],
  ])('%s', (text, host, ports) => {
    expect(parseRelayHost(text)).toEqual({ host, ports });
  });

  it.each([
    ['', 'is no host'],
    ['mail.example.com:', 'ports are whole numbers'],
    ['mail.example.com:0', 'ports are whole numbers'],
    ['mail.example.com:65536', 'ports are whole numbers'],
    ['mail.example.com:25,', 'ports are whole numbers'],
    ['mail.example.com:smtp', 'is no host'],
    ['smtp://mail.example.com', 'is no host'],
    ['10.0.0.0/8', 'is a network'],
    ['1.2.3', 'no valid IPv4 address'],
    ['[mail.example.com]', 'holds no IP address'],
    ['mail example', 'holds a space'],
    ['müller.example', 'beyond ASCII'],
    ['mail\u001b[2J.example', 'is no host'],
  ])('%j is refused: %s', (text, message) => {
    const parsed = parseRelayHost(text);
    expect(parsed).toContain(message);
    expect(parsed).toMatch(/^[\x20-\x7e]*$/);
  });

  it('is parsed or refused in printable words, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const parsed = parseRelayHost(text);
        if (typeof parsed === 'string') expect(parsed).toMatch(/^[\x20-\x7e]*$/);
        else expect(parsed.host).toMatch(/^[a-z0-9_.:-]+$/);
      }),
    );
  });
});

describe('several servers', () => {
  it('are each there once, with all of their ports', () => {
    const written = ['b.example', 'a.example:587', 'B.example:465,25'].map((text) => ({ text, place: null }));
    expect(parseRelayHosts(written)).toEqual([
      { host: 'b.example', ports: [25, 465] },
      { host: 'a.example', ports: [587] },
    ]);
  });

  it('come one a line, with blank lines and remarks between', () => {
    expect(linesOfTargets('# ours\r\nmail.example.com\n\n  10.0.0.1:25 \n', 'servers.txt')).toEqual([
      { text: 'mail.example.com', place: { file: 'servers.txt', line: 2 } },
      { text: '10.0.0.1:25', place: { file: 'servers.txt', line: 4 } },
    ]);
  });

  it('are refused all at once, each with its line', () => {
    const error = (() => {
      try {
        return parseRelayHosts(linesOfTargets('good.example\n1.2.3\nbad example\n', 'servers.txt'));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(InputError);
    expect(error instanceof InputError ? error.problems.map(({ location }) => location?.line) : []).toEqual([2, 3]);
  });
});
