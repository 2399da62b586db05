{{%AUTOESCAPE context="HTML"}}<h1>Standing still</h1>
<p class="soft" role="status">{{COUNT}}{{#FILLING}} The list is still being put together after a start.{{/FILLING}}</p>
{{#EMPTY}}<div class="card"><p>Nothing stands still. Every open return waits for somebody, and nobody is late.</p></div>{{/EMPTY}}
<ol class="stalls">
{{#STALLS}}<li class="card">
<h2><a href="{{HREF}}">{{TITLE}}</a></h2>
<dl class="facts figures">
<div><dt>What</dt><dd>{{WHAT}}{{#CODE}} <code>{{CODE}}</code>{{/CODE}}</dd></div>
<div><dt>Since</dt><dd><strong>{{SINCE_SPAN}}</strong><br><time class="soft" datetime="{{SINCE_ISO}}">{{SINCE}}</time></dd></div>
<div><dt>Who must act</dt><dd>{{OWNER}}</dd></div>
{{#AMOUNT}}<div><dt>Money waiting</dt><dd>{{AMOUNT}}</dd></div>{{/AMOUNT}}
{{#LEGAL}}<div><dt>Legal date</dt><dd{{#LATE}} class="late"{{/LATE}}>{{#LATE}}missed {{/LATE}}{{LEGAL_SPAN}}<br><time class="soft" datetime="{{LEGAL_ISO}}">{{LEGAL}}</time></dd></div>{{/LEGAL}}
<div><dt>Ticket</dt><dd>{{TICKET}}</dd></div>
</dl></li>
{{/STALLS}}
</ol>
{{#NEXT}}<p><a class="button" href="{{NEXT}}">More</a></p>{{/NEXT}}
