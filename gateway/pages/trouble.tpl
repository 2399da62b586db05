{{%AUTOESCAPE context="HTML"}}<h1>{{HEADING}}</h1>
<div class="card"><p>{{DETAIL}}</p>
<p class="soft">Code {{STATUS}}{{#CODE}}, {{CODE}}{{/CODE}}{{#TRACE}}, trace {{TRACE}}{{/TRACE}}</p></div>
<p><a class="button" href="/">Back to the search</a></p>
