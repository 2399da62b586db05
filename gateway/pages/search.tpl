{{%AUTOESCAPE context="HTML"}}<h1>Find a return</h1>
<form class="search" role="search" method="get" action="/">
<label for="q">Order, return, tracking number, reference, mail or phone</label>
<div class="row">
<input id="q" name="q" type="search" value="{{Q}}" maxlength="254" autocomplete="off" spellcheck="false" required{{#FRESH}} autofocus{{/FRESH}}>
<button type="submit">Search</button>
</div>
</form>
{{#ASKED}}<h2 role="status">{{COUNT}}</h2>
{{#EMPTY}}<div class="card"><p>Nothing fits “{{Q}}” exactly.</p>
<ul>
<li>Numbers and references must be complete; capitals count.</li>
<li>A mail address or phone number is found as the shop has sent it.</li>
<li>An order the shop has not told us about yet cannot be found.</li>
</ul></div>{{/EMPTY}}
<ol class="found">
{{#FOUND}}<li class="card"><a class="big" href="{{HREF}}">Order {{ORDER}}</a> <span class="soft">shop {{SHOP}}</span>
{{#RETURNS}}<p>Return {{RETURN}} <span class="chip {{TONE}}">{{STATUS}}</span><br><strong>{{AMOUNT}}</strong>{{#WHY_NOT}}. {{WHY_NOT}}{{/WHY_NOT}} <span class="soft">Who must act: {{OWNER}}</span></p>{{/RETURNS}}
{{#NO_RETURNS}}<p class="soft">Nothing has come back from this order.</p>{{/NO_RETURNS}}</li>
{{/FOUND}}
</ol>
{{#NEXT}}<p><a class="button" href="{{NEXT}}">More</a></p>{{/NEXT}}{{/ASKED}}
{{#FRESH}}<div class="card"><p>One box for everything a customer can read out to you. The case says where the parcel and the money are, why the money is not there yet, who must act and by when.</p></div>{{/FRESH}}
