import { describe, expect, it } from 'vitest';
import { readBatch } from '../../src/host/network.ts';

describe('the answers of ip -json -batch', () => {
  it('are joined with their commands, those that failed among them', () => {
    const stdout =
      '[{"type":"local","dst":"127.0.0.1","dev":"lo","prefsrc":"127.0.0.1","flags":[],"uid":0,"cache":["local"]}]\n' +
      '[{"dst":"2001:db8::1","from":"::","gateway":"fd00::1","dev":"eth0","prefsrc":"fd00::2","metric":1024,"flags":[]}]\n' +
      '[{"dst":"192.0.2.1","from":"10.30.0.5","dev":"eth0","flags":[],"uid":0,"cache":[]}]\n';
    const stderr =
      'RTNETLINK answers: Network is unreachable\nCommand failed -:2\nRTNETLINK answers: Permission denied\nCommand failed -:5\n';
    expect(readBatch(stdout, stderr, 5)).toEqual([
      { kind: 'route', interface: 'lo', source: '127.0.0.1' },
      { kind: 'none', message: 'Network is unreachable' },
      { kind: 'route', interface: 'eth0', source: 'fd00::2' },
      { kind: 'route', interface: 'eth0', source: null },
      { kind: 'none', message: 'Permission denied' },
    ]);
  });

  it('are not guessed at where some are missing', () => {
    expect(readBatch('[{"dev":"eth0"}]\n', '', 2)).toEqual([]);
    expect(readBatch('', '', 1)).toEqual([]);
  });

  it('that cannot be understood are unknown', () => {
    expect(readBatch('[nonsense\n[]\n[{"dst":"192.0.2.1"}]\n', '', 3).map(({ kind }) => kind)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  it('of a route that forbids are none', () => {
    expect(readBatch('[{"type":"blackhole","dst":"192.0.2.1","dev":"lo"}]\n', '', 1)).toEqual([
      { kind: 'none', message: 'a route of type blackhole' },
    ]);
  });
});
