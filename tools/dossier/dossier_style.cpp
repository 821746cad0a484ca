#include "tools/dossier/dossier_style.h"

namespace seatledger {

// No `size` in @page, so that paper is as wide as whoever prints has it. Backgrounds are not printed unless asked for:
// all that means something is a line, a letter or a shape.
std::string_view dossier_style() {
    return R"css(
:root { --ink: #1a1c1f; --soft: #565b63; --line: #c9cdd3; --hair: #e3e5e9; --tint: #f4f5f7; --link: #1d4f8c;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
* { box-sizing: border-box; }
html { color-scheme: light; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 58rem; color: var(--ink); background: #fff;
  font: 400 1rem/1.5 "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: lining-nums tabular-nums; overflow-wrap: anywhere; }
h1, h2, h3, p, dl, ol, ul, pre, table, figure { margin: 0; }
h1, h2, h3, caption, .figures dt { overflow-wrap: break-word; }
a { color: var(--link); text-decoration-thickness: .06em; text-underline-offset: .15em; }
code, pre { font-family: var(--mono); font-size: .88em; }
td, dd, pre, code, .said { unicode-bidi: isolate; }
p { max-width: 44rem; }
p + p { margin-top: .6rem; }
.note { color: var(--soft); font-size: .9rem; }
.absent { color: var(--soft); font-style: italic; }
.ctl { font: 600 .72em/1 var(--mono); padding: .05em .25em; margin: 0 .1em; border: 1px solid var(--ink);
  border-radius: .2em; white-space: nowrap; }
.tag { display: inline-block; padding: .1em .55em; border: 1px solid var(--ink); border-radius: 1em; font-size: .75rem;
  font-weight: 600; line-height: 1.4; white-space: nowrap; vertical-align: .1em; }

header { border-top: .3rem solid var(--ink); padding-top: .9rem; }
.kind { color: var(--soft); font-size: .9rem; }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; margin: .1rem 0 .2rem; }
.whose { font-size: 1.1rem; }
.whose .tag { margin-left: .5rem; }
nav { margin-top: 1.4rem; padding: .8rem 0; border: solid var(--line); border-width: 1px 0; }
nav ol { list-style: none; padding: 0; columns: 17rem 3; column-gap: 2rem; font-size: .9rem; }
nav li { display: flex; gap: .55rem; padding: .1rem 0; break-inside: avoid; }
nav li span, h2 span { color: var(--soft); font-weight: 400; }
section { margin-top: 2.8rem; }
h2 { font-size: 1.4rem; line-height: 1.25; font-weight: 650; padding-bottom: .35rem; margin-bottom: 1rem;
  border-bottom: 2px solid var(--ink); display: flex; gap: .7rem; }
h3 { font-size: 1.05rem; line-height: 1.35; font-weight: 650; margin: 1.6rem 0 .5rem; }
h2, h3, caption { break-after: avoid; }

.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0; margin-bottom: 1rem; border: 1px solid var(--ink); }
.figures div { padding: .7rem .9rem; border-left: 1px solid var(--line); display: flex; flex-direction: column;
  justify-content: space-between; }
.figures div:first-child { border-left: 0; }
.figures dt { color: var(--soft); font-size: .82rem; line-height: 1.3; }
.figures dd { margin: .25rem 0 0; font-size: 1.3rem; font-weight: 650; line-height: 1.2; }
.verdict { font-size: 1.1rem; font-weight: 650; margin: 0 0 .4rem; }
.verdict code { font-weight: 400; }

.kv { display: grid; grid-template-columns: minmax(8rem, 13.5rem) minmax(0, 1fr); font-size: .93rem; }
.kv dt, .kv dd { padding: .28rem 0; border-top: 1px solid var(--hair); }
.kv dt { color: var(--soft); padding-right: 1rem; }
.kv dd { margin: 0; }
pre { margin: .5rem 0; padding: .65rem .8rem; border: 1px solid var(--line); border-left: 3px solid var(--ink);
  white-space: pre-wrap; line-height: 1.5; break-inside: avoid; }
.said { white-space: pre-wrap; }
blockquote { margin: .3rem 0 0; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); }
.saying { break-inside: avoid; }
.saying + .saying { margin-top: 1.2rem; }
.saying h3 { margin-bottom: .1rem; }

.scroll { overflow-x: auto; margin-top: 1.2rem; }
.scroll + p, pre + p, .kv + p, .kv + pre { margin-top: .7rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.35; overflow-wrap: break-word; }
caption { text-align: left; font-weight: 650; font-size: 1rem; padding: 0 0 .45rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-top: 1px solid var(--hair); }
thead { display: table-header-group; }
thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom;
  line-height: 1.25; }
tbody:last-child tr:last-child > * { border-bottom: 1px solid var(--ink); }
tbody th { font-weight: 400; }
tr { break-inside: avoid; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; white-space: nowrap; }
.day { white-space: nowrap; }
th.n { white-space: normal; }
thead th { overflow-wrap: normal; }
.rules .n { width: 1%; }
.by-day th:nth-child(3) { min-width: 9.5rem; }
.by-day th:last-child, .by-day td:last-child { padding-left: .6rem; min-width: 7.5rem; }
.fields { max-width: 44rem; }
.fields tbody th { color: var(--soft); width: 38%; }
.amounts { max-width: 30rem; }
.total > * { font-weight: 650; }
tr.applied > * { font-weight: 650; }
td code { white-space: nowrap; }
.code { display: block; color: var(--soft); font-family: var(--mono); font-size: .8em; font-weight: 400; }

