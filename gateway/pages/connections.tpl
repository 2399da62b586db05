{{%AUTOESCAPE context="HTML"}}<h1>{{HEADING}}</h1>
{{#DETAIL}}<p class="soft"><a href="/connections">All connections</a></p>{{/DETAIL}}
{{#TOLD}}<p class="notice {{TONE}}" role="status" id="told">{{TEXT}}</p>{{/TOLD}}
{{#EMPTY}}<div class="card"><p>There is no connection that you may see. Whoever runs this gateway names them in its settings.</p></div>{{/EMPTY}}
{{#ITEMS}}<section class="card" aria-labelledby="connection-{{INDEX}}">
<h2 id="connection-{{INDEX}}">{{#HREF}}<a href="{{HREF}}">{{/HREF}}{{NAME}}{{#HREF}}</a>{{/HREF}} {{#STOPPED}}<span class="chip bad">stopped</span> {{/STOPPED}}<span class="chip {{TONE}}">{{MODE_WORD}}</span></h2>
{{#STOPPED}}<p class="notice bad"><strong>Stopped: nothing is sent.</strong>{{#ROW}} By {{BY}}, <time datetime="{{AT_ISO}}">{{AT}}</time>: {{WHY}}{{/ROW}}</p>{{/STOPPED}}
{{#TROUBLE}}<p class="notice {{TROUBLE_TONE}}">{{TROUBLE}}</p>{{/TROUBLE}}
<dl class="facts">
<div><dt>How it works</dt><dd>{{MODE}}</dd></div>
<div><dt>Connector</dt><dd>{{CONNECTOR}}{{#FOR_SHOP}} <span class="soft">for shop {{FOR_SHOP}}</span>{{/FOR_SHOP}}</dd></div>
<div><dt>Requests</dt><dd>{{WAITING}} waiting, {{IN_FLIGHT}} under way{{#HELD}}<br>{{TEXT}}{{/HELD}}</dd></div>
{{#PAYMENT}}<div><dt>Paid out today (UTC)</dt><dd><strong>{{SPENT}}</strong> of {{DAILY_CAP}}</dd></div>
<div><dt>At most with one call</dt><dd>{{CALL_CAP}}</dd></div>
{{#ABOVE}}<div><dt>One person more above</dt><dd>{{ABOVE}}</dd></div>{{/ABOVE}}{{/PAYMENT}}
</dl>
{{#ROLL_CALL}}<p><strong>Roll-call</strong> <span class="soft"><time datetime="{{AT_ISO}}">{{AT}}</time></span></p>
<ul>
{{#ROWS}}<li>{{TEXT}}</li>
{{/ROWS}}</ul>{{/ROLL_CALL}}
{{#CODES}}<details class="codes"><summary>{{TITLE}}, seen in the last 30 days</summary>
{{#SHOWN}}<p class="soft">The {{SHOWN}} most wait for.</p>{{/SHOWN}}
<ul>
{{#ROWS}}<li><strong>{{CODE}}</strong>: {{WHERE}}<br><span class="soft">{{OFTEN}}{{#EXAMPLE}}; such as <a href="{{HREF}}">order {{ORDER}}</a>{{/EXAMPLE}}</span></li>
{{/ROWS}}
</ul>
<p class="soft">Whoever runs this gateway adds codes to the connection’s settings and starts it again, and words for a status to the connector’s mapping and reloads it; what waits goes on by itself.</p>
</details>{{/CODES}}
{{#TELLS}}<details class="codes"><summary>{{TITLE}}</summary>
<ul>
{{#TOLD}}<li>{{TEXT}}</li>
{{/TOLD}}</ul>
{{#UNTOLD}}<p><strong>Never told</strong></p>
<ul>
{{#ROWS}}<li>{{TEXT}}</li>
{{/ROWS}}</ul>{{/UNTOLD}}
{{#TIMERS}}<p><strong>Times that run out even when all is well</strong></p>
<ul>
{{#ROWS}}<li>{{TEXT}}</li>
{{/ROWS}}</ul>{{/TIMERS}}
{{#FURTHER}}<p><strong>Good to know</strong></p>
<ul>
{{#ROWS}}<li>{{TEXT}}</li>
{{/ROWS}}</ul>{{/FURTHER}}
</details>{{/TELLS}}
{{#FORMS}}<div class="actions">
<details class="action"><summary>Change how it works</summary>
<form class="stack" method="post" action="{{PATH}}/mode">
<input type="hidden" name="csrf" value="{{CSRF}}">
<fieldset><legend>{{NAME}} shall</legend>
<label class="choice"><input type="radio" name="mode" value="observe" required{{#OBSERVES}} checked{{/OBSERVES}}> <span>observe: nothing is sent</span></label>
<label class="choice"><input type="radio" name="mode" value="ask"{{#ASKS}} checked{{/ASKS}}> <span>ask first: a person approves each request</span></label>
<label class="choice"><input type="radio" name="mode" value="act"{{#ACTS}} checked{{/ACTS}}> <span>act: requests are sent by themselves</span></label>
</fieldset>
{{#ACT_LETS_GO}}<p class="notice wait">If it acts, this goes out at once: {{ACT_LETS_GO}}.</p>{{/ACT_LETS_GO}}
<label for="why-mode-{{INDEX}}">Reason, for those who ask later</label>
<input id="why-mode-{{INDEX}}" name="reason" maxlength="400" autocomplete="off" required>
<button type="submit">Change it</button>
</form></details>
{{#STOP}}<details class="action danger"><summary>Stop {{NAME}}</summary>
<form class="stack" method="post" action="{{PATH}}/stop">
<input type="hidden" name="csrf" value="{{CSRF}}">
<p>The kill switch. From that moment nothing more is sent to this partner; what is under way ends, what comes waits. It stays so until somebody lets it go on.</p>
<label for="why-stop-{{INDEX}}">Reason, for those who ask later</label>
<input id="why-stop-{{INDEX}}" name="reason" maxlength="400" autocomplete="off" required>
<button class="stop" type="submit">Stop it now</button>
</form></details>{{/STOP}}
{{#RESUME}}<details class="action"><summary>Let {{NAME}} go on</summary>
<form class="stack" method="post" action="{{PATH}}/resume">
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#LETS_GO}}<p class="notice wait">This goes out at once: {{LETS_GO}}.</p>{{/LETS_GO}}
<label for="why-resume-{{INDEX}}">Reason, for those who ask later</label>
<input id="why-resume-{{INDEX}}" name="reason" maxlength="400" autocomplete="off" required>
<button type="submit">Let it go on</button>
</form></details>{{/RESUME}}
</div>{{/FORMS}}
</section>
{{/ITEMS}}
{{#DETAIL}}<section aria-labelledby="waits">
<h2 id="waits">What waits</h2>
{{#NOTHING_WAITS}}<div class="card"><p>Nothing waits to be sent here.</p></div>{{/NOTHING_WAITS}}
{{#FILTER}}<form class="card filter" method="get" action="{{PATH}}">
<div><label for="order">Order</label>
<input id="order" name="order" value="{{ORDER}}" maxlength="254" autocomplete="off" spellcheck="false"></div>
<div><label for="operation">Request</label>
<select id="operation" name="operation"><option value="">any</option>{{#OPERATIONS}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{WORDS}}</option>{{/OPERATIONS}}</select></div>
<div><label for="amount">Amount up to</label>
<input id="amount" name="amount" value="{{AMOUNT}}" inputmode="decimal" autocomplete="off"{{#WRONG}} aria-invalid="true" aria-describedby="amount-wrong"{{/WRONG}}></div>
<div><label for="currency">Currency</label>
<select id="currency" name="currency"><option value="">any</option>{{#CURRENCIES}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{WORDS}}</option>{{/CURRENCIES}}</select></div>
<div><button type="submit">Show these</button>{{#FILTERED}} <a class="quiet" href="{{PATH}}">Show all</a>{{/FILTERED}}</div>
{{#WRONG}}<p class="notice bad" id="amount-wrong" role="alert">{{WRONG}}</p>{{/WRONG}}
</form>{{/FILTER}}
{{#NOTHING_FITS}}<div class="card"><p>Nothing that waits fits.</p></div>{{/NOTHING_FITS}}
{{#FOUND}}<p role="status">{{FOUND}}.{{#SHOWN}} <span class="soft">Shown: {{SHOWN}}.</span>{{/SHOWN}}</p>{{/FOUND}}
{{#ALL}}<details class="action card"><summary>Approve all {{COUNT}} that wait for approval{{#ONLY_ORDER}} of order {{ONLY_ORDER}}{{/ONLY_ORDER}}</summary>
<form class="stack" method="post" action="{{PATH}}/approve">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="count" value="{{COUNT}}">
<input type="hidden" name="operation" value="{{OPERATION}}">
<input type="hidden" name="shop" value="{{ONLY_SHOP}}">
<input type="hidden" name="order" value="{{ONLY_ORDER}}">
<input type="hidden" name="currency" value="{{ONLY_CURRENCY}}">
<input type="hidden" name="amount" value="{{ONLY_AMOUNT}}">
<p>Your word is given for {{LOT}}{{#FIRST}}, the first {{FIRST}} of {{COUNT}}{{/FIRST}}.{{#SAID_BEFORE}} {{SAID_BEFORE}}{{/SAID_BEFORE}}{{#OWN_DOING}} {{OWN_DOING}}{{/OWN_DOING}}</p>
<button type="submit">Approve {{LOT}}</button>
</form></details>{{/ALL}}
<ol class="waiting">
{{#ROWS}}<li class="card">
<p><a class="big" href="{{HREF}}">Order {{ORDER}}{{#RETURN}}, return {{RETURN}}{{/RETURN}}</a> <span class="soft">shop {{SHOP}}</span></p>
<p>{{#AMOUNT}}<strong>{{AMOUNT}}</strong>, {{/AMOUNT}}{{OPERATION}}<br><span class="soft">{{WHY}}</span>{{#APPROVED}}<br><span class="soft">{{APPROVED}}</span>{{/APPROVED}}</p>
{{#OPEN}}<form method="post" action="{{PATH}}/approve">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="shop" value="{{SHOP}}">
<input type="hidden" name="order" value="{{ORDER}}">
<input type="hidden" name="number" value="{{NUMBER}}">
<button type="submit" aria-label="Approve: {{OPERATION}} {{AMOUNT}} of order {{ORDER}}">Approve</button>
</form>{{/OPEN}}{{#SAID}}<p class="soft">You have approved it; another person has to as well.</p>{{/SAID}}{{#NOT_YOURS}}<p class="refused"><strong>Approve</strong><br>Not by you: {{NOT_YOURS}}.</p>{{/NOT_YOURS}}
</li>
{{/ROWS}}
</ol>
{{#NEXT}}<p><a class="button" href="{{NEXT}}">More</a></p>{{/NEXT}}
</section>
<section aria-labelledby="history">
<h2 id="history">Who set it, and why</h2>
{{#NO_HISTORY}}<p class="soft">Nobody has changed anything yet.</p>{{/NO_HISTORY}}
{{#CUT}}<p class="soft">Only the newest {{CUT}}.</p>{{/CUT}}
<ol class="history">
{{#HISTORY}}<li><p class="when"><time datetime="{{AT_ISO}}">{{AT}}</time></p>
<p><strong>{{AFTER}}</strong>{{#BEFORE}}, before: {{BEFORE}}{{/BEFORE}} <span class="soft">by {{BY}}</span><br>{{WHY}}</p></li>
{{/HISTORY}}
</ol>
</section>{{/DETAIL}}
