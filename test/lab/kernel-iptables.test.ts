import { generateIptables } from '../firewall/generate/iptables.ts';
import { compareWithKernel } from './kernel/suite.ts';

const TOOLS = ['iptables-nft-restore', 'ip6tables-nft-restore', 'iptables-legacy-restore', 'ip6tables-legacy-restore'];

compareWithKernel('a kernel with iptables', [...TOOLS, 'ipset', 'nft'], {
  generate: generateIptables,
  backends: ['nft', 'legacy', 'nft', 'legacy'],
});
