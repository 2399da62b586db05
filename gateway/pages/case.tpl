{{%AUTOESCAPE context="HTML"}}<h1>Order {{ORDER}}</h1>
<p class="soft">Shop {{SHOP}}{{#PLACED}}, placed {{PLACED}}{{/PLACED}}{{#DELIVERED}}, delivered {{DELIVERED}}{{/DELIVERED}}{{#CANCELLED}}, cancelled by the shop{{/CANCELLED}}</p>
{{#TOLD}}<p class="notice {{TONE}}" role="status" id="told">{{TEXT}}</p>{{/TOLD}}
{{#FROZEN}}<p class="notice bad">This case is frozen until an operator has looked at it: {{FROZEN}}. {{WAITING}}</p>{{/FROZEN}}
{{#SHELL}}<p class="notice wait">The shop has not told us about this order yet, and must act. {{WAITING}}{{#FOLDED}} It shares a ticket with all others of the shop: <a href="{{FOLDED_PATH}}">orders that are missing</a>.{{/FOLDED}}</p>{{/SHELL}}
{{#MISSING}}<p class="notice wait">{{COUNT}} of this shop have not been told to us: {{NAMED}}. What has come about them is kept until they come, or are imported. One ticket speaks for all of them.</p>{{/MISSING}}
{{#CASE_TICKETS}}<p>Open ticket: {{REFERENCE}}{{#OPENED}} <span class="soft">since <time datetime="{{OPENED_ISO}}">{{OPENED}}</time></span>{{/OPENED}}{{#CAUSE}} <span class="soft">{{CAUSE}}</span>{{/CAUSE}}</p>{{/CASE_TICKETS}}
{{#CONTESTED}}<p class="notice bad">A refund and a chargeback may both have been paid.</p>{{/CONTESTED}}
{{#CASE_HOLDS}}<p class="notice wait">{{TEXT}} <a href="{{HREF}}">See connection {{ON}}</a></p>{{/CASE_HOLDS}}
{{#NO_RETURNS}}<div class="card"><p>Nothing has come back from this order, and no refund is due.</p></div>{{/NO_RETURNS}}
{{#RETURNS}}<section class="card" aria-labelledby="return-{{INDEX}}">
<h2 id="return-{{INDEX}}">Return {{RETURN}} <span class="chip {{TONE}}">{{STATUS}}</span></h2>
<dl class="answer">
<div><dt>Refund</dt><dd><strong>{{AMOUNT}}</strong>{{#MONEY}}<br>{{MONEY}}{{/MONEY}}</dd></div>
{{#WHY_NOT}}<div><dt>Why it is not paid yet</dt><dd>{{WHY_NOT}}</dd></div>{{/WHY_NOT}}
{{#NEXT_AT}}<div><dt>What next, and when</dt><dd><strong>{{NEXT_AT_SPAN}}</strong>{{#NEXT}}<br>{{NEXT}}{{/NEXT}}<br><time class="soft" datetime="{{NEXT_AT_ISO}}">{{NEXT_AT}}</time></dd></div>{{/NEXT_AT}}
<div><dt>Who must act</dt><dd><strong>{{OWNER}}</strong>{{#ACTION}}<br>{{ACTION}}{{/ACTION}}</dd></div>
</dl>
{{#HOLDS}}<p class="notice wait">{{TEXT}} <a href="{{HREF}}">See connection {{ON}}</a></p>{{/HOLDS}}
<p class="sentence"><span class="soft">To tell the customer</span><br>“{{HEADLINE}}”</p>
<dl class="facts">
{{#LEGAL}}<div><dt>The law wants it paid by</dt><dd{{#LATE}} class="late"{{/LATE}}><time datetime="{{LEGAL_ISO}}">{{LEGAL}}</time>, {{LEGAL_SPAN}}</dd></div>{{/LEGAL}}
{{#TRACKING}}<div><dt>Tracking</dt><dd>{{TRACKING}}{{#CARRIER}} ({{CARRIER}}){{/CARRIER}}</dd></div>{{/TRACKING}}
{{#LABEL_URL}}<div><dt>Label</dt><dd><a href="{{LABEL_URL}}" rel="noreferrer">Open the label</a></dd></div>{{/LABEL_URL}}
{{#PARTNER_STATUS}}<div><dt>Partner’s last word</dt><dd>{{PARTNER_STATUS}}{{#CONNECTION}} ({{CONNECTION}}){{/CONNECTION}}</dd></div>{{/PARTNER_STATUS}}
{{#TICKETS}}<div><dt>Open ticket</dt><dd>{{REFERENCE}}{{#OPENED}}<br><span class="soft">since <time datetime="{{OPENED_ISO}}">{{OPENED}}</time></span>{{/OPENED}}{{#CAUSE}}<br><span class="soft">{{CAUSE}}</span>{{/CAUSE}}</dd></div>{{/TICKETS}}
{{#CLOSED_TICKETS}}<div><dt>Closed tickets</dt><dd>{{CLOSED_TICKETS}}</dd></div>{{/CLOSED_TICKETS}}
</dl>
<div class="lanes">
<div><h3>Goods</h3>
<ul class="things">{{#SLICES}}<li><strong>{{ITEM}}</strong> {{STATE}} <span class="soft">since <time datetime="{{SINCE_ISO}}">{{SINCE}}</time>, {{SINCE_SPAN}}</span>{{#STALLED}} <span class="chip bad">stands still</span>{{/STALLED}}{{#CODE}} <code>{{CODE}}</code>{{/CODE}}</li>{{/SLICES}}</ul></div>
<div><h3>Money</h3>
{{#NO_REFUNDS}}<p class="soft">No movement of money yet.</p>{{/NO_REFUNDS}}
<ul class="things">{{#REFUNDS}}<li><strong>{{AMOUNT}}</strong> {{STATE}} <span class="soft">since <time datetime="{{SINCE_ISO}}">{{SINCE}}</time>, {{SINCE_SPAN}}</span>{{#STALLED}} <span class="chip bad">stands still</span>{{/STALLED}}{{#CODE}} <code>{{CODE}}</code>{{/CODE}}{{#REFERENCE}}<br><span class="soft">reference {{REFERENCE}}</span>{{/REFERENCE}}{{#THEIRS}}<br><span class="soft">at the provider {{THEIRS}}</span>{{/THEIRS}}</li>{{/REFUNDS}}</ul></div>
</div>
{{#HAS_ACCOUNT}}<details class="more"><summary>How the amount comes about</summary>
<dl class="sums">{{#ACCOUNT}}<div><dt>{{TEXT}}</dt><dd>{{AMOUNT}}</dd></div>{{/ACCOUNT}}</dl></details>{{/HAS_ACCOUNT}}
{{#WHOSE}}<details class="more"{{#EXPECTED}} open{{/EXPECTED}}><summary>Whose days were used</summary>
{{#EXPECTED}}<p class="notice wait">At the usual pace the money is on its way on {{EXPECTED}}: later than the law wants.</p>{{/EXPECTED}}
<dl class="sums">{{#SPENT}}<div><dt>{{WHO}}</dt><dd>{{DAYS}} days</dd></div>{{/SPENT}}</dl>
{{#SOURCE}}<p class="soft">The rule: {{SOURCE}}</p>{{/SOURCE}}</details>{{/WHOSE}}
{{#MAY_ACT}}<h3>Actions</h3>
{{#NO_OFFERS}}<p class="soft">Nothing for you to do right now.</p>{{/NO_OFFERS}}
<div class="actions">
{{#OFFERS}}<details class="action"><summary>{{LABEL}}{{#ABOUT}} <span class="soft">{{ABOUT}}</span>{{/ABOUT}}</summary>
<form class="stack" method="post" action="{{POST}}">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="once" value="{{ONCE}}">
<input type="hidden" name="return" value="{{RETURN}}">
<input type="hidden" name="action" value="{{NAME}}">
<input type="hidden" name="subject" value="{{SUBJECT}}">
<input type="hidden" name="version" value="{{CASE_VERSION}}">
<label for="reason-{{ID}}">Reason, for the timeline</label>
<input id="reason-{{ID}}" name="reason" maxlength="500" autocomplete="off">
{{#WANTS_AMOUNT}}<label for="amount-{{ID}}">Amount we keep, in {{CURRENCY}}</label>
<input id="amount-{{ID}}" name="amount" inputmode="decimal" autocomplete="off" pattern="[0-9]+([.][0-9]+)?" required>{{/WANTS_AMOUNT}}
{{#SECOND}}<label for="second-{{ID}}">API key of a second person who agrees</label>
<input id="second-{{ID}}" name="second" type="password" autocomplete="off" required>{{/SECOND}}
<button type="submit">{{LABEL}}</button>
</form></details>{{/OFFERS}}
{{#REFUSED}}<p class="refused"><strong>{{LABEL}}</strong>{{#ABOUT}} {{ABOUT}}{{/ABOUT}}<br>Not now: {{WHY}}.</p>{{/REFUSED}}
</div>{{/MAY_ACT}}
</section>
{{/RETURNS}}
<section aria-labelledby="timeline">
<h2 id="timeline">What happened</h2>
<p class="soft">Newest first.{{#CUT}} Only the newest {{CUT}} events.{{/CUT}}</p>
<p class="legend" aria-hidden="true"><span>Goods</span><span>Money</span></p>
<ol class="timeline">
{{#TIMELINE}}<li class="{{LANE_CLASS}}">
<p class="when"><time datetime="{{AT_ISO}}">{{AT}}</time> <span class="lane">{{LANE}}</span></p>
<p class="what">{{WHAT}}</p>
<div class="moves">
<div class="goods">{{#GOODS_MOVES}}<p class="move">{{TEXT}}{{#CODE}} <code>{{CODE}}</code>{{/CODE}}</p>{{/GOODS_MOVES}}</div>
<div class="money">{{#MONEY_MOVES}}<p class="move">{{TEXT}}{{#CODE}} <code>{{CODE}}</code>{{/CODE}}</p>{{/MONEY_MOVES}}</div>
</div>
<p class="soft">{{SOURCE}}{{#VERDICT}}; {{VERDICT}}{{/VERDICT}}{{#REASON}}: {{REASON}}{{/REASON}}</p>
</li>
{{/TIMELINE}}
</ol>
</section>
