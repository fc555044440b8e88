/** The result as JSON: the contract's document, keys always in the same order. */
import type { ConfigurationLine, ConfigurationRow } from '../model/configuration.ts';
import type { Finding } from '../model/finding.ts';
import type { RelayAttempt } from '../model/relay.ts';
import type { Check, ConfigurationChange, ConfigurationSide, Result } from '../model/result.ts';
import { jsonText } from './json-text.ts';
import type { Renderer } from './renderer.ts';

export const renderJson: Renderer = (result) => `${jsonText(ordered(result))}\n`;

function ordered(result: Result): Result {
  const { schema, tool, policy, run, vantages, summary, checks, findings, scope } = result;
  return {
    schema,
    tool: { name: tool.name, version: tool.version },
    policy: { name: policy.name, path: policy.path, digest: policy.digest },
    run: orderedRun(run),
    vantages: vantages.map(({ segment, address, hostname, asserted }) => ({ segment, address, hostname, asserted })),
    summary: orderedSummary(summary),
    checks: checks.map(orderedCheck),
    findings: findings.map(orderedFinding),
    scope: {
      ports: scope.ports,
      sources: scope.sources.map(({ segment, address, asserted }) => ({ segment, address, asserted })),
      endpoints: scope.endpoints,
      unseen: scope.unseen,
      notes: scope.notes,
    },
  };
}

function orderedRun(run: Result['run']): Result['run'] {
  const { id, command, startedAt, finishedAt, elapsedMs, interrupted, operator, reference, configurations } = run;
  const told = { id, command, startedAt, finishedAt, elapsedMs, interrupted, operator, reference };
  return configurations === undefined ? told : { ...told, configurations };
}

function orderedSummary({ verdict, checks, findings, leakProbes }: Result['summary']): Result['summary'] {
  const { total, compliant, violation, inconclusive } = checks;
  const { critical, high, medium, low, info, waived } = findings;
  return {
    verdict,
    checks: { total, compliant, violation, inconclusive },
    findings: { critical, high, medium, low, info, waived },
    leakProbes: { sent: leakProbes.sent, open: leakProbes.open },
  };
}

/** Without a rest of fields: it costs as much as all the writing. */
function orderedCheck(check: Check): Check {
  const { id, segment, source, destination, host, address, family, port } = check;
  const { expect, rule, detail, verdict, proof, reason, elapsedMs, findings, waived } = check;
  const subject = { segment, source, destination, host, address, family, port };
  const ruling = { verdict, proof, reason, elapsedMs, findings, waived };
  switch (check.kind) {
    case 'relay': {
      const { kind, server, outcome, attempts } = check;
      const told = { ...subject, expect, rule, outcome, detail, ...ruling };
      return { id, kind, server, ...told, attempts: attempts.map(orderedAttempt) };
    }
    case 'configuration': {
      const { kind, firewall, outcome, change, rows, furtherRows } = check;
      const told = { ...subject, expect, rule, outcome, detail, ...ruling };
      return { id, kind, firewall, ...told, change: orderedChange(change), rows: rows.map(orderedRow), furtherRows };
    }
    default: {
      const { kind, outcome } = check;
      return { id, kind, ...subject, expect, rule, outcome, detail, ...ruling };
    }
  }
}

function orderedChange(change: ConfigurationChange | null): ConfigurationChange | null {
  if (change === null) return null;
  return {
    kind: change.kind,
    ports: change.ports,
    before: orderedSide(change.before),
    after: orderedSide(change.after),
  };
}

function orderedSide({ outcome, condition, line }: ConfigurationSide): ConfigurationSide {
  return { outcome, condition, line: line === null ? null : orderedLine(line) };
}

function orderedRow(row: ConfigurationRow): ConfigurationRow {
  const { outcome, sources, destinations, ports, condition, sourcePorts, target, witness, rules, furtherRules } = row;
  const { source, sourcePort, destination, port, in: inside, out } = witness;
  return {
    outcome,
    sources,
    destinations,
    ports,
    condition,
    sourcePorts,
    target,
    witness: { source, sourcePort, destination, port, in: inside, out },
    rules: rules.map(orderedLine),
    furtherRules,
  };
}

function orderedLine({ file, line, text }: ConfigurationLine): ConfigurationLine {
  return { file, line, text };
}

function orderedAttempt(attempt: RelayAttempt): RelayAttempt {
  const { id, about, mailFrom, rcptTo, ehlo, stage, code, enhanced, text, secure, connection, reason } = attempt;
  return { id, mailFrom, rcptTo, code, enhanced, text, class: attempt.class, about, ehlo, stage, secure, connection, reason };
}

/** Evidence keeps the order in which the comparator wrote it. */
function orderedFinding(finding: Finding): Finding {
  const { code, severity, fingerprint, segment, destination, host, port, family, server, firewall } = finding;
  const { title, detail, remediation, references, check, checks, location, evidence, waiver, since, known, grown } = finding;
  const subject = { code, severity, fingerprint, segment, destination, host, port, family, server, firewall };
  const place = location === null ? null : { file: location.file, line: location.line, column: location.column };
  const accepted = waiver === null ? null : { until: waiver.until, reason: waiver.reason, owner: waiver.owner };
  const history = {
    ...(since === undefined ? {} : { since }),
    ...(known === undefined ? {} : { known }),
    ...(grown === undefined ? {} : { grown }),
  };
  const seen = { check, checks, location: place, evidence, waiver: accepted };
  return { ...subject, title, detail, remediation, references, ...seen, ...history };
}
