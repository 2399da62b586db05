{{%AUTOESCAPE context="HTML"}}<h1>Sign in</h1>
{{#WRONG}}<p class="notice bad" role="alert">{{WRONG}}</p>{{/WRONG}}
<form class="card stack" method="post" action="/signin">
<input type="hidden" name="next" value="{{NEXT}}">
<label for="key">Your API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" autocapitalize="off" required autofocus aria-describedby="key-hint">
<p class="hint" id="key-hint">It starts with <code>bhk_</code>. Pasting is fine. Whoever runs this gateway gives it to you.</p>
<button type="submit">Sign in</button>
</form>
