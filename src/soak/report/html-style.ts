/** Looks of the HTML report: one column, quiet colours, figures that line up; dark by preference, light on paper. */
const LIGHT = `--paper:#fff;--ink:#1c2127;--soft:#59636e;--line:#d9dfe5;--wash:#f5f7f9;--link:#1f5fa8;
--bad:#b3261e;--bad-wash:#fdf1f0;--good:#1b6e3f;--good-wash:#eff8f2;--warn:#b26a00;
--heap:#1f5fa8;--block:#0e8070;--rssi:#8f5d00;--rtt:#7d3fa0;
--web:#bcd4ee;--mqtt:#d9c7ec;--ap:#f0dfb0;--odd:#d4d9de;--gap:#59636e;--mute:#1c2127;color-scheme:light;`;
const DARK = `--paper:#14171a;--ink:#e4e7ea;--soft:#9aa5b0;--line:#30373e;--wash:#1c2126;--link:#82b5f0;
--bad:#ff8b7d;--bad-wash:#331816;--good:#72d197;--good-wash:#14281c;--warn:#e6ac47;
--heap:#7fb3ef;--block:#5cc9b1;--rssi:#dfb45f;--rtt:#c79be6;
--web:#2f4a68;--mqtt:#4a3962;--ap:#5a4a1e;--odd:#3c444c;--gap:#9aa5b0;--mute:#e4e7ea;color-scheme:dark;`;

