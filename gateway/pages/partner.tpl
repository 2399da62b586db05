{{%AUTOESCAPE context="HTML"}}<h1>{{HEADING}}</h1>
{{#SEVERAL}}<nav class="soft" aria-label="Connections">{{#OTHERS}}<a class="quiet" href="{{HREF}}"{{#CURRENT}} aria-current="page"{{/CURRENT}}>{{NAME}}</a> {{/OTHERS}}</nav>{{/SEVERAL}}
{{#TOLD}}<div class="notice {{TONE}}" role="status" id="told">{{#LINES}}<p>{{TEXT}}</p>{{/LINES}}</div>{{/TOLD}}
<section class="card" aria-labelledby="summary">
<h2 id="summary">What we got from you{{#SINCE}}, since {{SINCE}}{{/SINCE}}</h2>
{{#NOTHING_YET}}<p>Nothing yet. Your callbacks go to <code>{{CALLBACK_URL}}</code>.</p>{{/NOTHING_YET}}
{{#FIGURES}}<dl class="facts">
<div><dt>Accepted</dt><dd><strong>{{ACCEPTED}}</strong> of {{ALL}}</dd></div>
<div><dt>Sent more than once</dt><dd>{{REPEATED}}{{#REPEATED_PERCENT}} ({{REPEATED_PERCENT}} %){{/REPEATED_PERCENT}}</dd></div>
<div><dt>Kept for a person, or until a return is known</dt><dd>{{PARKED}}</dd></div>
<div><dt>Refused</dt><dd{{#SOME_REFUSED}} class="late"{{/SOME_REFUSED}}>{{REFUSED}}</dd></div>
<div><dt>Your clock against ours</dt><dd>{{SKEW}}</dd></div>
<div><dt>Time until our receipt</dt><dd>{{LATENCY}}</dd></div>
</dl>
{{#REASONS}}<ul>{{#ROWS}}<li><strong>{{COUNT}}</strong> × {{TEXT}}</li>{{/ROWS}}</ul>{{/REASONS}}{{/FIGURES}}
</section>
<section class="apart" aria-labelledby="waits">
<h2 id="waits">What we still wait for from you{{#WAIT_COUNT}}: {{WAIT_COUNT}}{{/WAIT_COUNT}}</h2>
{{#FILLING}}<p class="soft" role="status">The list is still being put together after a start.</p>{{/FILLING}}
{{#NO_WAITS}}<div class="card"><p>Nothing. Every return that is with you has been told of.</p></div>{{/NO_WAITS}}
{{#WAITS}}<form method="post" action="/partner">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="connection" value="{{CONNECTION}}">
<p class="soft">The longest first. Answer as many as you like, then send them together at the end. How many were received goes with “Opened”, how many are good and not good with “Inspected”; all are totals so far.</p>
<ol class="waiting">
{{#ROWS}}<li class="card">
<h3 class="plain">Return {{RETURN}} <span class="soft">of order {{ORDER}}</span>{{#LATE}} <span class="chip bad">late</span>{{/LATE}}</h3>
<p>{{AWAITS}}, <strong>{{SINCE_SPAN}}</strong> <time class="soft" datetime="{{SINCE_ISO}}">{{SINCE}}</time>{{#DUE}}<br><span class="soft">We wait until <time datetime="{{DUE_ISO}}">{{DUE}}</time></span>{{/DUE}}{{#REFERENCE}}<br><span class="soft">Your number {{REFERENCE}}</span>{{/REFERENCE}}{{#TRACKING}}<br><span class="soft">Parcel {{TRACKING}}</span>{{/TRACKING}}{{#LAST_WORD}}<br><span class="soft">You said last: {{LAST_WORD}}</span>{{/LAST_WORD}}</p>
{{#ANSWER}}<input type="hidden" name="return_{{INDEX}}" value="{{RETURN}}">
<input type="hidden" name="shop_{{INDEX}}" value="{{SHOP}}">
<div class="filter">
<div><label for="answer-{{INDEX}}">Your answer<span class="unseen"> for return {{RETURN}}</span></label>
<select id="answer-{{INDEX}}" name="answer_{{INDEX}}"><option value="">none yet</option>{{#WORDS}}<option value="{{VALUE}}">{{LABEL}}</option>{{/WORDS}}</select></div>
{{#LINES}}<input type="hidden" name="line_{{INDEX}}_{{AT}}" value="{{LINE}}">
{{#OPENS}}<div><label for="received-{{INDEX}}-{{AT}}">{{GOODS}}: received</label>
<input id="received-{{INDEX}}-{{AT}}" name="received_{{INDEX}}_{{AT}}" inputmode="numeric" pattern="[0-9]*" maxlength="6" autocomplete="off" placeholder="all {{QUANTITY}}"></div>{{/OPENS}}
<div><label for="good-{{INDEX}}-{{AT}}">{{GOODS}}: good</label>
<input id="good-{{INDEX}}-{{AT}}" name="good_{{INDEX}}_{{AT}}" inputmode="numeric" pattern="[0-9]*" maxlength="6" autocomplete="off"></div>
<div><label for="bad-{{INDEX}}-{{AT}}">{{GOODS}}: not good</label>
<input id="bad-{{INDEX}}-{{AT}}" name="bad_{{INDEX}}_{{AT}}" inputmode="numeric" pattern="[0-9]*" maxlength="6" autocomplete="off"></div>{{/LINES}}
</div>{{/ANSWER}}
</li>
{{/ROWS}}
</ol>
{{#MAY_ANSWER}}<p><button type="submit">Send these answers</button></p>{{/MAY_ANSWER}}
</form>{{/WAITS}}
{{#NEXT_WAITS}}<p><a class="button" href="{{NEXT_WAITS}}">More that we wait for</a></p>{{/NEXT_WAITS}}
</section>
<section class="apart" aria-labelledby="deliveries">
<h2 id="deliveries">Your callbacks, the newest first</h2>
<p><a class="quiet" href="{{HREF_ALL}}"{{#SHOWS_ALL}} aria-current="true"{{/SHOWS_ALL}}>All</a> <a class="quiet" href="{{HREF_WRONG}}"{{#SHOWS_WRONG}} aria-current="true"{{/SHOWS_WRONG}}>Only what went wrong</a></p>
{{#NO_DELIVERIES}}<div class="card"><p>None.</p></div>{{/NO_DELIVERIES}}
<ol class="history">
{{#DELIVERIES}}<li><p class="when"><time datetime="{{AT_ISO}}">{{AT}}</time></p>
<p><span class="chip {{TONE}}">{{OUTCOME}}</span> {{#MESSAGE}}message <strong>{{MESSAGE}}</strong>{{/MESSAGE}}{{#NO_MESSAGE}}without a message id{{/NO_MESSAGE}} <span class="soft">{{BYTES}} bytes{{#SKEW}}; {{SKEW}}{{/SKEW}}{{#LATENCY}}; receipt after {{LATENCY}}{{/LATENCY}}</span></p>
{{#WHY}}<p>{{WHY}}{{#DETAIL}} <span class="soft">{{DETAIL}}</span>{{/DETAIL}}</p>{{/WHY}}
{{#RECEIPTS}}<p>{{TEXT}} <span class="soft">receipt {{JOURNAL}}</span></p>{{/RECEIPTS}}</li>
{{/DELIVERIES}}
</ol>
{{#NEXT_DELIVERIES}}<p><a class="button" href="{{NEXT_DELIVERIES}}">Older callbacks</a></p>{{/NEXT_DELIVERIES}}
</section>
<section class="card" aria-labelledby="keys">
<h2 id="keys">Keys your callbacks are signed with</h2>
{{#NO_KEYS}}<p>None: your callbacks carry an API key of this gateway.</p>{{/NO_KEYS}}
{{#SOME_KEYS}}<ul class="things">{{#KEYS}}<li><strong>{{MARK}}</strong> <span class="soft">{{#USED}}last used <time datetime="{{USED_ISO}}">{{USED}}</time>{{/USED}}{{#UNUSED}}not used yet{{/UNUSED}}</span></li>{{/KEYS}}</ul>
<p class="soft">Each is named by the first eight digits of its SHA-256; the key itself is never shown. To change a key, ask whoever runs this gateway to add the new one: both are taken until the old one is ended, and none is lost.</p>{{/SOME_KEYS}}
</section>
