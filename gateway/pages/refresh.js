// Brings the page up to date while somebody looks at it. Everything works without.
(function () {
  'use strict';
  var main = document.querySelector('main[data-version]');
  if (!main || !window.fetch || !window.DOMParser) return;

  // Nothing is taken from under somebody's hands.
  function inUse() {
    return document.hidden || main.querySelector('details[open]') !== null ||
        (document.activeElement !== main && main.contains(document.activeElement));
  }

  function update() {
    if (inUse()) return;
    fetch(location.href, {credentials: 'same-origin'}).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.text() : '';
    }).then(function (text) {
      if (!text || inUse()) return;
      var fresh = new DOMParser().parseFromString(text, 'text/html')
                      .querySelector('main[data-version]');
      if (!fresh || fresh.dataset.version === main.dataset.version) return;
      main.innerHTML = fresh.innerHTML;
      main.dataset.version = fresh.dataset.version;
    }).catch(function () {});
  }
  setInterval(update, 10000);
})();