export const REPORT_STYLE = `
:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root:not(.on-paper){${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:12px}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
main{max-width:1080px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:27px;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 12px;font-weight:650}
h3{font-size:16px;margin:0 0 8px;font-weight:650;overflow-wrap:anywhere}
h4{font-size:13px;margin:10px 0 3px;font-weight:600;color:var(--soft)}
p{margin:0 0 8px}
main>section{margin-top:44px}
a{color:var(--link);text-underline-offset:2px}
a:not(:hover){text-decoration-color:color-mix(in srgb,currentColor 35%,transparent)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
small{font-size:13px;color:var(--soft);font-weight:400}
code,pre,.registers,.frames{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
pre{margin:0;padding:8px 12px;background:var(--wash);border-radius:4px;overflow-x:auto;line-height:1.55}
pre .at{color:var(--soft)}
.kicker{color:var(--soft);margin:0 0 2px}
.when{margin:4px 0 0}.when span,.note,figcaption span{color:var(--soft)}
.note{font-size:13.5px}

.mark{display:inline-flex;align-items:baseline;gap:5px;font-weight:600;white-space:nowrap}
.mark svg{width:.85em;height:.85em;position:relative;top:.08em;fill:none;stroke:currentColor;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.mark.good{color:var(--good)}.mark.bad{color:var(--bad)}
h3 .mark{font-size:14px;margin-left:8px}

.verdict{display:grid;grid-template-columns:auto 1fr;gap:4px 32px;padding:22px 26px 16px;border-left:6px solid;border-radius:4px}
main>.verdict{margin-top:24px}
.verdict.good{background:var(--good-wash);border-color:var(--good)}
.verdict.bad{background:var(--bad-wash);border-color:var(--bad)}
.verdict h2{font-size:30px;line-height:1.2;margin:0;letter-spacing:.01em}
.verdict .lead{font-size:18px;line-height:36px;font-weight:600;margin:0 0 4px}
.verdict ul{margin:0 0 12px;padding-left:18px}
.verdict p{max-width:66ch}

.scroll{overflow-x:auto;position:relative}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:6px 14px 6px 0;vertical-align:baseline;font-weight:400}
thead th{color:var(--soft);font-size:13px;border-bottom:1px solid var(--line);white-space:nowrap}
tbody tr+tr>*{border-top:1px solid var(--line)}
.n{text-align:right}
td.n,.ledger th[scope=row]{white-space:nowrap}
.ledger .what{width:60%}
tr>:last-child{padding-right:0}

.night{position:relative}
.lane{display:grid;grid-template-columns:130px 1fr;align-items:center}
.lane+.lane:not(.axis){border-top:1px solid var(--line)}
.lane svg{width:100%;overflow:visible}
.lane .who{direction:rtl;text-align:left;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;margin-right:12px;font-size:14px}
.lane>svg{display:block}
.axis text{fill:var(--soft);font-size:12px}
.defs{position:absolute;width:0;height:0}
.grid{stroke:var(--line)}
.mode{fill:var(--odd)}
.mode.web-server{fill:var(--web)}.mode.mqtt-client{fill:var(--mqtt)}.mode.access-point{fill:var(--ap)}
.mode{stroke:var(--paper);stroke-width:.75}
.trouble.net{fill:var(--warn)}.trouble.probe{fill:var(--bad)}.trouble.mute{fill:var(--mute)}
.hatch-bed{fill:var(--paper)}.hatch{stroke:var(--gap);stroke-width:2}
.gap{fill:url(#hatch);stroke:var(--gap);stroke-width:1}
.reset,.loop{fill:var(--bad);stroke:none;color:var(--bad)}
.reset .stem{stroke:var(--bad);stroke-width:1.5}
.commanded{fill:var(--paper)}
.commanded .stem{stroke:var(--soft);stroke-width:1}
.commanded circle{stroke:var(--soft);stroke-width:1.3}
.loop rect{opacity:.55}
.zoomed{fill:var(--ink);opacity:.09;pointer-events:none}
.lane a:focus-visible,.lane rect:focus-visible{outline-offset:3px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:6px}
.tip{position:absolute;z-index:2;max-width:min(340px,90%);padding:6px 10px;border-radius:4px;background:var(--ink);color:var(--paper);font-size:13px;line-height:1.4;pointer-events:none}

.filter{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:center;margin:0 0 10px;font-size:14px}
.filter[hidden]{display:none}
select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:4px;padding:2px 8px}
button{cursor:pointer}
.filter output{color:var(--soft)}
.ledger tbody{scroll-margin-top:20px}
.ledger tbody>tr:first-child>*{border-top:1px solid var(--line);padding-bottom:3px}
.ledger .more>td{border-top:0;padding-top:0;padding-bottom:7px;font-size:13.5px;color:var(--soft)}
.ledger .day th{font-weight:600;padding-top:16px;padding-bottom:4px;font-size:13px}
.ledger tbody.day:first-of-type th{padding-top:8px}
.ledger .routine{color:var(--soft)}
.ledger .own .what{color:var(--bad)}.ledger .own .what strong{font-weight:600}
.ledger tbody:target>tr{background:var(--wash)}
.ledger tbody[hidden]{display:none}
summary{cursor:pointer}
summary::marker{color:var(--soft)}
details[open]>summary{margin-bottom:6px}
details ul{margin:0 0 8px;padding-left:18px}
.ledger details{color:var(--soft)}.ledger details>*:not(summary){color:var(--ink)}
.registers{display:flex;flex-wrap:wrap;gap:2px 20px;margin:6px 0 8px}
.registers div{display:flex;gap:6px}.registers dt{color:var(--soft)}.registers dd{margin:0}
.frames{margin:6px 0 8px;padding-left:26px}.frames li{padding:1px 0}
.frames code{overflow-wrap:anywhere}

.crash{border-top:1px solid var(--line);padding:12px 0 8px}
.crash p{margin-bottom:4px}
.times{color:var(--bad)}

.board{border-top:1px solid var(--line);padding:18px 0 10px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:6px 28px;margin:0 0 12px;font-size:14px}
.facts dt{color:var(--soft);font-size:13px}.facts dd{margin:0}
.plot{margin:0 0 10px;min-width:0}
figcaption{font-size:13px;display:flex;gap:6px;align-items:baseline;margin-bottom:2px}
figcaption b{font-weight:600}
figcaption .values{margin-left:auto;display:flex;gap:14px;color:var(--ink)}
figcaption i{display:inline-block;width:14px;height:0;border-top:2px solid;margin-right:5px;vertical-align:middle}
figcaption .values span{color:inherit;white-space:nowrap}
.canvas{min-height:60px}
.uplot{font:inherit}
.u-select{background:var(--ink);opacity:.12}
.u-hz .u-cursor-x,.u-vt .u-cursor-y{border-color:var(--soft)}

@media (max-width:640px){
main{padding:22px 16px 48px}
h1{font-size:22px}
main>section{margin-top:34px}
.verdict{grid-template-columns:1fr;padding:16px 16px 10px}
.verdict .lead{line-height:1.4}
.lane{grid-template-columns:1fr}
.lane:not(.axis){padding-top:4px}
.ledger,.ledger tbody,.ledger tr,.ledger .more>td,.ledger .what,.ledger .day th{display:block}
.ledger thead,.ledger .more>td:empty{display:none}
.ledger tbody:not(.day){border-top:1px solid var(--line);padding:6px 0}
.ledger tbody>tr>*,.ledger tbody>tr:first-child>*{border:0;padding:0 8px 0 0}
.axis .tick1{display:none}
.ledger .what{width:auto}
.ledger tr:first-child>:not(.what):not([colspan]){display:inline}
.ledger .day th{padding:14px 0 6px}
figcaption{flex-wrap:wrap}
figcaption .values{margin-left:0;width:100%}
}
@media print{
@page{margin:14mm}
body{font-size:10pt}
main{max-width:none;padding:0}
.filter,.screen{display:none}
.verdict,.mode,.trouble,.gap,pre{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.scroll{overflow:visible}
.plot,.lane,.crash,tr,figure,.night,.legend{break-inside:avoid}
h2,h3,.facts{break-after:avoid}
a{color:inherit;text-decoration:none}
table,.ledger .more>td{font-size:9pt}
}
`;
