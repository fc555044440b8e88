/** Name and version of the sentinel's receipts: what every one of them begins with, and what a request for one is tagged for. */
export const RECEIPT_FORMAT = 'postern-receipt/1';