.symbols { position: absolute; }
.months { margin: 1rem -.6rem 0; font-size: 0; }
.month { display: inline-block; width: 33.33%; max-width: 19rem; padding: 0 .6rem 1.2rem; vertical-align: top;
  break-inside: avoid; }
.month svg, .year svg { display: block; width: 100%; height: auto; }
.year { break-inside: avoid; margin-top: .9rem; }
.year p { font-weight: 650; font-size: .95rem; }
svg text { font-size: 12px; text-anchor: middle; fill: var(--ink); stroke: #fff; stroke-width: 3px; stroke-linejoin: round;
  paint-order: stroke; font-variant-numeric: tabular-nums; }
svg .month { font-size: 14px; font-weight: 650; text-anchor: start; }
svg .weekday, svg .top, svg .side { font-size: 10px; fill: var(--soft); }
svg .top { text-anchor: start; }
svg .side { text-anchor: end; }
rect.none { fill: #fff; stroke: #d5d8dd; }
rect.covered { fill: #cfe3d4; stroke: #3f6b4b; }
.uncovered { fill: #fff; stroke: #8c2318; }
rect.uncovered { stroke-width: 1.4; }
.hatch { fill: none; stroke: #8c2318; stroke-width: 1.1; }
rect.unbilled { fill: #fff; stroke: #2b5a94; stroke-dasharray: 3 2; }
.dot { fill: #2b5a94; }
.mark { fill: var(--ink); stroke: #fff; stroke-width: .6; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; font-size: .9rem; margin: 1rem 0; }
.legend li { display: flex; align-items: center; gap: .5rem; }
.swatch { width: 1.7em; height: 1.47em; vertical-align: -.35em; flex: none; }
td .swatch { width: 1.3em; height: 1.13em; vertical-align: -.2em; margin-right: .4em; }

.event .head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; align-items: baseline; }
.files { font-size: .84rem; }
p + .event { margin-top: 1rem; }
.event { border-top: 1px solid var(--line); padding: .6rem 0 .7rem; break-inside: avoid; }
.event h3 { margin: 0 0 .25rem; display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: baseline; font-size: 1rem; }
.event h3 .seq { min-width: 2.2rem; }
.event h3 code { font-weight: 400; }
.event.decisive { border-left: 4px solid var(--ink); padding-left: .8rem; }
.halves { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); gap: 0 1.8rem; }
.halves dl { grid-template-columns: minmax(6.5rem, auto) minmax(0, 1fr); font-size: .84rem; align-content: start; }
.halves dt, .halves dd { border: 0; padding: .05rem 0; }
.halves dt { padding-right: 1rem; }
.halves .body dt { font-family: var(--mono); font-size: .92em; }
.event:target, .saying:target { outline: 2px solid var(--link); outline-offset: .4rem; }
.list { padding-left: 1.3rem; max-width: 44rem; }
.list li { margin-top: .45rem; break-inside: avoid; }
.gaps li > span { display: block; }

@media (max-width: 44rem) {
  body { padding: 1.2rem 1rem 3rem; }
  h1 { font-size: 1.7rem; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div { border-left: 0; border-top: 1px solid var(--line); }
  .figures div:nth-child(even) { border-left: 1px solid var(--line); }
  .figures div:nth-child(-n+2) { border-top: 0; }
  .month { width: 50%; }
  .kv, .halves { grid-template-columns: minmax(0, 1fr); }
  .kv dd { border-top: 0; padding-top: 0; }
  .kv dt { padding-bottom: 0; }
  .halves dl { grid-template-columns: minmax(7rem, auto) minmax(0, 1fr); }
  .halves dt, .halves dd { padding: .05rem 0; }
  .halves dt { padding-right: .8rem; }
  .year { min-width: 42rem; }
  .years { overflow-x: auto; }
  .scroll table { min-width: 34rem; }
  .scroll .fields, .scroll .amounts { min-width: 0; }
}
@media (max-width: 25rem) {
  .month { width: 100%; }
}
@page { margin: 17mm 16mm 18mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; color: #565b63; } }
@media print {
  html { font-size: 9.2pt; }
  body { padding: 0; max-width: none; line-height: 1.42; }
  a { color: inherit; text-decoration: none; }
  td a, dd a, li a, p a { text-decoration: underline; text-decoration-color: #9aa0a8; }
  nav ol { columns: 3; }
  section { margin-top: 2.2rem; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  .figures, .verdict { break-inside: avoid; }
  .scroll, .years { overflow: visible; }
  .month { width: 33.33%; max-width: 62mm; }
  .kv, .legend, p { break-inside: avoid; }
  tbody tr:first-child { break-before: avoid; }
  h2 + p, .legend { break-after: avoid; }
  h2 + p + .event { break-before: avoid; }
  .said, li { orphans: 3; widows: 3; }
  table { font-size: .93em; }
}
)css";
}

}  // namespace seatledger
