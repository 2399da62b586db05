{{%AUTOESCAPE context="HTML"}}<h1>Refunds on {{DATE}}</h1>
<p class="soft" role="status">What was paid and taken back on that day, and what stood at its end.{{#BEHIND}} The newest events are still being added up.{{/BEHIND}}</p>
<form class="search" method="get" action="/finance">
<label for="date">Day</label>
<div class="row">
<input id="date" name="date" type="date" value="{{DATE}}" required>
<button type="submit">Show</button>
</div>
</form>
<p><a class="button" href="/finance?date={{BEFORE}}">Day before</a> <a class="button" href="/finance?date={{AFTER}}">Day after</a> <a class="button" href="/finance">Today</a></p>
<p><a href="/finance.csv?date={{DATE}}">These sums as CSV</a></p>
{{#EMPTY}}<div class="card"><p>Until that day no refund was owed or paid.</p></div>{{/EMPTY}}
{{#BOOKS}}<section class="card">
<h2>{{CURRENCY}}, shop {{SHOP}}</h2>
<p class="soft">Days in the time zone {{ZONE}}.</p>
<dl class="facts figures">
{{#SUMS}}<div><dt>{{NAME}}</dt><dd{{#BAD}} class="late"{{/BAD}}><strong>{{AMOUNT}}</strong><br><span class="soft">{{REFUNDS}}</span></dd></div>
{{/SUMS}}</dl>
</section>
{{/BOOKS}}
{{#FILLING}}<p class="soft" role="status">The lists below are still being put together after a start.</p>{{/FILLING}}
{{#SECTIONS}}<section aria-labelledby="{{ID}}">
<h2 id="{{ID}}">{{HEADING}}</h2>
{{#NONE}}<p class="soft">{{NONE}}</p>{{/NONE}}
<ol class="stalls">
{{#ROWS}}<li class="card">
<h3 class="plain"><a href="{{HREF}}">{{TITLE}}</a></h3>
<dl class="facts figures">
<div><dt>Amount</dt><dd><strong>{{AMOUNT}}</strong></dd></div>
<div><dt>Stands at</dt><dd>{{STATE}}, shop {{SHOP}}</dd></div>
<div><dt>Since</dt><dd>{{SINCE_SPAN}}<br><time class="soft" datetime="{{SINCE_ISO}}">{{SINCE}}</time></dd></div>
{{#LEGAL}}<div><dt>Legal date</dt><dd{{#LATE}} class="late"{{/LATE}}>{{#LATE}}missed {{/LATE}}{{LEGAL_SPAN}}<br><time class="soft" datetime="{{LEGAL_ISO}}">{{LEGAL}}</time></dd></div>{{/LEGAL}}
</dl></li>
{{/ROWS}}</ol>
{{#MORE}}<p class="soft">The first 50 are shown; <code>backhaul ledger export</code> lists all.</p>{{/MORE}}
</section>
{{/SECTIONS}}
{{#NOT_LISTED}}<p class="soft">{{NOT_LISTED}} more were not listed for want of room (limits.money_listed_max); they are in the sums.</p>{{/NOT_LISTED}}
