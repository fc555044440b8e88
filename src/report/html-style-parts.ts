/** The style of the parts of the HTML report: matrix, findings with their ways and proofs, tables, folds. */

const MATRIX = `
.scroll { overflow-x: auto; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; overflow-wrap: normal; }
caption { text-align: left; color: var(--faint); padding-bottom: .75rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
tbody th[scope="row"] { font-weight: 400; }
thead th { color: var(--faint); font-weight: 400; border-bottom-color: var(--faint); white-space: nowrap; }
tr.segment th { padding-top: 1.1rem; border-bottom-color: var(--rule); }
.matrix th[scope="row"] { padding-left: 1rem; min-width: 8rem; overflow-wrap: anywhere; }
.matrix thead th + th, .matrix td { width: 8.5rem; }
.matrix td .says { display: inline-flex; align-items: baseline; gap: .4rem; color: inherit; }
.matrix td .says .glyph { align-self: center; }
.matrix td.violation { background: var(--bad-wash); }
.matrix td.inconclusive { background: var(--unsure-wash); }
.matrix td { padding-left: .6rem; white-space: nowrap; }
.matrix thead th + th { padding-left: .6rem; }
.matrix td.none { color: var(--faint); }
.matrix td small, .list td small { display: block; }
.matrix td.violation .says { font-weight: 600; }
.of, .family { color: var(--faint); font-weight: 400; font-size: .8125rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 1rem; font-size: .875rem; color: var(--faint); }
.legend span { color: var(--faint); }
`;

/** Lines are close together, so that columns are seen. */
const OVERVIEW = `
.overview { width: auto; margin-bottom: 1rem; }
.overview th, .overview td { padding: .1rem 1rem .1rem 0; vertical-align: middle; }
.overview thead th { vertical-align: bottom; }
.overview tbody th { white-space: nowrap; }
.overview td:nth-child(2) { white-space: nowrap; font-size: .875rem; }
.overview td:nth-child(2) > span { margin-right: .5rem; }
.overview svg { display: block; max-width: none; }
.overview .glyph { display: inline; }
.names text { font-size: 10.5px; fill: var(--faint); }
.names .marked { fill: var(--ink); }
.dot { fill: none; stroke: var(--good); stroke-width: 3.5; stroke-linecap: round; }
.ring { fill: none; stroke: var(--good); stroke-width: 1; }
`;

const FINDING = `
.finding { border: 1px solid var(--rule); border-left: 3px solid var(--faint); border-radius: 3px; padding: 1.25rem 1.5rem; margin-top: 1.25rem; }
.finding.critical, .finding.high, .finding.change.violation { border-left-color: var(--bad); }
.finding.medium, .finding.change.inconclusive { border-left-color: var(--unsure); }
.finding.change.proven, .finding.change.supported { border-left-color: var(--good); }
.finding.change { color: inherit; fill: none; }
.finding > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; margin-bottom: .25rem; }
.finding > header h3 { flex: 1 1 20rem; }
.number { color: var(--faint); font-weight: 400; margin-right: .2rem; }
.severity { font-size: .75rem; line-height: 1.5; letter-spacing: .04em; text-transform: uppercase; border: 1px solid currentColor; border-radius: 2px;
  padding: 0 .4rem; white-space: nowrap; }
.severity.critical { background: var(--bad); border-color: var(--bad); color: var(--paper); font-weight: 600; }
.severity.high { color: var(--bad); font-weight: 600; }
.severity.medium { color: var(--unsure); }
.severity.low, .severity.info, .severity.known { color: var(--faint); }
.mark { white-space: nowrap; font-weight: 600; }
.marks { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 1rem; font-size: .875rem; color: var(--faint); }
.label { color: var(--faint); font-size: .875rem; margin-bottom: .3rem; }
.proof { margin-top: 1rem; }
.dialogue, .ruleset { background: var(--wash); padding: .6rem .9rem; }
.dialogue li.ours { padding-left: 1.25rem; }
.dialogue li.event { color: var(--faint); }
.ruleset li { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.ruleset .place { color: var(--faint); font-size: .875rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem 1.5rem; margin: 1rem 0; }
.server { margin-top: 1.25rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: inherit; fill: none; }
.server.violation, .server.inconclusive, .server.proven, .server.supported { color: inherit; }
.server.violation h3 .glyph { color: var(--bad); }
.server.inconclusive h3 .glyph { color: var(--unsure); }
.server.proven h3 .glyph, .server.supported h3 .glyph { color: var(--good); }
.reasons > li { padding: 1rem 0; border-top: 1px solid var(--rule); }
.reasons .glyph { color: var(--unsure); }
.settle { margin-top: .25rem; padding-left: 1.4rem; }
.reasons .fold { padding-left: 1.4rem; }
.page { margin-top: 2rem; max-width: 46rem; }
.page > * + * { margin-top: .6rem; }
.page h3 code { font-weight: 400; color: var(--faint); margin-left: .4rem; }
.page ol, .page ul { padding-left: 1.4rem; }
.page ol { list-style: decimal; }
.page ul { list-style: disc; }
.page li { margin-top: .3rem; }
`;

/** The way of a finding: side by side, one below the other where it is narrow. */
const WAY = `
.path { display: flex; align-items: stretch; margin: 1rem 0; font-size: .9375rem; }
.path li { display: flex; align-items: center; min-width: 0; flex: 1 1 0; }
.path li + li { flex: 1.45 1 0; }
.station { display: flex; align-items: flex-start; gap: .6rem; border: 1px solid var(--rule); border-radius: 3px; padding: .55rem .75rem; flex: 1 1 0;
  min-width: 0; height: 100%; }
.station .glyph { width: 1.15rem; height: 1.15rem; margin-top: .2rem; color: var(--faint); }
.station > span { min-width: 0; }
.station small { display: block; line-height: 1.4; }
.station.leak { border-color: var(--bad); }
.station.dotted { border-style: dashed; }
.station.dotted b { color: var(--faint); font-weight: 400; }
.hop { flex: none; width: 6.25rem; display: flex; flex-direction: column; align-items: center; font-size: .75rem; line-height: 1.3; color: var(--faint);
  text-align: center; }
.arrow { width: 4rem; height: 1rem; }
.hop.leak, .hop.stop { color: var(--bad); }
.hop.unsure { color: var(--unsure); }
@media (max-width: 48rem) {
  .path { flex-direction: column; }
  .path li, .path li + li { flex-direction: column; align-items: stretch; }
  .hop { width: auto; flex-direction: row; gap: .25rem; min-height: 3rem; padding-left: 1rem; }
  .arrow { width: 2.5rem; transform: rotate(90deg); }
  .station { height: auto; }
}
`;

const LISTS = `
.list { font-size: .875rem; }
.list td, .list th { min-width: 6.5rem; overflow-wrap: anywhere; }
.list th[scope="row"] { min-width: 3.5rem; }
.list td:first-child, .shapes td:nth-child(2) { white-space: nowrap; }
.fold { margin-top: .75rem; }
.fold > summary { cursor: pointer; color: var(--accent); width: fit-content; }
.fold > summary + * { margin-top: .6rem; }
.ids { padding-left: 1rem; }
.ids, .fold > ul { columns: 1; }
.strip .ground { fill: var(--wash); }
.strip { max-width: 100%; height: auto; }
`;

export const PARTS_STYLE: string = [MATRIX, OVERVIEW, FINDING, WAY, LISTS].join('');
