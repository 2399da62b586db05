{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE}} – Backhaul</title>
<link rel="stylesheet" href="/assets/backhaul.css">
<link rel="icon" href="/assets/backhaul.svg" type="image/svg+xml">
<script src="/assets/refresh.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="inner">
<a class="name" href="/">Backhaul</a>
{{#SIGNED_IN}}{{#STAFF}}<nav aria-label="Pages">
<a href="/"{{#AT_SEARCH}} aria-current="page"{{/AT_SEARCH}}>Search</a>
<a href="/stalls"{{#AT_STALLS}} aria-current="page"{{/AT_STALLS}}>Standing still{{#STALL_COUNT}} <span class="count">{{STALL_COUNT}}</span>{{/STALL_COUNT}}</a>
{{#MONEY_KEPT}}<a href="/finance"{{#AT_FINANCE}} aria-current="page"{{/AT_FINANCE}}>Finance</a>
{{/MONEY_KEPT}}<a href="/connections"{{#AT_CONNECTIONS}} aria-current="page"{{/AT_CONNECTIONS}}>Connections</a>
</nav>
{{/STAFF}}<form class="out" method="post" action="/signout">
<input type="hidden" name="csrf" value="{{CSRF}}">
<span class="who">{{WHO}}, {{ROLE}}</span>
<button class="quiet" type="submit">Sign out</button>
</form>{{/SIGNED_IN}}
</div>
</header>
<main id="main" tabindex="-1"{{#VERSION}} data-version="{{VERSION}}"{{/VERSION}}>
{{>BODY}}
</main>
<footer class="foot"><p>All times are UTC unless they name another zone. Page as of <time datetime="{{NOW_ISO}}">{{NOW}}</time>.</p></footer>
</body>
</html>
