{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Certification of {{CONNECTOR}}: {{VERDICT}}</title>
<style>
:root {
  color-scheme: light dark;
  --page: #f4f6f6; --card: #fff; --ink: #16211f; --soft: #52605d; --line: #d4dcda;
  --good: #0d5a32; --good-back: #ddf2e4; --bad: #8c1d18; --bad-back: #fbe3e0; --idle: #3f4b49; --idle-back: #e6ebea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111817; --card: #1a2322; --ink: #e8eeec; --soft: #a9b6b3; --line: #33403e;
    --good: #a5e6be; --good-back: #123a25; --bad: #ffb9b2; --bad-back: #4a1a17; --idle: #c4cfcc; --idle-back: #2c3836;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
main { max-width: 60rem; margin: 0 auto; padding: 1.25rem 1rem 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 1.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .35rem; }
p { margin: 0 0 .5rem; }
.soft { color: var(--soft); font-size: .9rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 0 0 1rem; break-inside: avoid-page; }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; border-left: 6px solid currentColor; border-radius: .4rem; padding: .75rem 1rem; margin: 1rem 0; font-size: 1.15rem; font-weight: 600; background: var(--idle-back); color: var(--idle); }
.verdict.good { background: var(--good-back); color: var(--good); }
.verdict.bad { background: var(--bad-back); color: var(--bad); }
.grade { font-size: 1.6rem; line-height: 1; }
.chip { display: inline-block; border-radius: 1rem; padding: .05rem .65rem; font-size: .85rem; font-weight: 600; background: var(--idle-back); color: var(--idle); white-space: nowrap; }
.chip.good { background: var(--good-back); color: var(--good); }
.chip.bad { background: var(--bad-back); color: var(--bad); }
dl.areas { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: .5rem 1.5rem; margin: 0; }
dl.areas div { border-top: 3px solid var(--line); padding-top: .35rem; }
dt { font-weight: 600; }
dd { margin: 0; }
pre { margin: .35rem 0 .75rem; padding: .6rem .75rem; background: var(--page); border: 1px solid var(--line); border-radius: .4rem; font-size: .8rem; line-height: 1.4; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: .4rem 0; }
li + li { border-top: 1px solid var(--line); }
code { font-size: .85rem; }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #333; --line: #999; --good: #0d5a32; --good-back: #fff; --bad: #8c1d18; --bad-back: #fff; --idle: #333; --idle-back: #fff; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .chip { border: 1px solid currentColor; }
  .verdict { border: 2px solid currentColor; }
}
</style>
</head>
<body>
<main>
<h1>Certification of {{CONNECTOR}}</h1>
<p class="soft">{{TITLE}}{{#CANDIDATE}}, tried at {{CANDIDATE}}{{/CANDIDATE}}, <time datetime="{{AT_ISO}}">{{AT}}</time>, by Backhaul {{VERSION}}, connector {{HASH}}</p>
<p class="verdict{{#ALL_GOOD}} good{{/ALL_GOOD}}{{#ALL_BAD}} bad{{/ALL_BAD}}"><span class="grade">{{GRADE}}</span> <span>{{VERDICT}}</span></p>
<p class="soft">{{SUMMARY}}. A: nothing failed. B: the worst failure is a nuisance. C: it costs time. D: it can cost money.</p>
<h2>Areas</h2>
<dl class="areas">
{{#AREAS}}<div><dt>{{TITLE}}</dt><dd><span class="chip{{#AREA_GOOD}} good{{/AREA_GOOD}}{{#AREA_BAD}} bad{{/AREA_BAD}}">{{GRADE}}</span> <span class="soft">{{SUMMARY}}</span></dd></div>
{{/AREAS}}
</dl>
{{#SOME_FAILED}}<h2>What failed, and what it would cost</h2>{{/SOME_FAILED}}
{{#FAILURES}}<section class="card" aria-label="{{NAME}}">
<h3>{{NAME}} <span class="chip bad">{{COSTS}}</span></h3>
<p>Expected: {{PROVES}}</p>
<p><strong>Seen: {{FINDING}}.</strong></p>
<p>In practice: {{COST}}</p>
{{#EVIDENCE}}<p class="soft">{{KIND}}, {{AT}} UTC</p>
<pre>{{TEXT:pre_escape}}</pre>
{{/EVIDENCE}}
</section>
{{/FAILURES}}
<h2>All cases</h2>
{{#AREAS}}<section class="card" aria-label="{{TITLE}}">
<h3>{{TITLE}}</h3>
<ul>
{{#CASES}}<li><span class="chip{{#CASE_GOOD}} good{{/CASE_GOOD}}{{#CASE_BAD}} bad{{/CASE_BAD}}">{{WORD}}</span> <strong>{{NAME}}</strong>: {{PROVES}} <span class="soft">{{FINDING}}.</span></li>
{{/CASES}}
</ul>
</section>
{{/AREAS}}
</main>
</body>
</html>
