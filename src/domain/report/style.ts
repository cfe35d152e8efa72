/* Colours keep a contrast of 4.5 to 1 in both schemes; a sign or a word always says the same as the colour. */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--band:#f6f8fa;--ok:#116329;--okb:#dafbe1;--wait:#7d4e00;--waitb:#fff8c5;--bad:#a40e26;--badb:#ffebe9;--going:#57606a;--goingb:#eaeef2;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9da7b3;--line:#30363d;--band:#161b22;--ok:#7ee787;--okb:#0f2a17;--wait:#e3b341;--waitb:#2d2206;--bad:#ff9a92;--badb:#3a1215;--going:#9da7b3;--goingb:#21262d;--link:#79c0ff}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1260px;padding:1.5rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .5rem}section{scroll-margin-top:4rem}p.soft,caption{color:var(--soft)}p.soft{margin:.25rem 0 .75rem}a{color:var(--link)}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--back);padding:.5rem;z-index:2}
.cards{display:flex;flex-wrap:wrap;gap:.75rem;padding:0;margin:1rem 0;list-style:none}.cards li{border:1px solid var(--line);border-radius:6px;padding:.5rem 1rem;min-width:8rem}.cards strong{display:block;font-size:1.5rem;line-height:1.3}.cards .bad strong{color:var(--bad)}.cards .wait strong{color:var(--wait)}.cards li{color:var(--text)}.cards .bad{border-color:var(--bad)}.cards .wait{border-color:var(--wait)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;position:sticky;top:0;z-index:1;background:var(--back);padding:.75rem 0;border-bottom:1px solid var(--line)}.tools label{white-space:nowrap}#count{color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.5rem 0}
input[type=search]{font:inherit;padding:.35rem .6rem;min-width:18rem;border:1px solid var(--soft);border-radius:6px;background:var(--back);color:var(--text)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;padding:.25rem 0}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:break-word}thead th{background:var(--band);white-space:nowrap}tbody th{font-weight:600}#meshes tbody :is(th,td:not(:last-child)){white-space:nowrap}td:last-child{min-width:14rem}tbody tr:hover{background:var(--band)}
.state{white-space:nowrap;font-weight:600}.ok{color:var(--ok)}.wait{color:var(--wait)}.bad{color:var(--bad)}.going{color:var(--going)}
.map{max-width:none;display:block}.map text{font:11px ui-monospace,monospace;fill:var(--text)}.map .name{font:600 13px system-ui,sans-serif}.map .name.bad{fill:var(--bad)}.map .frame{fill:var(--band);stroke:var(--line)}
.cell{cursor:pointer}.cell rect{stroke:currentColor}.cell text{fill:currentColor}.cell.ok rect{fill:var(--okb)}.cell.wait rect{fill:var(--waitb)}.cell.bad rect{fill:var(--badb)}.cell.going rect{fill:var(--goingb)}.cell:hover rect{stroke-width:2}
.cell.dim{opacity:.2}[hidden]{display:none}
@media print{.tools{display:none}body{max-width:none}}
`;

/** The filter: by words, by what needs somebody, and by a member that is clicked on the map. The page is whole without it. */
export const SCRIPT = `
const words=document.getElementById('words'),only=document.getElementById('only'),count=document.getElementById('count');
const rows=[...document.querySelectorAll('tbody tr')],cells=[...document.querySelectorAll('.cell')],tables=[...document.querySelectorAll('table')];
function filter(){const text=words.value.trim().toLowerCase();let shown=0;
for(const row of rows){const fits=row.textContent.toLowerCase().includes(text)&&(!only.checked||row.hasAttribute('data-attention'));row.hidden=!fits;if(fits)shown++}
for(const table of tables)table.closest('section').hidden=!table.querySelector('tbody tr:not([hidden])');
for(const cell of cells)cell.classList.toggle('dim',!cell.dataset.name.toLowerCase().includes(text)||(only.checked&&!cell.classList.contains('bad')));
count.textContent=shown+' of '+rows.length+' rows shown'}
words.addEventListener('input',filter);only.addEventListener('change',filter);
for(const cell of cells)cell.addEventListener('click',()=>{words.value=cell.dataset.name;only.checked=false;filter();document.getElementById('members').scrollIntoView();words.focus({preventScroll:true})});
document.querySelector('.tools').hidden=false;document.getElementById('hint').hidden=false;filter();
`;
