{{%AUTOESCAPE context="HTML"}}<article class="guide">
{{#BLOCK}}{{#TITLE_TEXT}}<h1>{{TITLE_TEXT}}</h1>
{{/TITLE_TEXT}}{{#HEADING}}<h2>{{HEADING}}</h2>
{{/HEADING}}{{#TEXT}}<p>{{#SPAN}}{{#WORDS}}{{WORDS}}{{/WORDS}}{{#LITERAL}}<code>{{LITERAL}}</code>{{/LITERAL}}{{/SPAN}}</p>
{{/TEXT}}{{#ITEMS}}<ul>
{{#ITEM}}<li>{{#SPAN}}{{#WORDS}}{{WORDS}}{{/WORDS}}{{#LITERAL}}<code>{{LITERAL}}</code>{{/LITERAL}}{{/SPAN}}</li>
{{/ITEM}}</ul>
{{/ITEMS}}{{#COMMANDS}}<pre tabindex="0" role="group" aria-label="{{LABEL}}"><code>{{LINES:pre_escape}}</code></pre>
{{/COMMANDS}}{{#TABLE}}<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>
<thead><tr>{{#HEAD}}<th scope="col">{{#SPAN}}{{#WORDS}}{{WORDS}}{{/WORDS}}{{#LITERAL}}<code>{{LITERAL}}</code>{{/LITERAL}}{{/SPAN}}</th>{{/HEAD}}</tr></thead>
<tbody>
{{#ROW}}<tr>{{#CELL}}<td>{{#SPAN}}{{#WORDS}}{{WORDS}}{{/WORDS}}{{#LITERAL}}<code>{{LITERAL}}</code>{{/LITERAL}}{{/SPAN}}</td>{{/CELL}}</tr>
{{/ROW}}</tbody>
</table></div>
{{/TABLE}}{{/BLOCK}}</article>
