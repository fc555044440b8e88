import { generate } from '../firewall/generate/nftables.ts';
import { compareWithKernel } from './kernel/suite.ts';

compareWithKernel('a kernel with nftables', ['nft', 'ipset'], { generate, backends: ['nft', 'nft', 'nft', 'nft'] });
