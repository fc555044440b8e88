/** Exit codes of the commands that judge. 75 is EX_TEMPFAIL of sysexits.h, 130 what a shell says of a process that SIGINT ended. */
export const EXIT = { compliant: 0, violation: 1, unusable: 2, inconclusive: 3, bug: 4, locked: 75, interrupted: 130 } as const;
