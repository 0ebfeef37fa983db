"use strict";
const text = document.getElementById("text");
const button = document.getElementById("copy");
const said = document.getElementById("copied");
function say(worked) {
  said.textContent = worked ? said.dataset.done : said.dataset.else;
}
// Where the browser gives no clipboard to a file: the old way, and at last the user's own keys.
function byHand() {
  text.parentElement.open = true;
  text.focus();
  text.select();
  let worked = false;
  try { worked = document.execCommand("copy"); } catch { worked = false; }
  say(worked);
}
button.hidden = false;
button.addEventListener("click", () => {
  if (navigator.clipboard) navigator.clipboard.writeText(text.value).then(() => say(true), byHand);
  else byHand();
});
