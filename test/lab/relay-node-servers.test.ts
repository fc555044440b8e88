import { casesOf } from './relay-real-servers.cases.ts';
import { describeRelayServers } from './relay-real-servers.suite.ts';
import { whyNoNodeServers } from './relay-real-servers.ts';

describeRelayServers('Haraka and smtp-server, closed and open', await whyNoNodeServers(), casesOf(['haraka', 'smtp-server']));
