import { rootCertificates } from 'node:tls';

/** The trust anchors that come with Node (Mozilla's), PEM. */
export const USUAL_ANCHORS: readonly string[] = rootCertificates;
