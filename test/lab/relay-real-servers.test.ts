import { whyNoDebianServers } from './debian-servers.ts';
import { casesOf } from './relay-real-servers.cases.ts';
import { describeRelayServers } from './relay-real-servers.suite.ts';

const SOFTWARE = ['postfix', 'exim', 'opensmtpd'] as const;

describeRelayServers('Postfix, Exim and OpenSMTPD, closed and open', await whyNoDebianServers(SOFTWARE), casesOf(SOFTWARE));
