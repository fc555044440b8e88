import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { nearest } from '../src/model/nearest.ts';
import { createKeyFile, serveSentinel } from '../src/sentinel.ts';
import { type Command, EXIT, type Flags, fileFlag, textFlag, UsageError } from './command.ts';
import { requireDistinct } from './own-files.ts';
import type { Runtime } from './runtime.ts';
import { LISTENER_FLAGS, sentinelFlags, sentinelSettings } from './sentinel-flags.ts';
import { openSentinelLog } from './sentinel-log.ts';
import { writeStream } from './stream.ts';

export const command: Command = { positionals: '[action]', build, run };

function build(yargs: Argv): Argv {
  return sentinelFlags(yargs)
    .usage(
      [
        'postern sentinel           listens outside the firewall, and signs what it saw',
        'postern sentinel keygen    makes the key that it signs with',
        '',
        'Speaks SMTP, relays nothing, and answers an auditor with a signed receipt: that the mail port was reached, from which address, and whether anybody changed a byte or ended TLS on the way. Everybody else meets a dull mail server. Its log, one JSON object a line, is what stdout (or --log-file) carries. SIGTERM ends it; SIGHUP reads keys and certificate again.',
      ].join('\n'),
    )
    .positional('action', { type: 'string', describe: 'keygen; absent: listen' })
    .example('postern sentinel keygen --output edge.pem', "a key; prints the public half for the policy's sentinels")
    .example(
      'postern sentinel --key edge.pem --name edge.example.com --certificate tls.pem --certificate-key tls-key.pem',
      'listen',
    )
    .example('postern sentinel --key edge.pem --listen 2525', 'without root, and without TLS')
    .epilogue(
      [
        'A certificate of its own, which nobody needs to trust (the receipts show who ends TLS):',
        '  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj /CN=edge.example.com -keyout tls-key.pem -out tls.pem',
        '',
        'Exit codes: 0 stopped by SIGTERM or SIGINT, or the key was made; 2 it could not begin: arguments, a key that others may read, a port that is taken.',
      ].join('\n'),
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const action = textFlag(flags, 'action');
  if (action === 'keygen') return keygen(flags, runtime);
  if (action !== null) {
    const meant = nearest(action, ['keygen']);
    throw new UsageError(`sentinel does not know "${action}": ${meant === null ? 'it can keygen' : `did you mean ${meant}?`}`);
  }
  if (flags.output !== undefined) throw new UsageError('--output belongs to sentinel keygen; a log goes to --log-file.');
  return serve(flags, runtime);
}

async function serve(flags: Flags, runtime: Runtime): Promise<number> {
  const settings = sentinelSettings(flags, runtime);
  const logFile = fileFlag(flags, 'log-file');
  const { keys, certificate, certificateKey } = settings.secrets;
  requireDistinct(runtime.cwd, [
    ...keys.map((file) => ({ role: 'a key', file })),
    { role: 'the certificate', file: certificate },
    // One file may hold both.
    { role: "the certificate's key", file: certificateKey === certificate ? null : certificateKey },
    { role: 'the state', file: settings.state },
    { role: 'the log', file: logFile },
  ]);
  const log = await openSentinelLog(logFile, runtime);
  runtime.onHangup(log.reopen);
  await serveSentinel({
    ...settings,
    tell: log.tell,
    warn(message) {
      log.warn(message);
      runtime.stderr.write(`postern sentinel: ${message}\n`);
    },
    signal: runtime.interrupt,
    onHangup: runtime.onHangup,
    residentBytes: runtime.residentBytes,
  });
  return EXIT.compliant;
}

async function keygen(flags: Flags, runtime: Runtime): Promise<number> {
  const foreign = LISTENER_FLAGS.find((name) => flags[name] !== undefined);
  if (foreign !== undefined) throw new UsageError(`--${foreign} belongs to the listener; keygen takes --output alone.`);
  const file = fileFlag(flags, 'output') ?? 'sentinel-key.pem';
  if (file === '-') throw new UsageError('A private key is never printed; name a file with --output.');
  const { publicKey, id } = createKeyFile(resolve(runtime.cwd, file), file);
  await writeStream(runtime.stdout, `public-key: "${publicKey}"\nkey id: ${id}\nprivate key: ${file}\n`);
  runtime.stderr.write(
    `Put the line public-key under the sentinel in your policy, and keep ${file} where the sentinel runs. Then: postern sentinel --key ${file}\n`,
  );
  return EXIT.compliant;
}
